"""Every attack of every family is refused in words, leaves nothing, and is found in the log.

A few of each family run with everything else; `make hostile` runs them all.
"""

import os

import pytest

from tests.hostile.arena import Arena, Case, assert_refused
from tests.hostile.families import FAMILIES

_FEW = 2
_IS_WHOLE = bool(os.environ.get("HOSTILE"))
CHOSEN = [
    pytest.param(case, id=f"{family}: {case.name}")
    for family, cases in FAMILIES.items()
    for case in (cases if _IS_WHOLE else cases[:_FEW])
]
pytestmark = pytest.mark.xdist_group("hostile")


def test_there_are_enough_of_each() -> None:
    assert {family: len(cases) for family, cases in FAMILIES.items() if len(cases) < 15} == {}
    names = [(family, case.name) for family, cases in FAMILIES.items() for case in cases]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", CHOSEN)
def test_an_attack_is_refused_and_leaves_nothing(arena: Arena, case: Case) -> None:
    assert_refused(arena, case)
