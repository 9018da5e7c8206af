"""`throughline roster sync`: an operator has rosters read, and sees what came of it."""

import json
import sys
from collections.abc import Callable
from uuid import UUID

import pytest

from lti_app.cli import main
from lti_app.services import rosters
from lti_app.store.session import transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import visit
from tests.proofs import rule

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return an SQLite database: what differs between databases is tested elsewhere."""
    return sqlite_url


@pytest.fixture
def run(
    registered_tool: ToolUnderTest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs the command, and returns its exit status and what it printed."""
    settings = registered_tool.runtime.settings
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("THROUGHLINE_SECRET_KEY", ",".join(settings.secret_keys))
    monkeypatch.setenv("THROUGHLINE_PUBLIC_URL", settings.public_url)
    monkeypatch.setenv("THROUGHLINE_ALLOW_PRIVATE_NETWORKS", "1")

    def run_one(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["throughline", "roster", "sync", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
            raise SystemExit(0)
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run_one


def only_course(tool: ToolUnderTest) -> UUID:
    with transaction(tool.database, read_only=True):
        (course,) = rosters.list_courses()
    return course


@rule("R-5.3")
def test_all_rosters_are_read_and_counted(
    run: Run, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    assert run("--all") == (0, "No launch has named a roster yet.\n", "")
    visit(registered_tool, lms, "alice")
    status, out, _ = run("--all", "--json")
    (row,) = json.loads(out)
    assert status == 0
    assert (row["title"], row["people"], row["reason"]) == ("Leading People", 5, None)
    assert row["course"] == str(only_course(registered_tool))
    assert row["as_of"] is not None


def test_a_roster_that_cannot_be_read_is_named_with_the_reason(
    run: Run, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice")
    lms.fail("memberships", "404")
    status, out, _ = run("--course", str(only_course(registered_tool)))
    assert status == 1
    assert "reason: roster_gone" in out


def test_an_lms_that_is_left_alone_is_not_waited_for(
    run: Run, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    visit(registered_tool, lms, "alice")
    lms.fail("memberships", "429", seconds=600)
    status, out, _ = run("--all", "--json")
    assert (status, json.loads(out)[0]["reason"]) == (1, "throttled")
    status, out, _ = run("--all", "--json")
    assert (status, json.loads(out)[0]["reason"]) == (1, "throttled")
    assert lms.log.count("memberships") == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "say either --course or --all"),
        (("--all", "--course", "00000000-0000-4000-8000-000000000000"), "say either"),
        (("--course", "00000000-0000-4000-8000-000000000000"), "no course with a roster"),
        (("--course", "7"), "is not a valid UUID"),
    ],
)
def test_what_was_typed_wrong_is_said(run: Run, words: tuple[str, ...], says: str) -> None:
    status, _, err = run(*words)
    assert status == 2
    assert says in err
