"""From saved marks to what a learner reads and the gradebook gets, with a look at it before."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lti_app.api import (
    Completion,
    Person,
    Placement,
    State,
    find_people,
    find_progress,
    notify,
    now,
    regrade,
)
from plugins.coaching import rules, standing
from plugins.coaching.models import marks
from plugins.coaching.models.marks import PracticePublication, Released
from plugins.coaching.options import Terms
from plugins.coaching.rubric import percent_of
from plugins.coaching.rules import Event, RubricResult, SessionState


@dataclass(frozen=True)
class Change:
    """What publishing would change for one learner.

    Attributes:
        percent_before: of the rubric, as they know it; None: they know none.
        percent: as it is marked now; that of the best session.
        grade_before: what the gradebook has or is to get; None: nothing.
        grade: what it would get; None while something is still to be done.
        is_marked_alone: everything that they released is marked.
    """

    person: Person
    percent_before: Decimal | None
    percent: Decimal
    grade_before: Decimal | None
    grade: Decimal | None
    is_marked_alone: bool

    @property
    def falls(self) -> bool:
        """Return whether a grade would be lowered."""
        return (
            self.grade is not None
            and self.grade_before is not None
            and self.grade < self.grade_before
        )

    @property
    def shown(self) -> str:
        """Return what the page showed, so that nothing else is published."""
        return f"{self.percent_before}/{self.percent}/{self.grade_before}/{self.grade}"


def results_of(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, RubricResult]:
    """Return what was published of the rubric, for the rule, by person."""
    found = marks.list_publications(activity_id, people)
    return {
        person_id: RubricResult(row.percent, row.published_at) for person_id, row in found.items()
    }


def changes(placement: Placement, people: Collection[UUID]) -> Sequence[Change]:
    """Return what publishing would change for those of some people who do not know all, by name.

    Whoever knows all that was marked is left out: they are not told twice.
    """
    activity_id, terms = placement.activity_id, Terms.of(placement.options)
    marked = _by_person(activity_id, people)
    ready = {
        person_id: percent
        for person_id, released in marked.items()
        if (percent := best_percent(released)) is not None
        and any(one.session.state == SessionState.MARKED for one in released)
    }
    told = marks.list_publications(activity_id, ready)
    facts = standing.facts_of(activity_id, ready)
    named = find_people(ready)
    found = [
        Change(
            person=named[person_id],
            percent_before=told[person_id].percent if person_id in told else None,
            percent=percent,
            grade_before=_grade(find_progress(activity_id, person_id)),
            grade=_grade(
                rules.completion(
                    terms, facts.get(person_id, rules.Facts()), RubricResult(percent, now())
                )
            ),
            is_marked_alone=all(one.is_marked for one in marked[person_id]),
        )
        for person_id, percent in ready.items()
    ]
    return sorted(found, key=lambda one: ((one.person.name or "").casefold(), str(one.person.id)))


def publish(placement: Placement, wanted: Sequence[Change], *, by: UUID) -> None:
    """Let learners read their marks, tell them, and send the grades of those who are done.

    Args:
        placement: where.
        wanted: as they are at this moment, with the sessions locked.
        by: who publishes.
    """
    marked = _by_person(placement.activity_id, [one.person.id for one in wanted])
    for one in wanted:
        released = [item for item in marked[one.person.id] if item.is_marked]
        row = marks.publish(
            placement.activity_id,
            one.person.id,
            one.percent,
            {str(item.release.id): _as_json(item) for item in released},
            by,
        )
        for item in released:
            state = SessionState(item.session.state)
            item.session.state = rules.after(state, Event.PUBLISH).value
        _tell(placement, one, row)
    regrade(placement, [one.person for one in wanted], by=by)


def best_percent(released: Collection[Released]) -> Decimal | None:
    """Return what the best of the marked sessions reached, or None where none is marked."""
    return max((percent_of(one.levels) for one in released if one.is_marked), default=None)


def _by_person(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, list[Released]]:
    found: dict[UUID, list[Released]] = {}
    for one in marks.list_released(activity_id, people):
        found.setdefault(one.session.person_id, []).append(one)
    return found


def _grade(completion: Completion) -> Decimal | None:
    is_done = completion.state is State.COMPLETED and not completion.needs_marking
    return completion.score if is_done else None


def _as_json(item: Released) -> dict[str, object]:
    return {
        "levels": {row.value: level for row, level in item.levels.items()},
        "remark": item.remark,
    }


def _tell(placement: Placement, change: Change, row: PracticePublication) -> None:
    is_first = change.percent_before is None
    notify(
        change.person.id,
        "practice.marked" if is_first else "practice.marked_anew",
        about=(row.id, row.number),
        activity_id=placement.activity_id,
    )
