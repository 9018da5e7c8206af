"""What the two of a pair are told about their goals; what is written stands on the page alone."""

from collections.abc import Callable

from lti_app.domain.notices import NoticeKind, Told, Urgency, Words
from lti_app.language import gettext


def _kind(key: str, urgency: Urgency, say: Callable[[Told], Words]) -> NoticeKind:
    return NoticeKind(
        key=key,
        urgency=urgency,
        say=say,
        is_of_activity=False,
        leads_to="room.page",
        is_of_pair=True,
    )


def _news(_: Told) -> Words:
    return Words(
        title=gettext("There is something new about a goal of your pair"),
        body=gettext(
            "The other one of you has written about it or marked it. The page of your pair, "
            "below “Pairs”, shows what."
        ),
    )


NEWS = _kind("goal.news", Urgency.DIGEST, _news)


def _due(_: Told) -> Words:
    return Words(
        title=gettext("The day of a goal of your pair has come"),
        body=gettext(
            "Say how it ended: met, partly, or dropped, and what you want to remember of it. One "
            "of you is enough. The page of your pair, below “Pairs”, leads to it."
        ),
    )


#: To both, once for each day that a goal was given.
DUE = _kind("goal.due", Urgency.TRANSACTIONAL, _due)
KINDS = (NEWS, DUE)
