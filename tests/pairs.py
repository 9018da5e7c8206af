"""Two mentees and a mentor who can be paired, and what happens to their pairs, for tests."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from lti_app.domain.pairing_rules import Override
from lti_app.domain.pairs import Answer, EndReason, PartingReason
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import Side
from lti_app.services import pairs
from lti_app.store.audit import AuditEntry
from lti_app.store.notices import Notice
from lti_app.store.pairs import Pair
from lti_app.store.session import Database, db, transaction
from tests.programmes import World, open_programme


@dataclass
class Pairing:
    """A programme in which people can be paired; each call is a transaction of its own."""

    world: World
    dana: UUID
    alice: UUID
    bob: UUID
    mona: UUID

    @property
    def database(self) -> Database:
        """Return where all of this is."""
        return self.world.database

    def ready(self, name: str, side: Side = Side.MENTEE, seats: int = 0) -> UUID:
        """Add somebody who has signed up and was approved; returns their id."""
        person_id = self.world.sign_up(name, side, seats)
        self.world.put(person_id, ParticipantState.APPROVED)
        return person_id

    def ready_mentor(self) -> UUID:
        """Add one more mentor; returns their id."""
        return self.ready("Max", Side.MENTOR, 1)

    def propose(
        self,
        mentee_id: UUID | None = None,
        mentor_id: UUID | None = None,
        *,
        override: Override | None = None,
        offers_now: bool = True,
    ) -> UUID:
        """Pair two people, Alice and Mona unless others are named; returns the pair's id."""
        with transaction(self.database):
            return pairs.propose(
                self.world.programme_id,
                mentee_id or self.alice,
                mentor_id or self.mona,
                by=self.dana,
                override=override,
                offers_now=offers_now,
            )

    def offer(self, pair_id: UUID) -> None:
        """Offer what was proposed."""
        with transaction(self.database):
            pairs.offer(self.world.programme_id, pair_id, by=self.dana)

    def answer(
        self, pair_id: UUID, person_id: UUID, given: Answer, reason: PartingReason | None = None
    ) -> None:
        """Let somebody answer."""
        with transaction(self.database):
            pairs.answer(pair_id, person_id, given, reason)

    def start(self, mentee_id: UUID | None = None, mentor_id: UUID | None = None) -> UUID:
        """Make a pair that both have accepted; returns its id."""
        pair_id = self.propose(mentee_id, mentor_id)
        self.answer(pair_id, mentee_id or self.alice, Answer.ACCEPTED)
        self.answer(pair_id, mentor_id or self.mona, Answer.ACCEPTED)
        return pair_id

    def leave(self, pair_id: UUID, person_id: UUID) -> None:
        """Let one of the two end a pair."""
        with transaction(self.database):
            pairs.leave(pair_id, person_id)

    def end(self, pair_id: UUID, reason: EndReason = EndReason.OTHER) -> None:
        """Let the programme team end a pair, or take an offer back."""
        with transaction(self.database):
            pairs.end(self.world.programme_id, pair_id, reason, by=self.dana)

    def pair(self, pair_id: UUID) -> Pair:
        """Return a stored pair."""
        with transaction(self.database, read_only=True):
            return db().get_one(Pair, pair_id)

    def states(self) -> tuple[str, str]:
        """Return how far Alice and Mona are."""
        return self.world.place(self.alice).state, self.world.place(self.mona).state

    def told(self, person_id: UUID) -> list[str]:
        """Return what somebody was told, the oldest first."""
        with transaction(self.database, read_only=True):
            query = select(Notice.key).where(Notice.person_id == person_id)
            return list(db().scalars(query.order_by(Notice.created_at, Notice.key)))

    def noted(self) -> list[str]:
        """Return which acts on pairs were noted, in order."""
        with transaction(self.database, read_only=True):
            query = select(AuditEntry.action).where(AuditEntry.action.startswith("pair."))
            return list(db().scalars(query.order_by(AuditEntry.created_at)))


def open_pairing(database: Database, *, seats: int = 1) -> Pairing:
    """Make a programme with Alice and Bob, mentees, and Mona, a mentor; all of them approved."""
    world = open_programme(database)
    dana = world.outbox.learner("Dana", roles=())
    pairing = Pairing(world, dana, dana, dana, dana)
    pairing.alice = pairing.ready("Alice")
    pairing.bob = pairing.ready("Bob")
    pairing.mona = pairing.ready("Mona", Side.MENTOR, seats)
    return pairing
