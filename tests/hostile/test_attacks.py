"""Every attack of every family is refused in words, leaves nothing, and is found in the log.

A few of each family run with everything else; `make hostile` runs them all.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Blow, Case, Login, assert_refused
from tests.hostile.families import FAMILIES

_FEW = 2
_IS_WHOLE = bool(os.environ.get("HOSTILE"))
CHOSEN = [
    pytest.param(case, id=f"{family}: {case.name}")
    for family, cases in FAMILIES.items()
    for case in (cases if _IS_WHOLE else cases[:_FEW])
]
# Opening an arena takes seconds: few attacks are not worth a second one.
pytestmark = [] if _IS_WHOLE else [pytest.mark.xdist_group("hostile")]


def test_there_are_enough_of_each() -> None:
    assert {family: len(cases) for family, cases in FAMILIES.items() if len(cases) < 15} == {}
    names = [(family, case.name) for family, cases in FAMILIES.items() for case in cases]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("case", CHOSEN)
def test_an_attack_is_refused_and_leaves_nothing(arena: Arena, case: Case) -> None:
    assert_refused(arena, case)


def test_of_eight_equal_answers_at_once_one_is_accepted(arena: Arena) -> None:
    login = arena.begin()
    token, before = arena.lms.sign(login.claims), arena.count_visits()
    with ThreadPoolExecutor(8) as pool:
        blows = pool.map(
            lambda browser: _launch(arena, login, browser, token), login.browser.copies(8)
        )
        assert sorted(blow.answer.status_code for blow in blows) == [303] + [401] * 7
    assert arena.count_visits() == before + 1


def _launch(arena: Arena, login: Login, browser: Browser, token: str) -> Blow:
    return arena.launch(replace(login, browser=browser), token)
