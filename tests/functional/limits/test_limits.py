"""What fails too often is answered shortly; what would succeed is let in, from any address."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_app.domain.limits import Limit
from lti_app.settings import Settings
from lti_app.store.launch_outcomes import LaunchCount, LaunchOutcome
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest, open_tool
from lti_app.web.limits import set_limits
from tests.functional.mentoring.visitors import OWN, Visitor, visit
from tests.proofs import rule

#: Far fewer than in operation, so that they are soon reached.
FEW: Final = 3
QUOTED: Final = re.compile(r"<code>(\w+) · ([0-9a-f]{12})</code>")
CLASS: Final = ("alice", "bob", "charlie", "tina")
Ask = Callable[[FlaskClient], TestResponse]


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Limits are counted in memory: one kind of database is enough."""
    return postgresql_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings of a tool that limits, as it is operated."""
    return replace(settings, rate_limits=True)


@pytest.fixture
def strict(registered_tool: ToolUnderTest) -> ToolUnderTest:
    """Return the tool with limits that three failures reach."""
    return with_few(registered_tool)


def with_few(tool: ToolUnderTest) -> ToolUnderTest:
    """Let a tool allow three failures a minute, and three changes an hour."""
    set_limits(tool.app, failures=Limit(FEW, 60), acts=Limit(FEW, 3600))
    return tool


def get(path: str) -> Ask:
    """Return a request that fails."""
    return lambda browser: browser.get(path)


def post(path: str, **form: str) -> Ask:
    """Return a form that is refused."""
    return lambda browser: browser.post(path, data=form, headers=OWN)


#: What somebody can fail at without being anybody.
FAILURES: Final[Mapping[str, Ask]] = {
    "a login of an LMS that is not registered": post(
        "/lti/login",
        iss="https://evil.example",
        login_hint="1",
        target_link_uri="http://127.0.0.1:5000/lti/launch",
    ),
    "a login that makes no sense": post("/lti/login", iss="https://evil.example"),
    "a login that is not under way": get(
        "/lti/login/continue?login=00000000-0000-0000-0000-000000000001"
    ),
    "an answer to no login": post("/lti/launch", state="x" * 43, id_token="a.b.c"),
    "an LMS's error to no login": post("/lti/launch", error="access_denied", state="x" * 43),
    "an invite that was never made": get(
        "/lti/register?invite=guessed&openid_configuration=https://lms.example/"
    ),
    "a page of registration that was never shown": post("/lti/register", code="guessed"),
    "a sign-in link that was never made": get("/signin/link/guessed"),
    "a sign-in link that is pressed without a cookie": post("/signin/link/guessed"),
    "a link from no mail": get("/t/guessed"),
    "a link from no mail that is pressed": post("/t/guessed"),
    "a visit that is not one's own": get(f"/v/{'x' * 43}/mentoring/"),
    "a window of no visit": post(f"/v/{'x' * 43}/window/", page="mentoring/", code="guessed"),
    "an address that there is not": get("/wp-login.php"),
    "a method that an address does not have": lambda browser: browser.put("/lti/launch"),
    "more than an address takes": lambda browser: browser.post("/lti/login", data=b"x" * 300_000),
}


@rule("R-1.10")
def test_who_fails_too_often_is_answered_shortly_and_who_does_not_gets_in_beside_them(
    strict: ToolUnderTest, lms: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    # One tool for all: what is limited is an address at one thing.
    for name, fail in FAILURES.items():
        with_few(strict)
        usual = {fail(strict.browser()).status_code for _ in range(FEW)}
        assert usual <= {400, 401, 403, 404, 405, 413}, name
        capsys.readouterr()
        before = outcomes(strict)
        answers = [fail(strict.browser()) for _ in range(FEW)]
        assert {answer.status_code for answer in answers} == {429}, name
        assert all(1 <= int(answer.headers["Retry-After"]) <= 60 for answer in answers)
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        # One line in the log, and the number on every page is its number.
        assert [line["event"] for line in lines] == ["limit_reached"], name
        quoted = {QUOTED.findall(answer.get_data(as_text=True))[0] for answer in answers}
        assert quoted == {("too_many", lines[0]["correlation_id"])}
        assert outcomes(strict) == before, name
    for fail in FAILURES.values():
        assert [fail(strict.browser()).status_code for _ in range(FEW + 1)][-1] == 429
    for person in CLASS:
        launched = strict.launch(strict.browser(), lms, person, lms.activities[101])
        assert launched.status_code == 200


def outcomes(tool: ToolUnderTest) -> tuple[int, int]:
    """Return how many launches are counted, and how many are kept."""
    with transaction(tool.database, read_only=True):
        counted = db().scalar(select(func.sum(LaunchCount.count))) or 0
        return counted, db().scalar(select(func.count()).select_from(LaunchOutcome)) or 0


@rule("R-1.10")
def test_a_forged_token_is_limited_like_any_failure_and_true_ones_are_not(
    strict: ToolUnderTest, lms: Sandbox
) -> None:
    def forged() -> int:
        browser = strict.browser()
        asked = strict.begin(browser, lms, "alice", lms.activities[101])
        answer = lms.answer_login(asked, "alice", lms.activities[101])
        head, body, signature = answer["id_token"].split(".")
        answer["id_token"] = f"{head}.{body}.{signature[::-1]}"
        return browser.post("/lti/launch", data=answer).status_code

    assert [forged() for _ in range(FEW + 2)] == [401] * FEW + [429] * 2
    for person in CLASS:
        visit(strict, lms, person)


@rule("R-1.10")
def test_successes_are_never_counted(strict: ToolUnderTest, lms: Sandbox) -> None:
    for _ in range(FEW):
        for person in CLASS:
            assert visit(strict, lms, person).first.status_code == 200
    assert strict.browser().get("/t/guessed").status_code == 404


def test_one_address_does_not_use_up_what_another_may_fail_at(strict: ToolUnderTest) -> None:
    def ask(address: str) -> int:
        there = {"REMOTE_ADDR": address}
        return strict.browser().get("/t/guessed", environ_overrides=there).status_code

    assert [ask("192.0.2.1") for _ in range(FEW + 1)] == [404] * FEW + [429]
    assert ask("192.0.2.2") == 404
    # Whoever has one address of such a network has them all.
    assert [ask(f"2001:db8::{one}") for one in range(FEW + 1)] == [404] * FEW + [429]
    assert ask("2001:db8:0:1::1") == 404


def test_failing_at_one_thing_leaves_the_words_of_another(strict: ToolUnderTest) -> None:
    for _ in range(FEW + 1):
        last = strict.browser().get("/t/guessed")
    assert last.status_code == 429
    assert strict.browser().get("/signin/link/guessed").status_code == 404


@pytest.mark.parametrize(("proxies", "expected"), [(0, 429), (1, 404), (2, 429)])
def test_the_address_is_what_trusted_proxies_say_and_nobody_else(
    settings: Settings, tool: ToolUnderTest, proxies: int, expected: int
) -> None:
    behind = with_few(open_tool(replace(settings, trusted_proxies=proxies)))
    statuses = [
        behind.browser()
        .get("/t/guessed", headers={"X-Forwarded-For": f"198.51.100.7, 192.0.2.{one}"})
        .status_code
        for one in range(FEW + 1)
    ]
    # Of two proxies the first one saw 198.51.100.7; what it heard from there is not believed.
    assert statuses[-1] == expected


def test_limits_can_be_switched_off(settings: Settings, tool: ToolUnderTest) -> None:
    free = with_few(open_tool(replace(settings, rate_limits=False)))
    assert {free.browser().get("/t/guessed").status_code for _ in range(FEW + 2)} == {404}


def test_who_changes_too_much_keeps_what_they_typed_and_stops_nobody_else(
    strict: ToolUnderTest, lms: Sandbox
) -> None:
    alice, bob = visit(strict, lms, "alice"), visit(strict, lms, "bob")
    wish = "I want to learn how to listen."
    answers = [alice.save("step/goals", wish=wish) for _ in range(FEW + 1)]
    assert [answer.status_code for answer in answers[:-1]] != []
    assert {answer.status_code for answer in answers[:-1]} & {429} == set()
    last = answers[-1]
    assert last.status_code == 429
    assert 1 <= int(last.headers["Retry-After"]) <= 3600
    page = last.get_data(as_text=True)
    assert wish in page
    assert [code for code, _ in QUOTED.findall(page)] == ["too_many_changes"]
    assert "60 minutes" in page, "what they read is how long it really takes"
    assert alice.get("mentoring/").status_code == 200, "they still read"
    again: Visitor = visit(strict, lms, "alice")
    assert again.save("step/goals", wish=wish).status_code == 429, "a new visit is the same person"
    assert bob.save("step/goals", wish=wish).status_code != 429


def test_wrong_join_codes_are_limited_by_who_types_them(
    strict: ToolUnderTest, lms: Sandbox
) -> None:
    tina = visit(strict, lms, "tina")

    def guess() -> Any:
        return tina.post("programme/join", form_of="programme/", code="7K4M-0QXT-93BD")

    assert [guess().status_code for _ in range(FEW + 1)] == [422] * FEW + [429]
