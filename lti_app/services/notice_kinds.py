"""Every kind of notice there is: the tool's own, and those that activities announce.

mail at once      about the reader's own work or deadlines
weekly summary    everything else
"""

from collections.abc import Mapping
from functools import cache

from lti_app.activity import announced_notices, catalogue
from lti_app.domain.notices import Holds, NoticeKind, Told, Urgency, Words
from lti_app.language import gettext, ngettext
from lti_app.services.goal_notices import KINDS as OF_GOALS
from lti_app.services.pair_notices import KINDS as OF_PAIRS


def _more_time(told: Told) -> Words:
    until = told.instant("until")
    return Words(
        title=gettext(
            "You have until %(until)s for “%(activity)s”", until=until, activity=told.activity
        ),
        body=gettext(
            "Your instructor has set this time for you. What you hand in until then counts in "
            "%(place)s.",
            place=told.place,
        ),
    )


def _no_more_time(told: Told) -> Words:
    return Words(
        title=gettext("Your extra time for “%(activity)s” was taken back", activity=told.activity),
        body=gettext(
            "%(place)s closes for you when it closes for everybody: %(closes)s. If you think that "
            "this is a mistake, ask your instructor.",
            place=told.place,
            closes=told.instant("closes"),
        ),
    )


def _grades_wait(told: Told) -> Words:
    count = told.number("count")
    return Words(
        title=ngettext(
            "%(num)d grade waits for you in “%(activity)s”",
            "%(num)d grades wait for you in “%(activity)s”",
            count,
            activity=told.activity,
        ),
        body=ngettext(
            "For more than a day it has not got into the gradebook. The page “Grades” of %(place)s "
            "says why, and what you can do.",
            "For more than a day they have not got into the gradebook. The page “Grades” of "
            "%(place)s says why, and what you can do.",
            count,
            place=told.place,
        ),
    )


GRADES_WAIT = NoticeKind(
    key="grades.waiting",
    urgency=Urgency.DIGEST,
    say=_grades_wait,
    parameters={"count": Holds.NUMBER},
    leads_to="grades.board",
)


def _approved(told: Told) -> Words:
    return Words(
        title=gettext("You can be paired now"),
        body=gettext(
            "The programme team has approved your sign-up in %(place)s. You will be asked before "
            "anything begins.",
            place=told.place,
        ),
    )


def _returned(told: Told) -> Words:
    return Words(
        title=gettext("Please look at your sign-up again"),
        body=gettext(
            "The programme team asks you to change something before you can be paired. Open "
            "%(place)s to read what, and send your answers again.",
            place=told.place,
        ),
    )


def _consent(told: Told) -> Words:
    return Words(
        title=gettext("Please read what you agree to in “%(activity)s”", activity=told.activity),
        body=gettext(
            "Your sign-up in %(place)s belongs to a programme whose text is new to you. Nobody is "
            "paired with you before you have agreed to it.",
            place=told.place,
        ),
    )


MORE_TIME = NoticeKind(
    key="ruling.more_time",
    urgency=Urgency.TRANSACTIONAL,
    say=_more_time,
    parameters={"until": Holds.INSTANT},
    leads_to="visits.first_page",
)
NO_MORE_TIME = NoticeKind(
    key="ruling.no_more_time",
    urgency=Urgency.TRANSACTIONAL,
    say=_no_more_time,
    parameters={"closes": Holds.INSTANT},
    leads_to="visits.first_page",
)
APPROVED = NoticeKind(
    key="participation.approved",
    urgency=Urgency.TRANSACTIONAL,
    say=_approved,
    leads_to="visits.first_page",
)
RETURNED = NoticeKind(
    key="participation.returned",
    urgency=Urgency.TRANSACTIONAL,
    say=_returned,
    leads_to="visits.first_page",
)
CONSENT = NoticeKind(
    key="participation.consent",
    urgency=Urgency.TRANSACTIONAL,
    say=_consent,
    leads_to="visits.first_page",
)
_OURS = (GRADES_WAIT, MORE_TIME, NO_MORE_TIME, APPROVED, RETURNED, CONSENT, *OF_PAIRS, *OF_GOALS)


@cache
def notice_kinds() -> Mapping[str, NoticeKind]:
    """Return every kind by its key."""
    announced = (kind for activity in catalogue().values() for kind in announced_notices(activity))
    return {kind.key: kind for kind in (*_OURS, *announced)}
