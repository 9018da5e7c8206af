"""What the charter of a pair is asked to hold, by its programme and the activities in it."""

from datetime import date
from zoneinfo import ZoneInfo

from lti_app.api import Programme, RelationshipKind, now, options_in_programme
from plugins.charter import rules
from plugins.charter.forms import USUAL_DUE, Setting
from plugins.charter.rules import Section


def is_coaching(programme: Programme) -> bool:
    """Return whether the programme is about some sessions on one goal."""
    return programme.relationship_kind is RelationshipKind.COACHING


def today_in(programme: Programme) -> date:
    """Return the day in the programme's time zone."""
    return now().astimezone(ZoneInfo(programme.time_zone)).date()


def setting_of(programme: Programme) -> Setting:
    """Return what the questions of a charter depend on."""
    return Setting(is_coaching(programme), today_in(programme), programme.ends_on)


def asked_sections(programme: Programme) -> tuple[Section, ...]:
    """Return what a charter that begins now holds.

    The two of a pair may come from courses that ask for different things; theirs holds all of it.
    Where no course asks yet, it is what is usual.
    """
    given = options_in_programme("charter", programme.id)
    chosen = {section for options in given for section in read_sections(options.get("sections"))}
    return rules.sections_of(chosen if given else rules.USUAL, is_coaching=is_coaching(programme))


def due_days(programme: Programme) -> int:
    """Return how many days after it began a pair is to have signed: the shortest asked for."""
    given = options_in_programme("charter", programme.id)
    return min((int(options.get("due_days") or USUAL_DUE) for options in given), default=USUAL_DUE)


def read_sections(stored: object) -> frozenset[Section]:
    """Return the sections that an activity's options name."""
    names = str(stored or "").split(",")
    return frozenset(section for section in rules.OPTIONAL if section.value in names)
