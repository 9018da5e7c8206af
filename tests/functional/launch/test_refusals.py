"""What people read when something is wrong with the LMS, and that operators find it in the log."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import update

from lti_app import logs
from lti_app.store.registrations import Deployment
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import rule

Break = Callable[[ToolUnderTest, Sandbox], None]


def _deployment_is(status: str) -> Break:
    def break_it(tool: ToolUnderTest, _lms: Sandbox) -> None:
        with transaction(tool.database):
            db().execute(update(Deployment).values(status=status))

    return break_it


def _deployment_is_unknown(tool: ToolUnderTest, _lms: Sandbox) -> None:
    with transaction(tool.database):
        db().execute(update(Deployment).values(deployment_id="another"))


def _clock_is_off(seconds: int) -> Break:
    def break_it(_tool: ToolUnderTest, lms: Sandbox) -> None:
        lms.clock_skew = seconds

    return break_it


def _keys_answer(mode: str) -> Break:
    def break_it(_tool: ToolUnderTest, lms: Sandbox) -> None:
        lms.fail("jwks", mode)

    return break_it


#: Situation → what is broken, status, code, heading of the page.
TABLE: dict[str, tuple[Break, int, str, str]] = {
    "deployment unknown": (_deployment_is_unknown, 403, "", "This activity is nearly ready"),
    "deployment pending": (_deployment_is("pending"), 403, "", "This activity is nearly ready"),
    "deployment blocked": (
        _deployment_is("blocked"),
        403,
        "deployment_blocked",
        "This tool is switched off here",
    ),
    "clock ten minutes ahead": (
        _clock_is_off(600),
        401,
        "timestamps",
        "This launch is too old or too new",
    ),
    "clock two hours behind": (
        _clock_is_off(-7200),
        401,
        "timestamps",
        "This launch is too old or too new",
    ),
    "key server fails": (_keys_answer("500"), 503, "key_server", "Your LMS could not be reached"),
    "key server answers a page": (
        _keys_answer("html"),
        503,
        "key_server",
        "Your LMS could not be reached",
    ),
    "key server hangs up": (
        _keys_answer("drop-before"),
        503,
        "key_server",
        "Your LMS could not be reached",
    ),
}


@pytest.mark.parametrize("situation", TABLE)
def test_what_is_wrong_is_said_with_status_code_and_words(
    registered_tool: ToolUnderTest, lms: Sandbox, situation: str
) -> None:
    break_it, status, code, heading = TABLE[situation]
    break_it(registered_tool, lms)
    answer = registered_tool.answer(registered_tool.browser(), lms, "alice", lms.activities[101])
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert f"<h1>{heading}</h1>" in page
    assert f"<code>{code} ·" in page or not code


@rule("V9")
@pytest.mark.parametrize("seconds", [-50, 50])
def test_a_clock_that_is_a_little_off_is_forgiven(
    registered_tool: ToolUnderTest, lms: Sandbox, seconds: int
) -> None:
    lms.clock_skew = seconds
    page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    assert page.status_code == 200


@rule("R-1.17")
def test_an_lms_that_changes_its_key_is_still_believed(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    registered_tool.launch(browser, lms, "alice", lms.activities[101])
    lms.rotate_key()
    assert registered_tool.launch(browser, lms, "alice", lms.activities[101]).status_code == 200


@rule("R-1.15")
def test_a_key_server_that_wants_a_user_agent_gets_one(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    lms.fail("jwks", "needs-user-agent")
    page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    assert page.status_code == 200


@rule("R-1.14")
def test_the_number_on_the_page_is_the_one_in_the_log(
    registered_tool: ToolUnderTest, lms: Sandbox, log_lines: io.StringIO
) -> None:
    page = registered_tool.answer(
        registered_tool.browser(), lms, "alice", lms.activities[101], lambda c: c.pop("sub")
    )
    number = page.get_data(as_text=True).split("<code>subject · ")[1].split("</code>")[0]
    refusals = [line for line in _lines(log_lines) if line["event"] == "refused"]
    assert [(line["correlation_id"], line["code"]) for line in refusals] == [(number, "subject")]


@rule("R-1.13")
def test_the_log_of_a_whole_journey_holds_ids_and_nobodys_name_or_secret(
    registered_tool: ToolUnderTest, lms: Sandbox, log_lines: io.StringIO
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    registered_tool.answer(browser, lms, "bob", lms.activities[101], lambda c: c.pop("nonce"))
    secrets = [cookie.value for cookie in (browser._cookies or {}).values()]
    log = log_lines.getvalue()
    assert "launch_verified" in log
    for word in ("Alice", "Adams", "Bob", "@", "eyJ", page.request.path.split("/")[2], *secrets):
        assert word not in log


def test_a_fault_of_ours_shows_a_number_and_no_trace(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    with _broken_database(registered_tool):
        answer = browser.get(page.request.path)
        ready = browser.get("/readyz")
        assert browser.get("/healthz").status_code == 200
    text = answer.get_data(as_text=True)
    assert answer.status_code == 500
    assert "<code>fault ·" in text
    assert "Traceback" not in text
    assert "sqlalchemy" not in text.lower()
    assert (ready.status_code, ready.get_json()["missing"]) == (503, "database")


def test_a_ready_tool_says_so_and_publishes_its_key(tool: ToolUnderTest) -> None:
    browser = tool.browser()
    assert browser.get("/readyz").status_code == 200
    answer = browser.get("/lti/jwks.json")
    (key,) = answer.get_json()["keys"]
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert set(key) == {"kty", "n", "e", "kid", "alg", "use"}
    assert (key["kty"], key["alg"], key["use"]) == ("RSA", "RS256", "sig")


@pytest.fixture
def log_lines() -> io.StringIO:
    """Return where the log goes while a test runs."""
    stream = io.StringIO()
    logs.configure(stream, json=True)
    return stream


def _lines(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@contextmanager
def _broken_database(tool: ToolUnderTest) -> Iterator[None]:
    """Take two tables away for a block."""
    names = {"visit": "visit_gone", "signing_key": "signing_key_gone"}
    for old, new in names.items():
        _rename(tool, old, new)
    try:
        yield
    finally:
        for old, new in names.items():
            _rename(tool, new, old)


def _rename(tool: ToolUnderTest, old: str, new: str) -> None:
    with tool.database.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
