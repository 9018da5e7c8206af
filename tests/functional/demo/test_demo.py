"""The demo as a stranger runs it: one command, and its exit code."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from lti_app.testing.browser import HttpBrowser

_COMMAND = (sys.executable, "-m", "lti_app", "demo")
_SECONDS = 240


@pytest.fixture
def environment() -> dict[str, str]:
    """Return an environment without any setting of the tool."""
    return {name: value for name, value in os.environ.items() if "THROUGHLINE" not in name}


@pytest.fixture
def served(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Run the demo until the test is over."""
    demo = subprocess.Popen(
        _COMMAND, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with demo:
        try:
            yield demo
        finally:
            demo.kill()


def once(environment: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_COMMAND, "--once", *options],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )


@pytest.mark.xdist_group("demo")
def test_the_journey_ends_with_the_grades_in_the_gradebook(environment: dict[str, str]) -> None:
    done = once(environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.replace(" Review", "").splitlines()
    rows = [line.split() for line in lines]
    # Sign-up, practice and charter, once as Moodle, once as Canvas.
    full = "100.00 100.00 100.00"
    for row in (f"Alice Adams {full}", f"Bob Brown {full}", "Charlie Clark - - -"):
        assert rows.count(row.split()) == 2, row
    for name in ("Moodle", "Canvas"):
        assert f"The administrator of {name} has registered the tool" in done.stdout


@pytest.mark.xdist_group("demo")
def test_a_cell_that_stays_empty_is_named_with_the_reason(environment: dict[str, str]) -> None:
    done = once(environment, "--break", "scores")
    assert done.returncode == 1
    for name in ("Alice Adams", "Bob Brown"):
        assert f"Empty: {name}, Mentoring sign-up. The LMS reported an error" in done.stderr


@pytest.mark.xdist_group("demo")
def test_by_hand_it_prints_one_address_to_open_and_ends_when_told_to(
    served: subprocess.Popen[str],
) -> None:
    assert served.stdout is not None
    lines = iter(served.stdout.readline, "")
    address = next(line for line in lines if "Open" in line).split()[1]
    browser = HttpBrowser()
    home = browser.get(address)
    browser.close()
    assert any("Alice Adams" in button.label for form in home.forms for button in form.buttons)
    served.send_signal(signal.SIGTERM)
    assert served.wait(timeout=_SECONDS) == 0
