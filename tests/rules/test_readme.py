"""What the README tells people to type works."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.rules.tree import ROOT

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
ADDRESS = re.compile(r"http://[a-z0-9.]+:\d+\S*")
#: Serves until somebody stops it: started, opened, stopped.
SERVES = "make demo"
#: This very run; what it would do is looked at instead.
THIS_RUN = "make test"


def commands() -> list[str]:
    """Return the lines of all shell blocks, and of every `make …` in the text."""
    typed = [line for block in BLOCKS for line in block.splitlines() if line.strip()]
    mentioned = re.findall(r"`(make [^`]+)`", README)
    return sorted({*typed, *mentioned})


RUNNABLE = [command for command in commands() if command not in {SERVES, THIS_RUN}]


def environment() -> dict[str, str]:
    """Return an environment without what the make that runs these tests has put there."""
    inherited = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "ONCE", "BREAK", "CI"}
    return {name: value for name, value in os.environ.items() if name not in inherited}


def run(command: str) -> subprocess.CompletedProcess[str]:
    """Run a line as a person would, in the project's folder."""
    return subprocess.run(
        ["bash", "-euc", command],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def running(command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a line that does not end by itself; Ctrl-C ends it."""
    process = subprocess.Popen(
        ["bash", "-euc", f"exec {command}"],
        cwd=ROOT,
        env=environment() | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        if process.stdout:
            process.stdout.close()


def first_address(process: subprocess.Popen[str]) -> str:
    """Return the first address that a program prints."""
    for line in process.stdout or ():
        if match := ADDRESS.search(line):
            return match[0]
    raise AssertionError(f"no address; it ended with {process.poll()}")


def test_the_readme_shows_the_two_front_doors() -> None:
    assert {SERVES, THIS_RUN} <= {line for block in BLOCKS for line in block.splitlines()}


@pytest.mark.xdist_group("demo")
@pytest.mark.parametrize("command", RUNNABLE)
def test_a_line_of_the_readme_works(command: str) -> None:
    done = run(command)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.xdist_group("demo")
def test_the_demo_prints_an_address_that_opens() -> None:
    with running(SERVES) as process:
        assert requests.get(first_address(process), timeout=30).status_code == 200


def test_make_test_sets_up_checks_and_ends_with_pytest() -> None:
    recipe = run(f"make -n --always-make {THIS_RUN.removeprefix('make ')}").stdout
    steps = [line for line in recipe.splitlines() if line.strip()]
    assert any(".ci/test-setup" in step for step in steps)
    assert any("mypy" in step for step in steps)
    assert "pytest" in steps[-1]


def test_the_picture_is_there() -> None:
    for picture in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README):
        assert (ROOT / picture).stat().st_size > 10_000
