"""What is deleted of somebody who is erased, and what stays.

Every table with rows about people is in one of the two lists, or an activity's own; a test compares
them, so that a new one cannot be forgotten.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Table, delete, func, or_, select, update

from lti_app.activity import catalogue
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.pairs import LIVE
from lti_app.store.audit import AuditEntry
from lti_app.store.base import ActivityRecord, Base, PairRecord
from lti_app.store.courses import Enrolment
from lti_app.store.facts import Fact
from lti_app.store.goals import GoalUpdate
from lti_app.store.imports import TableImport
from lti_app.store.links import LinkToken
from lti_app.store.mails import Mail, MailPreference
from lti_app.store.notices import Notice
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.participants import Participant
from lti_app.store.people import Identity, Person
from lti_app.store.programmes import JoinRequest
from lti_app.store.progress import Delivery, Progress, Ruling
from lti_app.store.reconciliations import ReconciliationFinding
from lti_app.store.reporting import ReportingEdge
from lti_app.store.session import count_changed, db
from lti_app.store.staff import StaffGrant
from lti_app.store.visits import SignInLink, Visit

#: Rows about one person that go with them.
DELETED: tuple[type[Base], ...] = (
    Notice,
    Mail,
    MailPreference,
    LinkToken,
    SignInLink,
    Visit,
    Fact,
    GoalUpdate,
    StaffGrant,
    Enrolment,
    Identity,
)
#: Rows that stay, of somebody whom nothing names any more: that there was a pair, for the partner;
#: how far their work was and what was sent to gradebooks, for the LMS whose grades they are; who
#: changed what others may do. None of them holds a word of theirs.
KEPT: tuple[type[Base], ...] = (
    Pair,
    PairOffer,
    Participant,
    Progress,
    Ruling,
    Delivery,
    ReconciliationFinding,
    AuditEntry,
)
_SETTLED = (DeliveryState.SENT.value, DeliveryState.LEFT_ALONE.value)


def activity_tables() -> list[Table]:
    """Return the tables of all activities that belong to one person each."""
    # An activity's tables are there once it has been loaded.
    catalogue()
    return _tables_of(ActivityRecord)


def _tables_of(mixin: type) -> list[Table]:
    rows = (mapper for mapper in Base.registry.mappers if issubclass(mapper.class_, mixin))
    return [table for mapper in rows if isinstance(table := mapper.local_table, Table)]


def shut_out(person_id: UUID) -> int:
    """Delete the ways in which somebody is known and let in; returns how many.

    Whoever is let in holds theirs until what they do is stored (`find_visit`, `find_identity`): so
    this waits for that, and nothing of theirs is stored afterwards.
    """
    return sum(
        count_changed(delete(table).where(table.person_id == person_id))
        for table in (Visit, Identity)
    )


def lock_person(person_id: UUID) -> Person | None:
    """Return somebody, locked, or None."""
    locked = select(Person).where(Person.id == person_id).with_for_update(key_share=True)
    return db().scalar(locked.execution_options(populate_existing=True))


def list_by_email(email: str) -> list[Person]:
    """Return everybody who has an e-mail address, in all organisations."""
    query = select(Person).where(func.lower(Person.email) == email.lower())
    return list(db().scalars(query.order_by(Person.created_at, Person.id)))


def list_live_pairs(person_id: UUID) -> list[UUID]:
    """Return the pairs and offers of somebody that are not over."""
    query = select(Pair.id).where(
        or_(Pair.mentor_id == person_id, Pair.mentee_id == person_id),
        Pair.state.in_([state.value for state in LIVE]),
    )
    return list(db().scalars(query.order_by(Pair.programme_id, Pair.id)))


def list_places(person_id: UUID) -> list[Participant]:
    """Return somebody's places in programmes, locked."""
    query = select(Participant).where(Participant.person_id == person_id).order_by(Participant.id)
    return list(db().scalars(query.with_for_update(key_share=True)))


def delete_rows(person_id: UUID) -> int:
    """Delete all that is theirs alone: their work, and what the tool keeps to reach them."""
    ours = [row.__table__ for row in DELETED if isinstance(row.__table__, Table)]
    return sum(
        count_changed(delete(table).where(table.c.person_id == person_id))
        for table in (*activity_tables(), *ours)
    )


def delete_what_nobody_shares(person_id: UUID) -> int:
    """Delete what pairs of theirs wrote of which both people are erased by now."""
    others = select(Person.id).where(Person.erased_at.is_(None), Person.id != person_id)
    of_theirs = or_(Pair.mentor_id == person_id, Pair.mentee_id == person_id)
    alone = select(Pair.id).where(
        of_theirs, Pair.mentor_id.not_in(others), Pair.mentee_id.not_in(others)
    )
    return sum(
        count_changed(delete(table).where(table.c.pair_id.in_(alone)))
        for table in _tables_of(PairRecord)
    )


def stop_deliveries(person_id: UUID) -> int:
    """Let no grade be sent any more; what a gradebook holds is the LMS's."""
    waiting = update(Delivery).where(
        Delivery.person_id == person_id, Delivery.state.not_in(_SETTLED)
    )
    return count_changed(
        waiting.values(
            state=DeliveryState.LEFT_ALONE.value,
            due_at=None,
            stuck_since=None,
            answer_reason="person_erased",
        )
    )


def clear_words_about(person_id: UUID) -> None:
    """Clear what staff wrote about them, or they as staff: notes that may name them."""
    of_theirs = or_(Pair.mentor_id == person_id, Pair.mentee_id == person_id)
    count_changed(update(Pair).where(of_theirs).values(override_note=""))
    count_changed(update(JoinRequest).where(JoinRequest.asked_by == person_id).values(note=""))


def delete_references(organisation_id: UUID, references: Collection[str]) -> None:
    """Delete the reporting lines that name them, and what uploads were told to lack of theirs."""
    named = list(references)
    lines = delete(ReportingEdge).where(
        ReportingEdge.organisation_id == organisation_id,
        or_(ReportingEdge.person_ref.in_(named), ReportingEdge.manager_ref.in_(named)),
    )
    count_changed(lines)
    uploads = select(TableImport).where(TableImport.organisation_id == organisation_id)
    for row in db().scalars(uploads):
        kept = [one for one in row.findings if str(one[2]).casefold() not in references]
        if len(kept) != len(row.findings):
            row.findings = kept
