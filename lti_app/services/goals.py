"""Goals of pairs: agreed on with a charter, written about and marked by the two."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from lti_app.clock import now
from lti_app.domain import goals as rules
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.goals import Goal, GoalCounts, GoalDraft, GoalNote, GoalState
from lti_app.services.goal_notices import DUE, NEWS
from lti_app.services.notices import notify
from lti_app.services.rooms import lock_pair
from lti_app.store import goals as store
from lti_app.store.goals import Goal as GoalRow
from lti_app.store.goals import GoalUpdate
from lti_app.store.pairs import find_pair
from lti_app.store.session import db

#: So long after its day a goal is told of, if on that day its pair paused or no worker ran.
_STAYS_DUE: Final = timedelta(days=14)


class GoalMoved(Conflict):
    """The other one of the two has marked the goal since the page was opened.

    Attributes:
        state: how far it is by now.
    """

    default_code = "goal_moved"

    def __init__(self, state: GoalState) -> None:
        super().__init__(detail=f"goal is {state}")
        self.state = state


def agree_goals(pair_id: UUID, drafts: Sequence[GoalDraft], at: datetime) -> None:
    """Let the goals of a charter be those of the pair, as it comes into force.

    Of the pair's goals, those that the charter names again are changed and keep what was written
    about them; open ones that it does not name are dropped, and what was reached stays reached.
    Part of the transaction that lets the charter come into force; the pair is locked already.

    Raises:
        NotFound: there is no such pair.
    """
    pair = find_pair(pair_id)
    if pair is None:
        raise NotFound(detail="no such pair")
    rows = {row.key: row for row in store.list_goals(pair_id, lock=True)}
    named = {draft.key for draft in drafts}
    for key, row in rows.items():
        if key not in named:
            row.state = rules.state_after_agreeing(GoalState(row.state), is_in_charter=False).value
            row.position += len(drafts)
    for position, draft in enumerate(drafts):
        row = rows.get(draft.key) or _add(pair_id, pair.programme_id, draft.key)
        before = GoalState(row.state) if row.state else None
        row.state = rules.state_after_agreeing(before, is_in_charter=True).value
        row.position, row.body, row.due_on = position, draft.to_json(), draft.due_on
        row.agreed_at = at
    db().flush()


def _add(pair_id: UUID, programme_id: UUID, key: UUID) -> GoalRow:
    row = GoalRow(pair_id=pair_id, programme_id=programme_id, key=key)
    db().add(row)
    return row


def goals_of(pair_id: UUID) -> Sequence[Goal]:
    """Return the goals of a pair in their order, each with what was written about it."""
    return _with_updates(store.list_goals(pair_id))


def find_goal(pair_id: UUID, goal_id: UUID) -> Goal:
    """Return a goal of a pair.

    Raises:
        NotFound: there is none of this id.
    """
    row = store.find_goal(pair_id, goal_id)
    if row is None:
        raise NotFound(detail="no such goal of the pair")
    return _with_updates([row])[0]


def count_goals(pairs: Collection[UUID]) -> Mapping[UUID, GoalCounts]:
    """Return how the goals of some pairs stand; who has none is left out."""
    counts = store.count_states(pairs)
    return {
        pair_id: GoalCounts(
            total=sum(count for (of, _), count in counts.items() if of == pair_id),
            met=counts.get((pair_id, GoalState.MET.value), 0),
            partly=counts.get((pair_id, GoalState.PARTLY.value), 0),
            dropped=counts.get((pair_id, GoalState.DROPPED.value), 0),
        )
        for pair_id in {of for of, _ in counts}
    }


def write_update(pair_id: UUID, goal_id: UUID, person_id: UUID, note: str, value: str = "") -> None:
    """Keep what one of the two writes about a goal.

    Args:
        pair_id, goal_id: of which goal.
        person_id: who writes.
        note: what; never empty.
        value: how far it is by now, in the goal's own unit, if they say.

    Raises:
        Conflict: `pair_over`: the pair has ended.
        NotFound: there is no such goal of the pair.
    """
    other = lock_pair(pair_id).other_than(person_id)
    row = _lock(pair_id, goal_id)
    _note(row, person_id, note, value, None)
    _tell(row, other)


def mark_goal(
    pair_id: UUID,
    goal_id: UUID,
    person_id: UUID,
    mark: GoalState,
    note: str = "",
    *,
    seen: GoalState,
) -> None:
    """Mark a goal: met, partly met, dropped, or open once more.

    Args:
        pair_id, goal_id: which goal.
        person_id: who marks it.
        mark: as what.
        note: what they write about it, if anything.
        seen: how far it was on the page that they answered.

    Raises:
        Conflict: `pair_over`: the pair has ended; or the mark cannot follow the one before.
        GoalMoved: the other one has marked it meanwhile.
        NotFound: there is no such goal of the pair.
    """
    other = lock_pair(pair_id).other_than(person_id)
    row = _lock(pair_id, goal_id)
    state = GoalState(row.state)
    if state is not seen:
        raise GoalMoved(state)
    if not rules.can_mark(state, mark):
        raise Conflict(detail=f"{mark} after {state}")
    row.state = mark.value
    row.reviewed_at = now()
    _note(row, person_id, note, "", mark)
    _tell(row, other)


def tell_of_due(zone: str, today: date, limit: int, after: UUID | None) -> tuple[int, UUID | None]:
    """Tell both of each pair once that the day of an open goal has come.

    Args:
        zone: of the pairs' programmes.
        today: there.
        limit: so many goals at most.
        after: only goals behind this one.

    Returns:
        How many notices are new, and the goal to go on behind; None when there are no more.
    """
    found = store.list_due(zone, today - _STAYS_DUE, today, limit, after)
    told = sum(
        notify(person_id, DUE.key, about=(pair.id, goal.id, goal.due_on or today))
        for goal, pair in found
        for person_id in (pair.mentee_id, pair.mentor_id)
    )
    return told, found[-1][0].id if len(found) == limit else None


def _lock(pair_id: UUID, goal_id: UUID) -> GoalRow:
    row = store.find_goal(pair_id, goal_id, lock=True)
    if row is None:
        raise NotFound(detail="no such goal of the pair")
    return row


def _note(row: GoalRow, person_id: UUID, note: str, value: str, state: GoalState | None) -> None:
    db().add(
        GoalUpdate(
            goal_id=row.id,
            person_id=person_id,
            note=note,
            value=value,
            state=state.value if state else None,
            created_at=now(),
        )
    )


def _tell(row: GoalRow, person_id: UUID) -> None:
    """Tell the other one, once a day and goal: it is in their weekly summary, unless they look."""
    notify(person_id, NEWS.key, about=(row.pair_id, row.id, now().date()))


def _with_updates(rows: Sequence[GoalRow]) -> list[Goal]:
    updates = store.list_updates([row.id for row in rows])
    return [
        Goal(
            id=row.id,
            draft=GoalDraft.from_json(row.body),
            state=GoalState(row.state),
            agreed_at=row.agreed_at,
            reviewed_at=row.reviewed_at,
            updates=tuple(_to_note(one) for one in updates if one.goal_id == row.id),
        )
        for row in rows
    ]


def _to_note(row: GoalUpdate) -> GoalNote:
    state = GoalState(row.state) if row.state else None
    return GoalNote(row.person_id, row.note, row.value, state, row.created_at)
