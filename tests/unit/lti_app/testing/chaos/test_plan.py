"""What happens when: decided by the seed, and in the short form dealt out."""

from pathlib import Path

import pytest

from lti_app.testing.chaos.faults import FAULTS, Surroundings, faults_for
from lti_app.testing.chaos.plan import EVERY_COMBINATION, KILL_POINTS, LONG, SHORT, dice
from lti_app.testing.chaos.servers import Broker, SqliteFile
from lti_app.testing.sandbox import Sandbox


def surroundings(lms: str = "moodle", broker: Broker | None = None) -> Surroundings:
    sandbox = Sandbox.demo("http://localhost:1", "http://127.0.0.1:2", profile=lms)
    return Surroundings(sandbox, None, SqliteFile(Path("nowhere")), broker, 0)


def names(around: Surroundings, seed: int = 1, part: int = 0, parts: int = 1) -> list[str]:
    return [fault.name for fault in faults_for(around, dice(seed, "faults"), part, parts)]


def test_a_seed_is_an_order() -> None:
    around = surroundings()
    assert names(around, seed=1) == names(around, seed=1)
    assert names(around, seed=1) != names(around, seed=2)
    assert sorted(names(around, seed=1)) == sorted(names(around, seed=2))


def test_each_purpose_has_a_chance_of_its_own() -> None:
    assert dice(1, "faults").random() != dice(1, "kills").random()


def test_a_fault_happens_only_to_what_is_there() -> None:
    assert "allowance nearly used up" in names(surroundings("canvas"))
    assert "allowance nearly used up" not in names(surroundings("moodle"))
    assert {"broker wiped", "broker killed"} <= set(names(surroundings(broker=Broker(1))))
    assert "broker wiped" not in names(surroundings())


def test_what_is_dealt_out_happens_to_exactly_one() -> None:
    around = surroundings()
    first, second = (names(around, part=part, parts=2) for part in range(2))
    assert sorted({*first, *second}) == sorted(names(around))
    assert set(first) & set(second) == {"database away"}


def test_the_short_form_has_both_profiles_and_both_databases() -> None:
    assert {one.lms for one in SHORT.combinations} == {"moodle", "canvas"}
    assert {one.database for one in SHORT.combinations} == {"postgresql", "sqlite"}


def test_the_long_form_is_as_long_as_was_promised() -> None:
    assert len(LONG.combinations) == len(EVERY_COMBINATION) == 4
    assert LONG.learners >= 200
    assert len([fault for fault in FAULTS if fault.applies is None]) >= 12
    assert LONG.kills_per_point * len(KILL_POINTS) >= 20


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS if fault.applies is None])
def test_every_fault_is_mended(name: str) -> None:
    around = surroundings()
    around.lms.base_url = "http://localhost:0"
    around.mend()
    try:
        next(fault for fault in FAULTS if fault.name == name).begin(around)
        around.mend()
        lms = around.lms
        assert not lms.switches.are_set
        assert around.server is not None
        assert (lms.access_token_life, lms.rate_limit_remaining) == (3600, 700)
        assert abs((lms.now() - lms.clock()).total_seconds()) < 1
    finally:
        around.stop_lms()
