"""What the two of a pair are told about their goals; what is written stands on the page alone."""

from lti_app.domain.notices import NoticeKind, Told, Urgency, Words
from lti_app.language import gettext


def _news(_: Told) -> Words:
    return Words(
        title=gettext("There is something new about a goal of your pair"),
        body=gettext(
            "The other one of you has written about it or marked it. The page of your pair, "
            "below “Pairs”, shows what."
        ),
    )


NEWS = NoticeKind(
    key="goal.news",
    urgency=Urgency.DIGEST,
    say=_news,
    is_of_activity=False,
    leads_to="room.page",
    is_of_pair=True,
)


def _due(_: Told) -> Words:
    return Words(
        title=gettext("The day of a goal of your pair has come"),
        body=gettext(
            "Say how it ended: met, partly, or dropped, and what you want to remember of it. One "
            "of you is enough. The page of your pair, below “Pairs”, leads to it."
        ),
    )


#: To both, once for each day that a goal was given.
DUE = NoticeKind(
    key="goal.due",
    urgency=Urgency.TRANSACTIONAL,
    say=_due,
    is_of_activity=False,
    leads_to="room.page",
    is_of_pair=True,
)
KINDS = (NEWS, DUE)
