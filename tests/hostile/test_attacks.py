"""Every attack of every family is refused in words, leaves nothing, and is found in the log.

A few of each family run with everything else; `make hostile` runs them all.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tests.gunicorn import Browser
from tests.hostile import private, storage
from tests.hostile.arena import Arena, Blow, Case, Login, assert_refused
from tests.hostile.families import FAMILIES
from tests.hostile.visits import OWN, STEP, found_token

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


def test_of_eight_equal_proofs_at_once_one_is_accepted(arena: Arena) -> None:
    login = storage.begin(arena)
    proof, before = login.proof(login.value), arena.count_visits()

    def prove(_: int) -> Blow:
        return arena.strike("POST", storage.AGAIN, data=proof, headers=storage.OWN)

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(blow.answer.status_code for blow in pool.map(prove, range(8)))
    assert statuses == [200] + [401] * 7
    assert arena.count_visits() == before + 1


if _IS_WHOLE:
    # A start takes seconds.

    @pytest.mark.parametrize(
        "case", [*private.key_servers()], ids=lambda case: f"private: {case.name}"
    )
    def test_nobody_on_a_private_network_is_called(guarded: Arena, case: Case) -> None:
        assert_refused(guarded, case)

    def test_what_was_begun_before_the_tool_was_started_anew_goes_on_after_it(arena: Arena) -> None:
        browser, visit = arena.enter()
        login = arena.begin()
        if not arena.restarts:
            arena.process.restart()
        answer = arena.launch(login, arena.lms.sign(login.claims)).answer
        assert answer.status_code == 303, answer.text
        assert arena.process.get(answer.headers["Location"], login.browser).status_code == 303
        page = arena.process.get(visit + STEP, browser)
        assert page.status_code == 200
        sent = {"side": "mentee", "csrf_token": found_token(page.text)}
        saved = arena.strike("POST", visit + STEP, browser, data=sent, headers=OWN).answer
        assert saved.status_code == 303, saved.text


def _launch(arena: Arena, login: Login, browser: Browser, token: str) -> Blow:
    return arena.launch(replace(login, browser=browser), token)
