"""What learners are told when their marks are published, or changed."""

from typing import Final

from lti_app.api import NoticeKind, Told, Urgency, Words, gettext


def _marked(told: Told) -> Words:
    return Words(
        title=gettext("Your practice in “%(activity)s” is marked", activity=told.activity),
        body=gettext(
            "You can read the level of each row, and what your instructor wrote, in %(place)s.",
            place=told.place,
        ),
    )


def _marked_anew(told: Told) -> Words:
    return Words(
        title=gettext("Your marks in “%(activity)s” were changed", activity=told.activity),
        body=gettext(
            "Your instructor has looked at your practice again. Your marks and your grade are now "
            "as %(place)s shows them. If you do not see why, ask.",
            place=told.place,
        ),
    )


MARK_NOTICES: Final = (
    NoticeKind("practice.marked", Urgency.TRANSACTIONAL, _marked, leads_to="practice.marks"),
    NoticeKind(
        "practice.marked_anew", Urgency.TRANSACTIONAL, _marked_anew, leads_to="practice.marks"
    ),
)
