"""A programme on the stage, with people who are paired or offered to each other, as rows."""

from uuid import UUID

from lti_app.clock import now
from lti_app.domain.pairs import Answer
from lti_app.domain.programmes import Plan, PurposeType, RelationshipKind, Step, SuccessMeasure
from lti_app.services import pairs, staff
from lti_app.services.programmes import create_programme, take_step
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role
from lti_app.testing.stage import Stage
from tests.days import A_YEAR_LATER, FIRST_DAY, LAST_DAY
from tests.functional.mentoring.visitors import visit

_PLAN = Plan(
    title="Lead and stay",
    relationship_kind=RelationshipKind.MENTORING,
    time_zone="Europe/Berlin",
    purpose_type=PurposeType.RETAIN,
    purpose="Keep the people whom we would miss the most.",
    measures=(SuccessMeasure("Mentees still with us", "9 in 10", A_YEAR_LATER),),
    starts_on=FIRST_DAY,
    ends_on=LAST_DAY,
    consent_text="The programme team reads what I answer.",
)


def stage_programme(stage: Stage) -> tuple[UUID, dict[str, UUID]]:
    """Let Dana run a programme: Alice is offered to Mona, Bob and Max are a pair, Charlie waits.

    Returns:
        The programme's id, and everybody's by their name in the LMS.
    """
    ids = {
        name: _launch(stage, name) for name in ("dana", "alice", "bob", "charlie", "mona", "max")
    }
    with transaction(stage.tool.database):
        dana = db().get_one(Person, ids["dana"])
        staff.grant(dana, None)
        programme_id = create_programme(dana.organisation_id, _PLAN, by=ids["dana"])
        take_step(programme_id, Step.OPEN, by=ids["dana"])
        for name in ("alice", "bob", "charlie"):
            db().add(_participant(programme_id, ids[name], "mentee", 0))
        for name in ("mona", "max"):
            db().add(_participant(programme_id, ids[name], "mentor", 2))
        db().flush()
        pairs.propose(programme_id, ids["alice"], ids["mona"], by=ids["dana"])
        begun = pairs.propose(programme_id, ids["bob"], ids["max"], by=ids["dana"])
        for name in ("bob", "max"):
            pairs.answer(begun, ids[name], Answer.ACCEPTED)
    return programme_id, ids


def _launch(stage: Stage, username: str) -> UUID:
    """Let somebody open the tool once, with an account of their own; returns their id."""
    if username not in stage.lms.people:
        stage.lms.add_person(username, username.title(), "Example")
        for course in stage.lms.courses.values():
            stage.lms.enrol(course, username, Role.STUDENT)
    visit(stage.tool, stage.lms, username)
    given = stage.lms.registration()
    with transaction(stage.tool.database, read_only=True):
        subject = stage.lms.subject(username)
        return staff.find_person(given.issuer, given.client_id, subject=subject).id


def _participant(programme_id: UUID, person_id: UUID, side: str, seats: int) -> Participant:
    return Participant(
        programme_id=programme_id,
        person_id=person_id,
        side=side,
        seats=seats,
        state="approved",
        consent_version=1,
        state_since=now(),
        submitted_at=now(),
    )
