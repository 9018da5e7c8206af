"""Cells of the outbox as plain values, many at a time: locked, changed, written in few statements.

A class of a thousand is sent in seconds. Rows that are objects of the ORM would cost most of that
time, and one statement for each cell the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    SQLColumnExpression,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)

from lti_app.domain.cell import Cell
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.store.base import Base, UtcDateTime
from lti_app.store.courses import LineItem
from lti_app.store.deliveries import is_due, may_be_sent
from lti_app.store.people import Identity
from lti_app.store.progress import Delivery, DeliveryAttempt
from lti_app.store.registrations import Registration
from lti_app.store.session import db

_SERVER_ERROR = 500
#: Outcomes after which the score may be in the cell all the same; none yet counts as well.
_IN_DOUBT = (Outcome.UNKNOWN.value, Outcome.TRANSIENT.value)
_NAMES = tuple(field.name for field in fields(Cell))
_COLUMNS = tuple(getattr(Delivery, name) for name in _NAMES)
_CELL, _ATTEMPT = Base.metadata.tables["delivery"], Base.metadata.tables["delivery_attempt"]
_values = attrgetter(*_NAMES)
#: Values that differ from cell to cell, but are those of another column of the same row.
_SAME_AS: Mapping[str, str] = {"acknowledged_score": "score", "acknowledged_version": "version"}


@dataclass(frozen=True)
class Target:
    """A cell that is due, and where it goes.

    Attributes:
        endpoints: addresses of the LMS.
        line_item_url: the column, or None where the link has none.
        scopes: what the LMS granted at this link.
        subject: what the LMS calls the person, or None if it does not know them.
    """

    cell: Cell
    placement_id: UUID
    registration_id: UUID
    family: str
    endpoints: tuple[str, str]
    line_item_url: str | None
    scopes: tuple[str, ...]
    subject: str | None


@dataclass(frozen=True)
class NewAttempt:
    """A post that is about to be made."""

    id: UUID
    delivery_id: UUID
    version: int
    score: Decimal
    started_at: datetime


@contextmanager
def locked(ids: Collection[UUID]) -> Iterator[Mapping[UUID, Cell]]:
    """Lock some cells, by their ids, and write what the block changes in them.

    In an order in which two who lock some never wait for each other in a ring.
    """
    query = _lock(is_postgresql=_is_postgresql())
    before = [tuple(row) for row in db().execute(query, {"ids": list(ids)})] if ids else []
    cells = [Cell(*values) for values in before]
    yield {cell.id: cell for cell in cells}
    _save(before, cells)


@contextmanager
def due(now: datetime, limit: int, registration_id: UUID | None) -> Iterator[Sequence[Target]]:
    """Lock up to `limit` cells that are due, the longest waiting first, and write what is changed.

    PostgreSQL passes over rows that somebody else is just leasing; SQLite lets one writer in at a
    time anyway.

    Args:
        now: the machine's time.
        limit: how many at most.
        registration_id: of this LMS only, if it is given.
    """
    given = {"now": now, "limit": limit, "registration_id": registration_id}
    query = _due(of_one_lms=registration_id is not None)
    found = [tuple(row) for row in db().execute(query, given)]
    targets = [_target(row) for row in found]
    yield targets
    _save([row[: len(_NAMES)] for row in found], [target.cell for target in targets])


def sendable(ids: Collection[UUID]) -> set[UUID]:
    """Return which of some cells may be sent now."""
    query = _sendable(is_postgresql=_is_postgresql())
    return set(db().scalars(query, {"ids": list(ids)})) if ids else set()


def add_attempts(attempts: Sequence[NewAttempt]) -> None:
    """Write down posts that are about to be made."""
    if attempts:
        db().execute(insert(_ATTEMPT), [_row(attempt) for attempt in attempts])


def note_answers(answers: Collection[tuple[UUID, PostAnswer]], now: datetime) -> None:
    """Keep the answers to attempts, unless somebody has looked meanwhile and knows better."""
    by_answer: dict[tuple[str, int | None, str | None], list[UUID]] = defaultdict(list)
    for id_, answer in answers:
        by_answer[answer.outcome.value, answer.status, answer.reason or None].append(id_)
    for (outcome, status, reason), ids in by_answer.items():
        db().execute(
            update(_ATTEMPT)
            .where(_among(_ATTEMPT.c.id, ids), _ATTEMPT.c.outcome.is_(None))
            .values(outcome=outcome, status=status, reason=reason, finished_at=now)
        )


def perhaps_arrived(ids: Collection[UUID]) -> set[UUID]:
    """Return of which of some cells the LMS may have handled any post."""
    if not ids:
        return set()
    outcome, status = DeliveryAttempt.outcome, DeliveryAttempt.status
    handled = outcome.in_((Outcome.ACCEPTED.value, Outcome.UNKNOWN.value))
    broken = (outcome == Outcome.TRANSIENT.value) & (status >= _SERVER_ERROR)
    query = select(DeliveryAttempt.delivery_id).where(
        DeliveryAttempt.delivery_id.in_(ids), or_(outcome.is_(None), handled, broken)
    )
    return set(db().scalars(query.distinct()))


def attempts_in_doubt(delivery_id: UUID) -> list[DeliveryAttempt]:
    """Return the attempts since the last accepted one that may have reached the cell, newest first.

    They are what a cell can hold of us beside the value that was last acknowledged.
    """
    accepted = (
        select(func.max(DeliveryAttempt.started_at))
        .where(
            DeliveryAttempt.delivery_id == delivery_id,
            DeliveryAttempt.outcome == Outcome.ACCEPTED.value,
        )
        .scalar_subquery()
    )
    query = (
        select(DeliveryAttempt)
        .where(
            DeliveryAttempt.delivery_id == delivery_id,
            or_(DeliveryAttempt.outcome.is_(None), DeliveryAttempt.outcome.in_(_IN_DOUBT)),
            or_(accepted.is_(None), DeliveryAttempt.started_at > accepted),
        )
        .order_by(DeliveryAttempt.started_at.desc())
    )
    return list(db().scalars(query))


# Building a question takes longer than answering it, so the large ones are built once.


@cache
def _lock(*, is_postgresql: bool) -> Select[Any]:
    """Return the question that locks cells, with a parameter `ids`."""
    chosen = _one_of(Delivery.id, "ids", is_postgresql=is_postgresql)
    return (
        select(*_COLUMNS)
        .where(chosen)
        .order_by(Delivery.id)
        .with_for_update(of=Delivery, key_share=True)
    )


@cache
def _sendable(*, is_postgresql: bool) -> Select[UUID]:
    """Return the question for cells that may be sent, with a parameter `ids`."""
    chosen = _one_of(Delivery.id, "ids", is_postgresql=is_postgresql)
    return select(Delivery.id).where(chosen, *may_be_sent())


def _among(column: SQLColumnExpression[UUID], ids: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a column is one of some ids."""
    return _one_of(column, None, list(ids), is_postgresql=_is_postgresql())


def _one_of(
    column: SQLColumnExpression[UUID],
    name: str | None,
    ids: list[UUID] | None = None,
    *,
    is_postgresql: bool,
) -> ColumnElement[bool]:
    """Return the condition that a column is one of the ids in a parameter.

    PostgreSQL gets them as one array: the statement stays the same, and is planned once.
    """
    if is_postgresql:
        return column == any_(bindparam(name, ids, type_=ARRAY(Uuid())))
    return column.in_(bindparam(name, ids, expanding=True))


def _is_postgresql() -> bool:
    return db().get_bind().dialect.name == "postgresql"


@cache
def _due(*, of_one_lms: bool) -> Select[Any]:
    """Return the question for cells that are due, with parameters `now` and `limit`.

    Args:
        of_one_lms: with a parameter `registration_id`.
    """
    where = [is_due(bindparam("now", type_=UtcDateTime())), *may_be_sent()]
    if of_one_lms:
        where.append(Delivery.registration_id == bindparam("registration_id"))
    return (
        select(
            *_COLUMNS,
            Delivery.placement_id,
            Delivery.registration_id,
            Registration.family,
            Registration.token_url,
            Registration.auth_url,
            LineItem.url,
            LineItem.scopes,
            _subject(),
        )
        .join(Registration, Registration.id == Delivery.registration_id)
        .outerjoin(LineItem, LineItem.placement_id == Delivery.placement_id)
        .where(*where)
        .order_by(Delivery.due_at)
        .limit(bindparam("limit", type_=Integer()))
        .with_for_update(of=Delivery, skip_locked=True, key_share=True)
    )


def _target(row: tuple[Any, ...]) -> Target:
    place, registration, family, token_url, auth_url, url, scopes, subject = row[len(_NAMES) :]
    return Target(
        Cell(*row[: len(_NAMES)]),
        place,
        registration,
        family,
        (token_url, auth_url),
        url,
        tuple(scopes or ()),
        subject,
    )


def _row(attempt: NewAttempt) -> dict[str, object]:
    return {field.name: getattr(attempt, field.name) for field in fields(attempt)}


def _save(before: Collection[tuple[Any, ...]], cells: Collection[Cell]) -> None:
    """Write what was changed: one statement for all cells in which the same was changed."""
    changes: dict[tuple[tuple[str, object], ...], list[UUID]] = defaultdict(list)
    for old, cell in zip(before, cells, strict=True):
        new = _values(cell)
        if new != old:
            changes[_difference(cell, old, new)].append(cell.id)
    for changed, ids in changes.items():
        values = {name: _value(name, value) for name, value in changed}
        db().execute(update(_CELL).where(_among(_CELL.c.id, ids)).values(values))


_SAME = object()


def _difference(
    cell: Cell, old: tuple[Any, ...], new: tuple[Any, ...]
) -> tuple[tuple[str, object], ...]:
    return tuple(
        (name, _SAME if name in _SAME_AS and is_ == getattr(cell, _SAME_AS[name]) else is_)
        for name, was, is_ in zip(_NAMES, old, new, strict=True)
        if was != is_
    )


def _value(name: str, value: object) -> object:
    return _CELL.c[_SAME_AS[name]] if value is _SAME else value


def _subject() -> ScalarSelect[str]:
    """Return what the LMS calls the person; the name it gave this client, if it gives several."""
    return (
        select(Identity.subject)
        .where(
            Identity.person_id == Delivery.person_id,
            Identity.kind == "lti",
            Identity.issuer == Registration.issuer,
            Identity.client_id.in_(("", Registration.client_id)),
        )
        .order_by(Identity.client_id.desc(), Identity.created_at.desc())
        .limit(1)
        .correlate(Delivery, Registration)
        .scalar_subquery()
    )
