"""Programs of a run: killed ones come up again, and those that end by themselves are told of."""

import os
from pathlib import Path

import requests

from lti_app.testing.chaos.programs import Programs
from lti_app.testing.stage import TOOL_HOST, free_port
from tests.waiting import wait_for

PATIENCE_SECONDS = 60.0


def test_a_killed_program_comes_up_again_and_nothing_of_it_lives_meanwhile(tmp_path: Path) -> None:
    port = free_port()
    server = ["http.server", str(port), "--bind", TOOL_HOST, "--directory", str(tmp_path)]
    programs = Programs({"web": server}, os.environ, tmp_path)

    def is_up() -> bool:
        try:
            return requests.get(f"http://{TOOL_HOST}:{port}/", timeout=5).status_code == 200
        except requests.ConnectionError:
            return False

    while_dead = []
    with programs.running():
        wait_for(is_up, "the server", PATIENCE_SECONDS)
        programs.kill(["web", "celery"], lambda: while_dead.append(is_up()))
        wait_for(is_up, "the server", PATIENCE_SECONDS)
    assert while_dead == [False]
    assert not programs.surprises
    assert not is_up()


def test_a_program_that_ends_by_itself_is_started_anew_and_told_of(tmp_path: Path) -> None:
    programs = Programs({"worker": ["platform", "terse"]}, os.environ, tmp_path)
    with programs.running():
        wait_for(lambda: programs.surprises["worker"] >= 2, "the second end", PATIENCE_SECONDS)
    assert len((tmp_path / "worker.log").read_text().splitlines()) >= 2
