"""Two requests at one moment: what is done once is done once, and nobody sits in two groups."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from sqlalchemy import func, select

from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.coaching.models import PracticeAnswer, PracticeSeat, PracticeSession
from tests.functional.coaching.people import ANSWER, ONE, Practice, enrol

SEVEN = ("alice", "bob", "charlie", "dora", "emil", "fred", "gina")


def at_once(acts: Sequence[Callable[[], int]]) -> list[int]:
    """Do several things at the same moment; returns the status of each answer, sorted."""
    barrier = Barrier(len(acts), timeout=30)

    def act(one: Callable[[], int]) -> int:
        barrier.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(act, acts))


def status_of(practice: Practice, who: str, path: str, values: Mapping[str, str]) -> int:
    return practice.post(who, path, **values).status_code


def count(practice: Practice, table: type[PracticeAnswer | PracticeSession]) -> int:
    with transaction(practice.tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(table)) or 0


def test_a_session_is_begun_handed_over_and_answered_once(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms)
    practice.join("alice", "bob")

    def post(who: str, path: str, **values: str) -> Callable[[], int]:
        return partial(status_of, practice, who, path, values)

    assert at_once([post("alice", "session/begin")] * 2) == [303, 303]
    assert count(practice, PracticeSession) == 1
    path = practice.begin("alice")
    practice.write("alice", path)
    # Whoever clicks twice sees what the first click did.
    assert at_once([post("alice", f"{path}/hand")] * 2) == [303, 303]
    session = path.removeprefix("session/")
    answers = [
        post("bob", f"partner/{session}", **{**ANSWER, "verdict_0": verdict})
        for verdict in ("yes", "no")
    ]
    assert at_once(answers) == [303, 409]
    assert count(practice, PracticeAnswer) == 1


def test_seven_who_come_at_once_are_each_in_one_group_of_each_round(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    enrol(lms, *SEVEN[3:])
    practice = Practice(
        registered_tool, lms, {"kind": "practice", "sessions": "3", "preparation": "no"}
    )
    practice.come(*SEVEN)
    # The token of each visit is looked up first, so that the requests really meet.
    for name in SEVEN:
        practice.post(name, "leave")
    joined = at_once([partial(status_of, practice, name, "join", {}) for name in SEVEN])
    assert joined == [303] * 7
    with transaction(practice.tool.database, read_only=True):
        seats = db().scalars(select(PracticeSeat).where(PracticeSeat.left_at.is_(None))).all()
    for number in (1, 2, 3):
        groups: dict[object, set[object]] = {}
        for seat in seats:
            if seat.round == number:
                groups.setdefault(seat.group_id, set()).add(seat.person_id)
        assert sorted(len(people) for people in groups.values()) == [2, 2, 3]
        assert len(set().union(*groups.values())) == 7


def test_of_two_who_choose_the_same_partner_at_once_one_has_to_choose_again(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "grouping": "learners"})
    practice.join("alice", "bob", "charlie")
    charlie = {"partner": str(practice.id_of("charlie"))}

    def choose(who: str, led_to: list[str]) -> int:
        answer = practice.post(who, "partner", **charlie)
        led_to.append(answer.headers["Location"].split("done=")[1])
        return answer.status_code

    led_to: list[str] = []
    assert at_once([partial(choose, who, led_to) for who in ("alice", "bob")]) == [303, 303]
    assert sorted(led_to) == ["chosen", "taken"]
