"""What people are told of offers and pairs. No notice names anybody: names stand on the pages."""

from collections.abc import Callable
from dataclasses import replace
from enum import IntEnum

from lti_app.domain.notices import Holds, NoticeKind, Told, Urgency, Words
from lti_app.language import gettext

PAGE = "pairs.mine"


class Why(IntEnum):
    """Why somebody still waits: a family of reasons, as a notice keeps it."""

    CAPACITY = 1
    TIME = 2
    FIT = 3
    CHOICE = 4


def _kind(key: str, say: Callable[[Told], Words], *instants: str) -> NoticeKind:
    return NoticeKind(
        key=f"pair.{key}",
        urgency=Urgency.TRANSACTIONAL,
        say=say,
        parameters=dict.fromkeys(instants, Holds.INSTANT),
        is_of_activity=False,
        leads_to=PAGE,
    )


def _offered(told: Told) -> Words:
    return Words(
        title=gettext("There is an offer for you: please say yes or no"),
        body=gettext(
            "The programme team would like to pair you with somebody. Your page “Pairs” says with "
            "whom, and why. Please answer until %(until)s; you need not give a reason.",
            until=told.instant("until"),
        ),
    )


def _answer_awaited(told: Told) -> Words:
    return Words(
        title=gettext("An offer still waits for your answer"),
        body=gettext(
            "It ends on %(until)s. Your page “Pairs” says with whom you would be paired, and why. "
            "No is a good answer, too: you need not give a reason.",
            until=told.instant("until"),
        ),
    )


def _meet_first(told: Told) -> Words:
    return Words(
        title=gettext("Somebody would like to meet you before they decide"),
        body=gettext(
            "It is about the offer on your page “Pairs”. If you want that too, say so there: then "
            "both of you see how to reach each other. The offer now ends on %(until)s.",
            until=told.instant("until"),
        ),
    )


def _started(_: Told) -> Words:
    return Words(
        title=gettext("You are a pair now"),
        body=gettext(
            "Both of you have accepted. The page of your pair, below “Pairs”, says what comes "
            "first; arrange a first meeting soon, while it is fresh."
        ),
    )


def _not_made(_: Told) -> Words:
    return Words(
        title=gettext("An offer to you will not become a pair"),
        body=gettext(
            "That happens, and it says nothing about you. You are among the first when the "
            "programme team makes new pairs; there is nothing for you to do."
        ),
    )


def _expired(_: Told) -> Words:
    return Words(
        title=gettext("The time for an offer is over"),
        body=gettext(
            "Not both of you have answered in time, so it will not become a pair. You wait for "
            "another offer; if you cannot take part at present, you can pause."
        ),
    )


def _taken_back(_: Told) -> Words:
    return Words(
        title=gettext("The programme team has taken an offer to you back"),
        body=gettext("You wait for another offer; there is nothing for you to do."),
    )


def _paused(told: Told) -> Words:
    return Words(
        title=gettext("Your pair pauses"),
        body=gettext(
            "The other one of you has asked for a pause until %(until)s. Then it goes on by "
            "itself; either of you can go on sooner.",
            until=told.instant("until"),
        ),
    )


def _resumed(_: Told) -> Words:
    return Words(
        title=gettext("The pause of your pair is over"),
        body=gettext("Arrange your next meeting; your page “Pairs” says how to reach each other."),
    )


def _ended(_: Told) -> Words:
    return Words(
        title=gettext("Your pair has ended"),
        body=gettext(
            "The other one of you has ended it. Either side can do that at any time, without a "
            "reason and without fault. You are among the first when new pairs are made; if you do "
            "not want that now, you can pause."
        ),
    )


def _ended_by_programme(_: Told) -> Words:
    return Words(
        title=gettext("The programme team has ended your pair"),
        body=gettext(
            "You are among the first when new pairs are made. If you have questions, ask the "
            "programme team."
        ),
    )


def _completed(_: Told) -> Words:
    return Words(
        title=gettext("Your pair has come to its planned end"),
        body=gettext("The programme is over. Thank you for taking part."),
    )


def _still_waiting(told: Told) -> Words:
    reasons = {
        Why.CAPACITY: gettext("At present nobody on the other side has room for one more."),
        Why.TIME: gettext(
            "What is missing most is time in common: the more hours of your week you can offer, "
            "the sooner it works."
        ),
        Why.FIT: gettext("So far nobody fits well enough by what both sides have answered."),
        Why.CHOICE: gettext("There are people who fit; the programme team is choosing with care."),
    }
    return Words(
        title=gettext("You are still on the list: you have not been forgotten"),
        body=gettext(
            "%(reason)s You keep your place, and you are told as soon as there is an offer.",
            reason=reasons[Why(told.number("why"))],
        ),
    )


OFFERED = _kind("offered", _offered, "until")
ANSWER_AWAITED = _kind("answer_awaited", _answer_awaited, "until")
MEET_FIRST = _kind("meet_first", _meet_first, "until")
STARTED = replace(_kind("started", _started), leads_to="room.page", is_of_pair=True)
NOT_MADE = _kind("not_made", _not_made)
EXPIRED = _kind("expired", _expired)
TAKEN_BACK = _kind("taken_back", _taken_back)
PAUSED = _kind("paused", _paused, "until")
RESUMED = _kind("resumed", _resumed)
ENDED = _kind("ended", _ended)
ENDED_BY_PROGRAMME = _kind("ended_by_programme", _ended_by_programme)
COMPLETED = _kind("completed", _completed)

STILL_WAITING = NoticeKind(
    key="pair.still_waiting",
    urgency=Urgency.DIGEST,
    say=_still_waiting,
    parameters={"why": Holds.NUMBER},
    is_of_activity=False,
    leads_to=PAGE,
)

#: What waits for an answer: taken back when the offer is over.
OF_AN_OPEN_OFFER = (OFFERED, ANSWER_AWAITED, MEET_FIRST)
KINDS = (
    *OF_AN_OPEN_OFFER,
    STARTED,
    NOT_MADE,
    EXPIRED,
    TAKEN_BACK,
    PAUSED,
    RESUMED,
    ENDED,
    ENDED_BY_PROGRAMME,
    COMPLETED,
    STILL_WAITING,
)
