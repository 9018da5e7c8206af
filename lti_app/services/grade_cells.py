"""What instructors see of the gradebook cells of a link, and of one learner's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.delivery import DeliveryState, Mandate, Outcome
from lti_app.domain.errors import NotFound
from lti_app.domain.progress import State
from lti_app.domain.rulings import RulingFact
from lti_app.services import deliveries, rulings
from lti_app.store import grade_cells as store
from lti_app.store.courses import LineItem, Placement
from lti_app.store.deliveries import count_former
from lti_app.store.grade_cells import Show
from lti_app.store.session import db

__all__ = [
    "AttemptFact",
    "CellPage",
    "GradeCell",
    "LearnerPage",
    "Show",
    "cells",
    "knows",
    "learner",
]

PAGE_SIZE = 50
_ATTEMPTS_SHOWN = 20


@dataclass(frozen=True)
class GradeCell:
    """One learner's cell, as an instructor sees it.

    Attributes:
        name: None where neither LMS nor person gave one.
        has_come: whether they ever opened anything of the course here.
        progress: how far the person is.
        score: our newest value, or None while there is none.
        state: of the delivery, or None while nothing was ever due.
        obstacle: why nothing is sent now: `staff`, `inactive`, `held`, `excused`; `former`: the
            cell keeps a grade of the activity that the link led to before; or None.
        sent_at: when the newest post was made; `accepted_at`, `accepted_score`: the last one that
            the LMS took.
        status, reason: the LMS's last answer.
        due_at: when the tool tries next, or None.
        seen_score, seen_maximum: what a look into the cell found that was not ours.
        mandate: what an instructor decided about the next post, or None.
        rulings: what is in force for this learner.
    """

    person_id: UUID
    name: str | None
    progress: State
    has_come: bool = True
    score: Decimal | None = None
    state: DeliveryState | None = None
    obstacle: str | None = None
    sent_at: datetime | None = None
    accepted_at: datetime | None = None
    accepted_score: Decimal | None = None
    status: int | None = None
    reason: str | None = None
    answered_at: datetime | None = None
    due_at: datetime | None = None
    seen_score: Decimal | None = None
    seen_maximum: Decimal | None = None
    mandate: Mandate | None = None
    rulings: tuple[RulingFact, ...] = ()


@dataclass(frozen=True)
class CellPage:
    """One page of cells.

    Attributes:
        number: counts from 1; `counts` are of all pages.
        former: how many cells keep a grade of an activity that the link led to before.
    """

    cells: tuple[GradeCell, ...]
    number: int
    count: int
    total: int
    has_column: bool
    counts: Mapping[Show, int]
    former: int = 0


@dataclass(frozen=True)
class AttemptFact:
    """One post of a cell, and what came of it; `outcome` is None while nobody knows."""

    at: datetime
    score: Decimal
    outcome: Outcome | None
    status: int | None
    reason: str | None


@dataclass(frozen=True)
class LearnerPage:
    """One learner's cell with its history, newest first."""

    cell: GradeCell
    rulings: tuple[RulingFact, ...]
    attempts: tuple[AttemptFact, ...]
    closes_at: datetime | None


def cells(
    placement_id: UUID, page: int = 1, *, show: Show = Show.ALL, search: str = ""
) -> CellPage:
    """Return one page of a placement's cells, by name; a page beyond the last one is the last.

    Args:
        placement_id: the link.
        page: counts from 1.
        show: which learners.
        search: part of a name, or nothing.
    """
    placement = db().get_one(Placement, placement_id)
    item = db().get(LineItem, placement_id)
    counts = store.count_people(placement, search)
    total = counts[show]
    count = max(1, -(-total // PAGE_SIZE))
    number = min(max(page, 1), count)
    people = store.list_people(
        placement, show, search, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
    )
    ruled = rulings.rulings_of(placement.activity_id, people)
    at = now()
    return CellPage(
        cells=tuple(
            _cell(
                row,
                [fact for fact in ruled.get(row[0].id, ()) if fact.is_in_force(at)],
                placement.activity_id,
            )
            for row in store.list_cells(placement, people)
        ),
        number=number,
        count=count,
        total=total,
        has_column=item is not None and item.url is not None,
        counts=counts,
        former=count_former(placement_id),
    )


def knows(placement_id: UUID, person_id: UUID) -> bool:
    """Tell whether somebody takes part at a link: in its course, or by work that is there."""
    return bool(store.list_cells(db().get_one(Placement, placement_id), [person_id]))


def learner(placement_id: UUID, person_id: UUID) -> LearnerPage:
    """Return one learner's cell with everything that was tried and ruled.

    Raises:
        NotFound: the person has nothing to do with this link.
    """
    placement = db().get_one(Placement, placement_id)
    rows = store.list_cells(placement, [person_id])
    if not rows:
        raise NotFound(detail="learner of another course")
    facts = rulings.rulings_of(placement.activity_id, [person_id]).get(person_id, ())
    row = rows[0][1]
    attempts = store.list_attempts(row.id, _ATTEMPTS_SHOWN) if row else []
    return LearnerPage(
        cell=_cell(
            rows[0],
            [fact for fact in facts if fact.is_in_force(now())],
            placement.activity_id,
        ),
        rulings=tuple(facts),
        attempts=tuple(
            AttemptFact(
                attempt.started_at,
                attempt.score,
                Outcome(attempt.outcome) if attempt.outcome else None,
                attempt.status,
                attempt.reason,
            )
            for attempt in attempts
        ),
        closes_at=rulings.closes_for(placement.activity_id, [person_id])[person_id],
    )


def _cell(found: store.CellRow, in_force: list[RulingFact], activity_id: UUID) -> GradeCell:
    person, row, progress, is_staff, is_inactive, is_held, is_excused, has_come = found
    is_sent_anyway = any(fact.kind == "send" for fact in in_force)
    is_former = row is not None and deliveries.is_former(row, activity_id)
    obstacles = {
        "former": is_former,
        "staff": is_staff,
        "inactive": is_inactive and not is_sent_anyway,
        "held": is_held,
        "excused": is_excused or (progress is not None and progress.is_excused),
    }
    shown = GradeCell(
        person_id=person.id,
        name=person.name or person.own_name,
        progress=State(progress.state) if progress else State.NOT_STARTED,
        has_come=has_come,
        obstacle=next((name for name, applies in obstacles.items() if applies), None),
        rulings=tuple(in_force),
    )
    if row is None:
        return replace(shown, score=progress.score if progress else None)
    return replace(
        shown,
        score=row.score if not is_former else progress.score if progress else None,
        state=DeliveryState(row.state),
        sent_at=row.posted_at,
        accepted_at=row.acknowledged_at,
        accepted_score=row.acknowledged_score,
        status=row.answer_status,
        reason=row.answer_reason,
        answered_at=row.answered_at,
        due_at=row.due_at,
        seen_score=row.seen_score,
        seen_maximum=row.seen_maximum,
        mandate=Mandate(row.mandate) if row.mandate else None,
    )
