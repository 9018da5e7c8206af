"""A signed version as it is read, printed and handed out as a PDF."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.api import OwnPair, Person, Side, gettext, shown_name
from plugins.charter import models, words
from plugins.charter.models import Version
from plugins.charter.rules import Section
from plugins.charter.seals import is_intact
from plugins.charter.terms import from_json
from plugins.charter.words import Said


@dataclass(frozen=True)
class Signed:
    """That one of the two has signed: under which name, when, and what they said with it."""

    name: str
    part: str
    at: datetime
    statement: str


@dataclass(frozen=True)
class Printed:
    """A version with everything that stands on its page.

    Attributes:
        is_intact: its text is still the one of the fingerprint, and both signed that.
    """

    number: int
    programme: str
    purpose: str
    active_at: datetime
    sections: Sequence[Said]
    signatures: Sequence[Signed]
    sha256: str
    is_intact: bool
    time_zone: str | None


def printed_of(pair: OwnPair, version: Version) -> Printed:
    """Return a version as one of its two reads it."""
    signatures = models.list_signatures(pair.id, version.number)
    sections = [Section(one) for one in models.sections_of(version)]
    both_signed = {one.person_id for one in signatures if one.sha256 == version.sha256}
    return Printed(
        number=version.number,
        programme=pair.programme.title,
        purpose=pair.programme.purpose,
        active_at=version.active_at,
        sections=words.in_words(from_json(models.terms_of(version)), sections),
        signatures=[
            Signed(
                name=one.shown_name or _name(pair, one.person_id),
                part=part_in_words(Side.MENTOR if one.person_id == pair.mentor.id else Side.MENTEE),
                at=one.signed_at,
                statement=one.statement,
            )
            for one in signatures
        ],
        sha256=version.sha256,
        is_intact=is_intact(version.body, version.sha256)
        and both_signed == {pair.me.id, pair.other.id},
        time_zone=pair.me.time_zone,
    )


def part_in_words(side: Side) -> str:
    """Return what somebody is in the pair."""
    return gettext("mentor") if side is Side.MENTOR else gettext("mentee")


def _name(pair: OwnPair, person_id: UUID) -> str:
    person: Person = pair.mentor if person_id == pair.mentor.id else pair.mentee
    return shown_name(person.name, person.id)
