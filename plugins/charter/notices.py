"""What the two are told about their charter. No notice holds a word of it, or a name."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from lti_app.api import (
    Holds,
    NoticeKind,
    Side,
    Told,
    Urgency,
    Words,
    gettext,
    notify,
    withdraw_notice,
)

if TYPE_CHECKING:
    from plugins.charter.acts import Held

_PAGE = "charter_pair.page"


def _kind(key: str, say: Callable[[Told], Words], *instants: str) -> NoticeKind:
    return NoticeKind(
        key=f"charter.{key}",
        urgency=Urgency.TRANSACTIONAL,
        say=say,
        parameters=dict.fromkeys(instants, Holds.INSTANT),
        is_of_activity=False,
        leads_to=_PAGE,
        is_of_pair=True,
    )


def _other_ready(told: Told) -> Words:
    return Words(
        title=gettext("Your charter: the other one of you has answered"),
        body=gettext(
            "As soon as you have answered, too, both of you read both. On %(until)s what is ready"
            " by then is shown in any case; what is not marked as ready never is.",
            until=told.instant("until"),
        ),
    )


def _revealed(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: you can compare your answers"),
        body=gettext(
            "Your room shows them side by side. Write a text of both that you can both stand by,"
            " and propose it."
        ),
    )


def _proposed(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: a proposal waits for you"),
        body=gettext("Read it in your room. You can agree to it, or propose something else."),
    )


def _countered(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: there is a counter proposal"),
        body=gettext("Your room shows word by word what is different. Agree, or answer it."),
    )


def _agreed(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: you agree; please sign"),
        body=gettext("The text is as both of you want it. It holds once both have signed."),
    )


def _signed(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: only your signature is missing"),
        body=gettext("The other one of you has signed. It holds as soon as you have, too."),
    )


def _in_force(_: Told) -> Words:
    return Words(
        title=gettext("Your charter is signed"),
        body=gettext(
            "Both of you have signed, so it holds from now on. Your room shows it, and when you"
            " look at it again."
        ),
    )


def _reopened(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: the text is open again"),
        body=gettext(
            "The other one of you would like to change something before it is signed. A signature"
            " that was under it does not count any more."
        ),
    )


def _amending(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: the other one of you would like to change it"),
        body=gettext("What you have signed holds until both of you have signed something new."),
    )


def _discarded(_: Told) -> Words:
    return Words(
        title=gettext("Your charter stays as it is"),
        body=gettext("A change that was begun has been given up. What you have signed holds."),
    )


def _reminder(_: Told) -> Words:
    return Words(
        title=gettext("Your charter waits for you"),
        body=gettext(
            "The other one of you can do nothing more until you do. Your room says what is next;"
            " it takes a few minutes."
        ),
    )


def _own_part(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: your part is done"),
        body=gettext(
            "You have done all that you could, and two weeks have passed. Your grade does not wait"
            " any longer; the charter itself stays open for both of you."
        ),
    )


def _review_due(_: Told) -> Words:
    return Words(
        title=gettext("Your charter: it is time to look at it again"),
        body=gettext(
            "Read it together when you meet next: what holds, what should change? Then note in"
            " your room that you did."
        ),
    )


def _closed(_: Told) -> Words:
    return Words(
        title=gettext("Your charter is closed"),
        body=gettext(
            "The other one of you has written how it ended. Your room shows it, and you can add"
            " your own line."
        ),
    )


OTHER_READY: Final = _kind("other_ready", _other_ready, "until")
REVEALED: Final = _kind("revealed", _revealed)
PROPOSED: Final = _kind("proposed", _proposed)
COUNTERED: Final = _kind("countered", _countered)
AGREED: Final = _kind("agreed", _agreed)
SIGNED: Final = _kind("signed", _signed)
IN_FORCE: Final = _kind("in_force", _in_force)
REOPENED: Final = _kind("reopened", _reopened)
AMENDING: Final = _kind("amending", _amending)
DISCARDED: Final = _kind("discarded", _discarded)
REMINDER: Final = _kind("reminder", _reminder)
OWN_PART: Final = _kind("own_part", _own_part)
REVIEW_DUE: Final = _kind("review_due", _review_due)
CLOSED: Final = _kind("closed", _closed)

KINDS: Final[Sequence[NoticeKind]] = (
    OTHER_READY,
    REVEALED,
    PROPOSED,
    COUNTERED,
    AGREED,
    SIGNED,
    IN_FORCE,
    REOPENED,
    AMENDING,
    DISCARDED,
    REMINDER,
    OWN_PART,
    REVIEW_DUE,
    CLOSED,
)


def tell(held: "Held", sides: Iterable[Side], kind: NoticeKind, **given: datetime) -> None:
    """Tell one of the two, or both, what has happened; once for every move of the charter."""
    about = (held.pair.id, held.row.moves, held.row.reminders)
    for side in sides:
        notify(held.person_id(side), kind.key, about=about, activity_id=None, **given)


def take_back(held: "Held", side: Side, kind: NoticeKind) -> None:
    """Take back what one of the two was told last, as long as they do not know of it."""
    about = (held.pair.id, held.row.moves, 0)
    withdraw_notice(held.person_id(side), kind.key, about=about)


def tell_of_review(held: "Held", due_on: date) -> None:
    """Tell both that it is time to look at the charter again; once a day of review."""
    for side in Side:
        notify(held.person_id(side), REVIEW_DUE.key, about=(held.pair.id, due_on))
