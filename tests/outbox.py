"""A course with a gradebook column and learners, as rows, for tests of the way of a grade."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import select

from lti_app.clock import real_now
from lti_app.domain.delivery import PostAnswer
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE, ResultRead
from lti_app.services import deliveries, sending, verdicts
from lti_app.services.sending import Attempt, LeasedDelivery, Notes, Wish
from lti_app.store.base import Base
from lti_app.store.cells import locked
from lti_app.store.courses import Activity, Course, Enrolment, LineItem, Placement
from lti_app.store.organisations import Organisation
from lti_app.store.people import Identity, Person
from lti_app.store.progress import Delivery, DeliveryAttempt, Ruling, find_delivery
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import Database, db, transaction

ISSUER = "https://moodle.test"
COLUMN = "https://moodle.test/services/2/lineitems/5/lineitem?type_id=1"
ALL_SCOPES = (SCOPE_SCORE, SCOPE_RESULT)
RANDOM = Random(0)


@dataclass
class Outbox:
    """One placement, and what tests do with its cells; each call is a transaction of its own."""

    database: Database
    organisation: Organisation
    registration: Registration
    deployment: Deployment
    course: Course
    activity: Activity
    placement: Placement
    people: dict[str, UUID] = field(default_factory=dict)

    def learner(
        self,
        name: str | None = "Alice",
        *,
        roles: tuple[str, ...] = ("is_learner",),
        is_active: bool = True,
        is_preview: bool = False,
        own_name: str | None = None,
        subject: str | None = "",
        client_id: str = "",
    ) -> UUID:
        """Add somebody to the course; `subject` is made from the name unless it is given."""
        person = Person(
            organisation_id=self.organisation.id,
            name=name,
            own_name=own_name,
            is_preview=is_preview,
        )
        self.add(person)
        self.add(
            Enrolment(
                course_id=self.course.id,
                person_id=person.id,
                role_names=list(roles),
                is_active=is_active,
            )
        )
        if subject is not None:
            self.identity(person.id, subject or f"sub-{name}-{person.id}", client_id)
        return person.id

    def identity(self, person_id: UUID, subject: str, client_id: str = "") -> None:
        """Let the LMS know somebody."""
        self.add(
            Identity(
                organisation_id=self.organisation.id,
                person_id=person_id,
                kind="lti",
                issuer=self.registration.issuer,
                client_id=client_id,
                subject=subject,
            )
        )

    def add(self, row: Base) -> None:
        """Store a row."""
        with transaction(self.database):
            db().add(row)

    def change(self, row: Base, **values: object) -> None:
        """Change a row that was stored before."""
        with transaction(self.database):
            for name, value in values.items():
                setattr(db().merge(row), name, value)

    def column(self, url: str | None = COLUMN, scopes: tuple[str, ...] = ALL_SCOPES) -> None:
        """Tell of the gradebook column, as a launch does."""
        with transaction(self.database):
            db().merge(
                LineItem(
                    placement_id=self.placement.id,
                    url=url,
                    scopes=list(scopes),
                    seen_at=real_now(),
                )
            )

    def rule(self, person_id: UUID, kind: str, until: datetime | None = None) -> Ruling:
        """Hold or excuse somebody."""
        ruling = Ruling(activity_id=self.activity.id, person_id=person_id, kind=kind, until=until)
        self.add(ruling)
        return ruling

    def queue(self, person_id: UUID, score: int | str) -> None:
        """Let somebody earn a score."""
        with transaction(self.database):
            deliveries.queue(self.placement.id, person_id, Decimal(score))

    def earn(self, name: str = "alice", score: int = 80) -> UUID:
        """Add a learner whom the LMS calls by the same name, and let them earn a score."""
        person = self.people[name] = self.learner(name, subject=name)
        self.queue(person, score)
        return person

    def lease(self, now: datetime | None = None, limit: int = 10) -> list[LeasedDelivery]:
        """Lease what is due."""
        with transaction(self.database):
            return [*sending.take(now or real_now(), limit).cells]

    def write(self, notes: Notes, now: datetime | None = None) -> Mapping[UUID, Attempt]:
        """Write down what senders have to say; returns the attempts that were begun."""
        with transaction(self.database):
            return sending.write_down(notes, now or real_now(), RANDOM)

    def begin(
        self, leased: LeasedDelivery, now: datetime | None = None, read: ResultRead | None = None
    ) -> Attempt | None:
        """Begin an attempt, perhaps after a look into the cell."""
        return self.write(Notes(wishes=[Wish(leased, read)]), now).get(leased.id)

    def settle(self, leased: LeasedDelivery, read: ResultRead, now: datetime | None = None) -> bool:
        """Look into a cell, and do not post yet; returns whether one may."""
        with transaction(self.database), locked([leased.id]) as cells:
            cell = cells[leased.id]
            assert cell.lease == leased.lease
            return verdicts.settle(cell, read, now or real_now())

    def record(self, attempt: Attempt, answer: PostAnswer, now: datetime | None = None) -> None:
        """Record an answer."""
        self.write(Notes(answers=[(attempt, answer)]), now)

    def postpone(
        self, leased: LeasedDelivery, answer: PostAnswer, now: datetime | None = None
    ) -> None:
        """Say why nothing was posted."""
        self.write(Notes(postponed=[(leased, answer)]), now)

    def post(
        self, answer: PostAnswer | None, now: datetime, between: Callable[[], object] = lambda: 0
    ) -> Attempt:
        """Take the one cell that is due through an attempt; None: the answer is never recorded.

        Args:
            answer: of the LMS.
            now: the moment of everything.
            between: what happens while the LMS is called.
        """
        (leased,) = self.lease(now)
        attempt = self.begin(leased, now)
        assert attempt is not None
        between()
        if answer is not None:
            self.record(attempt, answer, now)
        return attempt

    def row(self, person_id: UUID) -> Delivery:
        """Return a cell's delivery as it is stored."""
        with transaction(self.database, read_only=True):
            found = find_delivery(self.placement.id, person_id)
            assert found is not None
            return found

    def attempts(self, person_id: UUID) -> list[DeliveryAttempt]:
        """Return a cell's attempts, oldest first."""
        with transaction(self.database, read_only=True):
            query = (
                select(DeliveryAttempt)
                .join(Delivery, Delivery.id == DeliveryAttempt.delivery_id)
                .where(Delivery.person_id == person_id)
                .order_by(DeliveryAttempt.started_at)
            )
            return list(db().scalars(query))


def open_outbox(database: Database, *, issuer: str = ISSUER, family: str = "moodle") -> Outbox:
    """Store an LMS, a course, and an activity placed in it with a column."""
    with transaction(database):
        organisation = Organisation(name="Example" if issuer == ISSUER else issuer)
        db().add(organisation)
        db().flush()
        registration = Registration(
            organisation_id=organisation.id,
            issuer=issuer,
            client_id="client",
            auth_url=f"{issuer}/auth",
            token_url=f"{issuer}/token",
            jwks_url=f"{issuer}/keys",
            family=family,
        )
        db().add(registration)
        db().flush()
        deployment = Deployment(registration_id=registration.id, deployment_id="1", status="active")
        db().add(deployment)
        db().flush()
        course = Course(deployment_id=deployment.id, context_id="2", title="Leading People")
        db().add(course)
        db().flush()
        activity = Activity(
            organisation_id=organisation.id,
            course_id=course.id,
            kind="mentoring",
            title="Mentoring sign-up",
        )
        db().add(activity)
        db().flush()
        placement = Placement(
            deployment_id=deployment.id,
            course_id=course.id,
            activity_id=activity.id,
            resource_link_id="11",
        )
        db().add(placement)
    outbox = Outbox(database, organisation, registration, deployment, course, activity, placement)
    outbox.column()
    return outbox
