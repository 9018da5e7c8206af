"""What somebody of a learner's team, who has no account here, is asked: a date and two items."""

from collections.abc import Mapping
from uuid import UUID

from lti_app.api import (
    LinkItem,
    LinkQuestion,
    Placement,
    db,
    format_day,
    gettext,
    make_answer_link,
    notify,
    now,
    refresh_people,
)
from plugins.coaching import models, rules, words
from plugins.coaching.facts import tell_session
from plugins.coaching.models import PracticeOutsideAnswer, PracticeSession
from plugins.coaching.rules import DRAFTS, Event, SessionState


def make_link(session: PracticeSession) -> str | None:
    """Return the path of a new link for the team member; None where there is nothing to ask."""
    return make_answer_link(session.person_id, session.id) if can_be_asked(session) else None


def can_be_asked(session: PracticeSession) -> bool:
    """Return whether a team member can still answer: the log is finished, and nobody has."""
    is_of_team = session.group_id is None and session.coachee_id is None
    is_there = session.state not in {*DRAFTS, SessionState.CANCELLED}
    return is_of_team and is_there and session.answered_at is None


def question_about(session_id: UUID) -> LinkQuestion | None:
    """Return what a link about a session asks; None: there is no such session, or it is over."""
    session = models.find_by_id(session_id)
    if session is None or not can_be_asked(session) or session.held_on is None:
        return None
    choices = words.choices(words.AGREEMENTS)
    return LinkQuestion(
        heading=gettext("Your conversation of %(day)s", day=format_day(session.held_on)),
        explanation=gettext(
            "Somebody you work with is practising how to coach, and asks you two things. Your"
            " answer is told to them as sums only, together with those of others."
        ),
        items=(
            LinkItem("listened", gettext("“I was listened to.”"), choices),
            LinkItem("own_step", gettext("“I left with my own next step.”"), choices),
        ),
        done=gettext("Thank you: your answer is sent"),
        afterwards=gettext("It helps somebody to listen better."),
    )


def take_answer(session_id: UUID, answers: Mapping[str, str]) -> bool:
    """Take what a team member answered, once; returns whether it was still wanted."""
    found = models.find_by_id(session_id)
    session = models.lock_session(found.activity_id, session_id) if found else None
    if session is None or not can_be_asked(session):
        return False
    session.state = rules.after(SessionState(session.state), Event.ANSWER).value
    session.answered_at = now()
    db().add(
        PracticeOutsideAnswer(
            session_id=session.id,
            listened=answers["listened"],
            own_step=answers["own_step"],
            answered_at=session.answered_at,
        )
    )
    db().flush()
    notify(
        session.person_id, "practice.answered", about=session.id, activity_id=session.activity_id
    )
    refresh_people(session.activity_id, [session.person_id])
    tell_session(session)
    return True


#: So few answers would tell who gave which.
_FEWEST_TO_SHOW = 3


def sums_of(placement: Placement, person_id: UUID) -> Mapping[str, Mapping[str, int]] | None:
    """Return how often team members chose what; None while there are fewer than three."""
    given = models.list_outside_answers(placement.activity_id, person_id)
    if len(given) < _FEWEST_TO_SHOW:
        return None
    return {
        name: {code: sum(getattr(one, name) == code for one in given) for code in words.AGREEMENTS}
        for name in ("listened", "own_step")
    }
