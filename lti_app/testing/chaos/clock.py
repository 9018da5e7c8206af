"""Lets the hours pass for which the tool waits: all that chaos ever writes into its database.

The tool waits for the next attempt, until an LMS is not left alone any more, until it may ask again
for keys that it does not know, and until a lease runs out whose holder was killed. The last is the
delicate one: a lease may only be over if nobody can still act on it. So leases are noted while no
worker is alive, and end only when the LMS has dealt with everything that those workers had asked.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import InstrumentedAttribute

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState
from lti_app.store.lms_health import LmsHealth
from lti_app.store.people import Identity
from lti_app.store.progress import Delivery
from lti_app.store.registrations import AccessToken, KeySet
from lti_app.store.session import Database, DatabaseError, db, transaction
from lti_app.testing.sandbox import Sandbox, ServiceRequest


@dataclass(frozen=True)
class _Orphans:
    """What workers that are dead held, and had asked for."""

    cells: set[UUID]
    tokens: set[UUID]
    requests: Sequence[ServiceRequest]

    @property
    def can_end(self) -> bool:
        return all(request.is_over for request in self.requests)


@dataclass
class PassingTime:
    """The time of one run.

    Attributes:
        database_url: the tool's.
        lms: where grades go.
    """

    database_url: str
    lms: Sandbox
    _orphans: list[_Orphans] = field(default_factory=list)

    def note_orphans(self) -> None:
        """Note every lease there is; to be called while no worker is alive.

        With the database away nothing is noted: then they last until the next killing.
        """
        requests = [entry for entry in self.lms.log.of() if not entry.is_over]
        try:
            with self._transaction(read_only=True):
                cells = _leases(Delivery.lease)
                tokens = _leases(AccessToken.lease)
        except DatabaseError:
            return
        self._orphans.append(_Orphans(cells, tokens, requests))

    def pass_by(self) -> None:
        """Let everything that is waited for come."""
        now = real_now()
        ending = [one for one in self._orphans if one.can_end]
        with self._transaction():
            for one in ending:
                for table, leases in ((Delivery, one.cells), (AccessToken, one.tokens)):
                    over = update(table).where(table.lease.in_(leases))
                    db().execute(over.values(leased_until=now))
            db().execute(update(LmsHealth).values(paused_until=now))
            db().execute(update(KeySet).values(attempted_at=None))
            db().execute(
                update(Delivery)
                .where(Delivery.state != DeliveryState.SENT.value, Delivery.lease.is_(None))
                .where(Delivery.due_at.is_not(None))
                .values(due_at=now)
            )
        self._orphans = [one for one in self._orphans if one not in ending]

    def states(self) -> dict[str, tuple[str, str]]:
        """Return each cell's state and the LMS's last answer, by the LMS's id of the person."""
        with self._transaction(read_only=True):
            rows = db().execute(
                select(Identity.subject, Delivery.state, Delivery.answer_reason).join(
                    Delivery, Delivery.person_id == Identity.person_id
                )
            )
            return {row[0]: (row[1], row[2] or "") for row in rows}

    @contextmanager
    def _transaction(self, *, read_only: bool = False) -> Iterator[None]:
        # Nothing is kept open: who is killed should find SQLite's file as a power cut leaves it.
        database = Database(self.database_url)
        try:
            with transaction(database, read_only=read_only):
                yield
        finally:
            database.dispose()


def _leases(column: InstrumentedAttribute[UUID | None]) -> set[UUID]:
    return set(filter(None, db().scalars(select(column))))
