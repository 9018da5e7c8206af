"""What a charter says: of one of the two alone, as a common text, as a proposal, as a version."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Final

from lti_app.api import GoalDraft
from plugins.charter.rules import Section

#: What is stored; anything may be missing in it.
Json = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is said in each section; whatever was not said is empty.

    Codes are those of `choices`, numbers are written as codes.

    Attributes:
        why, success, off_limits: own words.
        goals: in their order.
        every_weeks: of mentoring, 1–4. sessions: of coaching, how many.
        minutes, channel, books: of a meeting: how long, how, and who finds the date.
        agenda_by, agenda_days: who sends what to talk about, and how long before.
        contact, reply_days: how to reach each other between meetings, and when there is a reply.
        gives, gives_not: what the mentor offers, and what not.
        confidentiality: who may know what.
        feedback: when each tells the other how it goes.
        reviews: days on which the two look at the charter again; none: at thirds of the time.
        ask_whom: whom to ask if it does not work; own words.
        ends_on: the last day.
    """

    why: str = ""
    goals: tuple[GoalDraft, ...] = ()
    every_weeks: str = ""
    sessions: str = ""
    minutes: str = ""
    channel: str = ""
    books: str = ""
    success: str = ""
    agenda_by: str = ""
    agenda_days: str = ""
    contact: str = ""
    reply_days: str = ""
    gives: tuple[str, ...] = ()
    gives_not: tuple[str, ...] = ()
    off_limits: str = ""
    confidentiality: str = ""
    feedback: str = ""
    reviews: tuple[date, ...] = ()
    ask_whom: str = ""
    ends_on: date | None = None

    def take(self, section: Section, other: "Terms") -> "Terms":
        """Return these terms with one section of others."""
        return replace(self, **{name: getattr(other, name) for name in FIELDS[section]})

    def says_same(self, section: Section, other: "Terms") -> bool:
        """Return whether others say the same in a section."""
        return all(getattr(self, name) == getattr(other, name) for name in FIELDS[section])

    def is_empty(self, section: Section) -> bool:
        """Return whether a section says nothing."""
        return not any(getattr(self, name) for name in FIELDS[section])

    def answered(self) -> frozenset[Section]:
        """Return the sections that say all that they need to."""
        return frozenset(
            section
            for section, needed in NEEDED.items()
            if not self.is_empty(section) and all(getattr(self, name) for name in needed)
        )

    def with_goal(self, draft: GoalDraft) -> "Terms":
        """Return these terms with a goal, in the place of the one with the same key."""
        if any(goal.key == draft.key for goal in self.goals):
            kept = tuple(draft if goal.key == draft.key else goal for goal in self.goals)
            return replace(self, goals=kept)
        return replace(self, goals=(*self.goals, draft))

    def only(self, sections: Collection[Section]) -> "Terms":
        """Return what these terms say in some sections alone."""
        kept = Terms()
        for section in sections:
            kept = kept.take(section, self)
        return kept


#: Section → the attributes that it consists of.
FIELDS: Final[Mapping[Section, tuple[str, ...]]] = {
    Section.WHY: ("why",),
    Section.GOALS: ("goals",),
    Section.MEETING: ("every_weeks", "sessions", "minutes", "channel", "books"),
    Section.SUCCESS: ("success",),
    Section.PREPARATION: ("agenda_by", "agenda_days"),
    Section.CONTACT: ("contact", "reply_days"),
    Section.OFFERS: ("gives", "gives_not"),
    Section.OFF_LIMITS: ("off_limits",),
    Section.CONFIDENTIALITY: ("confidentiality",),
    Section.REVIEWS: ("feedback", "reviews"),
    Section.EXIT: ("ask_whom",),
    Section.ENDING: ("ends_on",),
}
#: Section → those of them without which it is not answered. A meeting is every so many weeks, or
#: one of so many sessions.
NEEDED: Final[Mapping[Section, tuple[str, ...]]] = {
    section: ("minutes", "channel", "books") if section is Section.MEETING else ()
    for section in Section
}


def to_json(terms: Terms) -> dict[str, Any]:
    """Return terms as they are stored and sealed; what is empty is left out."""
    said = {one.name: getattr(terms, one.name) for one in fields(Terms)}
    return {name: _plain(value) for name, value in said.items() if value}


def from_json(stored: Json | None) -> Terms:
    """Return stored terms."""
    given = dict(stored or {})
    if "goals" in given:
        given["goals"] = tuple(GoalDraft.from_json(goal) for goal in given["goals"])
    for name in ("gives", "gives_not"):
        if name in given:
            given[name] = tuple(given[name])
    if "reviews" in given:
        given["reviews"] = tuple(date.fromisoformat(day) for day in given["reviews"])
    if "ends_on" in given:
        given["ends_on"] = date.fromisoformat(given["ends_on"])
    known = {one.name for one in fields(Terms)}
    return Terms(**{name: value for name, value in given.items() if name in known})


def common(mine: Terms, theirs: Terms) -> Terms:
    """Return what two people have said alike: what a common text begins with."""
    same = [one for one in Section if one is not Section.GOALS and mine.says_same(one, theirs)]
    return mine.only(same)


def _plain(value: Any) -> Any:  # noqa: ANN401 (whatever a section holds)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.to_json() if isinstance(value, GoalDraft) else value
