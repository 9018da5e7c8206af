"""What a charter says, in words: for its pages, its print, and to see what has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from lti_app.api import format_day, gettext, goal_lines, ngettext
from plugins.charter import choices
from plugins.charter.differences import Piece, difference
from plugins.charter.rules import Section
from plugins.charter.terms import Terms


@dataclass(frozen=True)
class Said:
    """What a section says.

    Attributes:
        lines: of what the two wrote and chose; none where nothing is said.
        fixed: what holds in any case; empty where nothing does.
    """

    section: Section
    title: str
    lines: tuple[str, ...]
    fixed: str


def in_words(terms: Terms, sections: Sequence[Section]) -> list[Said]:
    """Return what terms say, section by section."""
    return [said_of(terms, section) for section in sections]


def said_of(terms: Terms, section: Section) -> Said:
    """Return what terms say in one section."""
    lines = () if terms.is_empty(section) else tuple(_LINES[section](terms))
    fixed = str(choices.FIXED.get(section, ""))
    return Said(section, title_of(section), lines, fixed)


def title_of(section: Section) -> str:
    """Return what a section is called."""
    return str(choices.TITLES[section])


def changes_in(before: Terms, after: Terms, section: Section) -> tuple[Piece, ...]:
    """Return what has changed in a section, word by word; nothing where nothing has."""
    if before.says_same(section, after):
        return ()
    old, new = ("\n".join(said_of(terms, section).lines) for terms in (before, after))
    return difference(old, new)


def _label(labels: choices.Labels, code: str) -> str:
    return str(labels[code]) if code in labels else code


def _meeting(terms: Terms) -> list[str]:
    length = _label(choices.MINUTES, terms.minutes)
    how = _label(choices.CHANNELS, terms.channel)
    if terms.sessions:
        count = int(terms.sessions)
        often = ngettext("%(num)d session", "%(num)d sessions", count)
    else:
        often = _label(choices.WEEKS, terms.every_weeks)
    return [f"{often}, {length}, {how}", _label(choices.BOOKS, terms.books)]


def _preparation(terms: Terms) -> list[str]:
    who = _label(choices.AGENDA_BY, terms.agenda_by)
    when = _label(choices.AGENDA_DAYS, terms.agenda_days)
    return [", ".join(part for part in (who, when) if part)]


def _contact(terms: Terms) -> list[str]:
    how = _label(choices.CONTACT, terms.contact)
    reply = _label(choices.REPLY_DAYS, terms.reply_days)
    lines = [gettext("We reach each other %(how)s.", how=how)] if how else []
    return lines + ([gettext("There is a reply %(when)s.", when=reply)] if reply else [])


def _offers(terms: Terms) -> list[str]:
    gives = choices.words(choices.GIVES, terms.gives).values()
    gives_not = choices.words(choices.GIVES_NOT, terms.gives_not).values()
    return [gettext("The mentor %(what)s.", what=what) for what in (*gives, *gives_not)]


def _reviews(terms: Terms) -> list[str]:
    days = [format_day(day) for day in terms.reviews]
    feedback = _label(choices.FEEDBACK, terms.feedback)
    lines = [gettext("Feedback: %(when)s.", when=feedback)] if feedback else []
    return lines + (
        [gettext("We look at this again: %(days)s", days=", ".join(days))] if days else []
    )


def _ending(terms: Terms) -> list[str]:
    return [gettext("It ends on %(day)s.", day=format_day(terms.ends_on))] if terms.ends_on else []


def _goals(terms: Terms) -> list[str]:
    lines: list[str] = []
    for number, goal in enumerate(terms.goals, 1):
        lines.append(f"{number}. {goal.title}")
        lines += [f"{label}: {text}" for label, text in goal_lines(goal)]
    return lines


_LINES: Final[Mapping[Section, Callable[[Terms], Sequence[str]]]] = {
    Section.WHY: lambda terms: [terms.why],
    Section.GOALS: _goals,
    Section.MEETING: _meeting,
    Section.SUCCESS: lambda terms: [terms.success],
    Section.PREPARATION: _preparation,
    Section.CONTACT: _contact,
    Section.OFFERS: _offers,
    Section.OFF_LIMITS: lambda terms: [terms.off_limits],
    Section.CONFIDENTIALITY: lambda terms: [_label(choices.CONFIDENTIALITY, terms.confidentiality)],
    Section.REVIEWS: _reviews,
    Section.EXIT: lambda terms: [gettext("If we get stuck, we ask: %(whom)s", whom=terms.ask_whom)],
    Section.ENDING: _ending,
}
