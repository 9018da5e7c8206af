"""What an author sets for a practice: one rule reads it, from a form or from a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from lti_app.api import InvalidOptions, Options, gettext, lazy_gettext

MOST_SESSIONS = 10
#: More than this, and what learners did together would hardly count.
MOST_RUBRIC = 60
USUAL_RUBRIC = 20
#: With whom somebody practises → words for authors.
PARTNERS: Final = {
    "peer": lazy_gettext("Peer coaching: learners coach each other, in pairs"),
    "team": lazy_gettext("Workplace: each learner has a conversation with a team member"),
}
#: How groups come about → words for authors.
GROUPINGS: Final = {
    "automatic": lazy_gettext("By the tool, with as few repetitions as possible"),
    "instructor": lazy_gettext("By the instructor, by hand"),
    "learners": lazy_gettext("Learners choose each other"),
}
_YES: Final = {"yes": True, "y": True, "on": True, "true": True, "1": True}
_NO: Final = {"no": False, "n": False, "off": False, "false": False, "0": False}


@dataclass(frozen=True)
class Terms:
    """What is asked of everybody at one practice.

    Attributes:
        partner: `peer` or `team`.
        sessions: how many conversations everybody leads.
        grouping: how groups come about; without meaning where the partner is of the team.
        rubric: how many of the 100 points a person gives, by a rubric; 0: nobody marks.
        short_form: a quick conversation may be logged in short.
        preparation: everybody writes questions that open before they begin.
        opens, due: first and last day on which work is expected; None: nobody said so.
    """

    partner: str = "peer"
    sessions: int = 3
    grouping: str = "automatic"
    rubric: int = 0
    short_form: bool = True
    preparation: bool = True
    opens: date | None = None
    due: date | None = None

    @property
    def is_peer(self) -> bool:
        """Return whether learners coach each other."""
        return self.partner == "peer"

    @classmethod
    def of(cls, options: Options) -> "Terms":
        """Return stored options, as `read_options` made them, with what is usual for the rest."""
        given = read_options({name: _as_text(value) for name, value in options.items()})
        return cls(
            partner=str(given["partner"]),
            sessions=int(given["sessions"] or 0),
            grouping=str(given["grouping"]),
            rubric=int(given["rubric"] or 0),
            short_form=bool(given["short_form"]),
            preparation=bool(given["preparation"]),
            opens=_day(given["opens"]),
            due=_day(given["due"]),
        )


def read_options(given: Mapping[str, str]) -> Options:
    """Turn custom parameters, or a form's answers, into options; what is missing is as usual.

    Raises:
        InvalidOptions: a value is unusable.
    """
    usual = Terms()
    options: dict[str, str | int | float | bool | None] = {
        "partner": _one_of(given, "partner", PARTNERS, usual.partner),
        "sessions": _number(given, "sessions", 1, MOST_SESSIONS, usual.sessions),
        "grouping": _one_of(given, "grouping", GROUPINGS, usual.grouping),
        "rubric": _rubric(given),
        "short_form": _truth(given, "short_form", usual=usual.short_form),
        "preparation": _truth(given, "preparation", usual=usual.preparation),
        "opens": _date(given, "opens"),
        "due": _date(given, "due"),
    }
    opens, due = options["opens"], options["due"]
    if opens and due and str(due) < str(opens):
        raise InvalidOptions(gettext("It is due before it opens."), "due")
    return options


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _one_of(given: Mapping[str, str], name: str, known: Mapping[str, object], usual: str) -> str:
    value = given.get(name, "").strip().lower() or usual
    if value not in known:
        raise InvalidOptions(gettext("It must be one of: %(known)s.", known=", ".join(known)), name)
    return value


def _number(given: Mapping[str, str], name: str, least: int, most: int, usual: int) -> int:
    text = given.get(name, "").strip()
    value = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
    if text and (value is None or not least <= value <= most):
        raise InvalidOptions(
            gettext("It must be a number from %(least)d to %(most)d.", least=least, most=most), name
        )
    return usual if value is None else value


def _rubric(given: Mapping[str, str]) -> int:
    """Return the weight of the rubric; a plain "yes" asks for the usual one."""
    text = given.get("rubric", "").strip().lower()
    if text in _YES and text != "1":
        return USUAL_RUBRIC
    if text in _NO:
        return 0
    return _number(given, "rubric", 0, MOST_RUBRIC, 0)


def _truth(given: Mapping[str, str], name: str, *, usual: bool) -> bool:
    text = given.get(name, "").strip().lower()
    if not text:
        return usual
    known = _YES | _NO
    if text not in known:
        raise InvalidOptions(gettext("It must be yes or no."), name)
    return known[text]


def _date(given: Mapping[str, str], name: str) -> str | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as fault:
        message = gettext("It must be a date such as 2026-12-24.")
        raise InvalidOptions(message, name) from fault


def _day(value: object) -> date | None:
    return date.fromisoformat(str(value)) if value else None
