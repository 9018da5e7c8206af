"""What a practice tells people, in words that are made when somebody reads them."""

from typing import Final

from lti_app.api import Holds, NoticeKind, Told, Urgency, Words, gettext
from plugins.coaching.rules import DAYS_TO_CONFIRM, DAYS_TO_OWN_PART

#: Where something can be done about each of them.
_HOME: Final = "practice.home"


def _grouped(told: Told) -> Words:
    return Words(
        title=gettext(
            "You have somebody to practise with in “%(activity)s”", activity=told.activity
        ),
        body=gettext(
            "Open %(place)s to see who it is, and agree on a time for your first conversation.",
            place=told.place,
        ),
    )


def _handed(told: Told) -> Words:
    return Words(
        title=gettext("Your coach asks for your answer in “%(activity)s”", activity=told.activity),
        body=gettext(
            "Say of each summary whether that is what you meant: it takes two minutes, until "
            "%(until)s. Open %(place)s to do it.",
            until=told.instant("until"),
            place=told.place,
        ),
    )


def _reminder(told: Told) -> Words:
    return Words(
        title=gettext("Your coach still waits for you in “%(activity)s”", activity=told.activity),
        body=gettext(
            "After %(until)s the conversation counts for your coach without you. Your own answer "
            "in %(place)s counts for you.",
            until=told.instant("until"),
            place=told.place,
        ),
    )


def _answered(told: Told) -> Words:
    return Words(
        title=gettext("Your partner has answered in “%(activity)s”", activity=told.activity),
        body=gettext("Open %(place)s to see what they say of your summaries.", place=told.place),
    )


def _lapsed(told: Told) -> Words:
    return Words(
        title=gettext(
            "Your conversation in “%(activity)s” counts without an answer", activity=told.activity
        ),
        body=gettext(
            "Your partner did not answer in %(days)s days. You have done your part, and it counts "
            "for you in %(place)s.",
            days=DAYS_TO_CONFIRM,
            place=told.place,
        ),
    )


def _waited_for(told: Told) -> Words:
    return Words(
        title=gettext("Somebody waits for you in “%(activity)s”", activity=told.activity),
        body=gettext(
            "A partner of yours has done everything else and waits for the conversation that you "
            "lead, or for its log. Open %(place)s to go on.",
            place=told.place,
        ),
    )


def _granted(told: Told) -> Words:
    return Words(
        title=gettext("You need not wait any longer in “%(activity)s”", activity=told.activity),
        body=gettext(
            "Nobody handed you a conversation to answer for %(days)s days. That part of %(place)s "
            "is counted as done for you.",
            days=DAYS_TO_OWN_PART,
            place=told.place,
        ),
    )


KINDS: Final = (
    NoticeKind("practice.grouped", Urgency.TRANSACTIONAL, _grouped, leads_to=_HOME),
    NoticeKind(
        "practice.handed",
        Urgency.TRANSACTIONAL,
        _handed,
        parameters={"until": Holds.INSTANT},
        leads_to=_HOME,
    ),
    NoticeKind(
        "practice.reminder",
        Urgency.TRANSACTIONAL,
        _reminder,
        parameters={"until": Holds.INSTANT},
        leads_to=_HOME,
    ),
    NoticeKind("practice.answered", Urgency.TRANSACTIONAL, _answered, leads_to=_HOME),
    NoticeKind("practice.lapsed", Urgency.TRANSACTIONAL, _lapsed, leads_to=_HOME),
    NoticeKind("practice.waited_for", Urgency.TRANSACTIONAL, _waited_for, leads_to=_HOME),
    NoticeKind("practice.granted", Urgency.TRANSACTIONAL, _granted, leads_to=_HOME),
)
