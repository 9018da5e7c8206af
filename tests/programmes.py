"""A programme with a course in it and people of that course, as rows, for tests of what it does."""

from dataclasses import dataclass, replace
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.participants import ParticipantState, Participation
from lti_app.domain.programmes import ProgrammeRules, ProgrammeState, Side
from lti_app.domain.visit import Person, Placement
from lti_app.services import participants
from lti_app.services.visits import find_placement, to_person
from lti_app.store.courses import Activity, Course
from lti_app.store.courses import Placement as PlacementRow
from lti_app.store.participants import Participant, find_participant, lock_participant
from lti_app.store.people import Person as PersonRow
from lti_app.store.programmes import Programme, ProgrammeCourse, SuccessMeasure, from_rules
from lti_app.store.session import Database, db, transaction
from tests.days import FIRST_DAY, LAST_DAY
from tests.outbox import Outbox, open_outbox

PURPOSE = "Keep the people whom we would miss the most."


@dataclass
class World:
    """One programme, and what tests do in it; each call is a transaction of its own."""

    outbox: Outbox
    programme_id: UUID

    @property
    def database(self) -> Database:
        """Return where all of this is."""
        return self.outbox.database

    @property
    def placement(self) -> Placement:
        """Return the link to the sign-up, as a value."""
        with transaction(self.database, read_only=True):
            return find_placement(self.outbox.placement.id)

    def person(self, person_id: UUID) -> Person:
        """Return somebody as a value."""
        with transaction(self.database, read_only=True):
            return to_person(db().get_one(PersonRow, person_id))

    def sign_up(self, name: str, side: Side = Side.MENTEE, seats: int = 0) -> UUID:
        """Add somebody to the course who submits a sign-up; returns their id."""
        person_id = self.outbox.learner(name)
        self.submit(person_id, side, seats)
        return person_id

    def submit(
        self, person_id: UUID, side: Side = Side.MENTEE, seats: int = 0
    ) -> Participation | None:
        """Submit somebody's sign-up."""
        placement, person = self.placement, self.person(person_id)
        with transaction(self.database):
            return participants.submit_participation(
                placement, person, side, seats=seats, consent_version=1
            )

    def put(self, person_id: UUID, state: ParticipantState, **values: object) -> None:
        """Put somebody into a state, whatever led there."""
        with transaction(self.database):
            row = lock_participant(self.programme_id, person_id)
            assert row is not None
            row.state = state.value
            for name, value in values.items():
                setattr(row, name, value)

    def place(self, person_id: UUID) -> Participation:
        """Return somebody's place in the programme."""
        with transaction(self.database, read_only=True):
            found = participants.find_participation(self.programme_id, person_id)
        assert found is not None
        return found

    def row(self, person_id: UUID) -> Participant:
        """Return the stored row of somebody's place."""
        with transaction(self.database, read_only=True):
            found = find_participant(self.programme_id, person_id)
        assert found is not None
        return found

    def change(self, **values: object) -> None:
        """Change the programme's row; `rules` as changes of its rules."""
        with transaction(self.database):
            programme = db().get_one(Programme, self.programme_id)
            rules = values.pop("rules", None)
            if isinstance(rules, dict):
                programme.rules = from_rules(replace(ProgrammeRules(), **rules))
            for name, value in values.items():
                setattr(programme, name, value)

    def another_sign_up(self) -> Placement:
        """Return the link to a second sign-up of the programme, in another course."""
        mine = self.outbox
        course = Course(deployment_id=mine.deployment.id, context_id="3", title="Second")
        mine.add(course)
        activity = Activity(
            organisation_id=mine.organisation.id,
            course_id=course.id,
            kind="mentoring",
            title="Second sign-up",
            programme_id=self.programme_id,
        )
        mine.add(activity)
        placement = PlacementRow(
            deployment_id=mine.deployment.id,
            course_id=course.id,
            activity_id=activity.id,
            resource_link_id="12",
        )
        mine.add(placement)
        with transaction(self.database, read_only=True):
            return find_placement(placement.id)


def open_programme(database: Database, state: ProgrammeState = ProgrammeState.OPEN) -> World:
    """Make a programme that one course has joined."""
    outbox = open_outbox(database)
    programme = Programme(
        organisation_id=outbox.organisation.id,
        title="Lead and stay",
        relationship_kind="mentoring",
        state=state.value,
        purpose_type="retain",
        purpose=PURPOSE,
        starts_on=FIRST_DAY,
        ends_on=LAST_DAY,
        time_zone="Europe/Berlin",
        consent_text="I agree.",
        rules=from_rules(ProgrammeRules()),
        measures=[SuccessMeasure(position=1, metric="Stay", target="9 in 10", due_on=LAST_DAY)],
    )
    outbox.add(programme)
    outbox.add(
        ProgrammeCourse(course_id=outbox.course.id, programme_id=programme.id, joined_at=now())
    )
    with transaction(database):
        db().get_one(Activity, outbox.activity.id).programme_id = programme.id
    return World(outbox, programme.id)
