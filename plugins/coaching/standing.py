"""How far people are: stored rows, as the facts that the rule looks at."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from plugins.coaching import models
from plugins.coaching.log import has_reflected
from plugins.coaching.models import PracticeMember, PracticeSession
from plugins.coaching.rules import (
    COUNTED,
    RELEASED,
    SHORTEST_REFLECTION,
    Facts,
    SessionState,
)


def facts_of(activity_id: UUID, people: Collection[UUID]) -> Mapping[UUID, Facts]:
    """Return the facts of those who have stored anything; who has not is left out."""
    members = {row.person_id: row for row in models.list_members(activity_id, people)}
    answered = models.count_answers(activity_id, people)
    led: dict[UUID, list[PracticeSession]] = {}
    for session in models.list_sessions(activity_id, people):
        led.setdefault(session.person_id, []).append(session)
    return {
        person_id: _facts(
            members.get(person_id), led.get(person_id, ()), answered.get(person_id, 0)
        )
        for person_id in members.keys() | led.keys() | answered.keys()
    }


def _facts(
    member: PracticeMember | None, sessions: Sequence[PracticeSession], answered: int
) -> Facts:
    going_on = [one for one in sessions if one.state != SessionState.CANCELLED]
    return Facts(
        has_begun=True,
        coached=sum(one.state in COUNTED for one in going_on),
        answered=answered,
        granted=member.granted if member is not None else 0,
        reflected=sum(
            one.handed_at is not None and has_reflected(one.written, one.form, SHORTEST_REFLECTION)
            for one in going_on
        ),
        is_prepared=member is not None and member.prepared_at is not None,
        released=sum(one.state in RELEASED for one in going_on),
    )
