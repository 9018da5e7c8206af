"""No answer of an LMS's service ends the worker, changes a grade, or keeps the next one waiting.

A few run with everything else; `make hostile` runs them all. Each spends its time waiting for a
worker that looks again in a moment, so many are under way at once.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.hostile.arena import Arena
from tests.hostile.services import ServiceCase, carry_out, service_cases, slow_cases, working

_IS_WHOLE = bool(os.environ.get("HOSTILE"))
#: Without the many: one answer to each kind of call.
_FEW = {"token": 1, "score": 1, "roster": 1, "cell": 1}
_AT_ONCE = 12
FAMILIES = service_cases()
_SLOW = slow_cases() if _IS_WHOLE else []
CHOSEN = [
    (family, case)
    # What takes a minute comes first, and the others go on beside it.
    for family, cases in [("slow", _SLOW), *FAMILIES.items()]
    for case in (cases if _IS_WHOLE else cases[: _FEW.get(family, 0)])
]
NAMES = [f"{family}: {case.name}" for family, case in CHOSEN]
pytestmark = [pytest.mark.xdist_group("services" if _IS_WHOLE else "hostile")]
Under = Mapping[str, Future[None]]


@pytest.fixture(scope="module")
def attacks(arena: Arena) -> Iterator[Under]:
    """Start the worker beside the arena's pages, and all attacks on it."""
    with (
        arena.log.open("a") as log,
        working(arena, log) as worker,
        ThreadPoolExecutor(_AT_ONCE + len(_SLOW)) as pool,
    ):
        cases: Mapping[str, ServiceCase] = dict(zip(NAMES, (one for _, one in CHOSEN), strict=True))
        yield {name: pool.submit(carry_out, arena, worker, one) for name, one in cases.items()}


def test_there_are_enough_of_each() -> None:
    assert {family: len(cases) for family, cases in FAMILIES.items() if len(cases) < 15} == {}
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_of_any_kind_does_no_harm(attacks: Under, name: str) -> None:
    attacks[name].result()
