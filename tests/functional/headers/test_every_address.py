"""Every address of the tool, asked by nobody and by people inside a visit: what the answers say.

That the answers' headers are as their row in `tests/answers.py` says is seen for every answer of
any functional test (`tests/functional/conftest.py`); here every address is asked for at least once,
in every way.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import MapAdapter, Rule
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.answers import EXPECTED, expected_of
from tests.functional.mentoring.visitors import OWN, Visitor, token_of, visit

ANY: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
#: What stands in an address → something of the right form that is not there.
MADE_UP: Final[Mapping[str, object]] = {
    "visit_token": "x" * 43,
    "token": "x" * 43,
    "code": "x" * 43,
    "filename": "throughline.css",
    "number": 1,
    "step": "goals",
    "section": "rhythm",
    "kind": "mentoring",
    "goal": "new",
}
_ARGUMENT: Final = re.compile(r"<(\w+:)?(\w+)>")
#: Outside of visits: how nobody in particular is answered, by GET and by POST.
ANYBODY_GETS: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "static": (200, None),
    "bootstrap.static": (404, None),
    "health.alive": (200, None),
    "health.ready": (200, None),
    "setup.canvas": (200, None),
    "setup.values": (200, None),
    "lti.jwks": (200, None),
    "lti.login": (400, 400),
    "lti.continue_login": (400, None),
    "lti.launch": (None, 400),
    "lti.continue_launch": (None, 403),
    "registration.ask": (403, None),
    "registration.confirm": (None, 403),
    "signin.administration": (200, None),
    "signin.show_link": (404, None),
    "signin.use_link": (None, 403),
    "links.ask": (404, None),
    "links.act": (None, 404),
}
#: Everybody can open one of them.
_PAGES_WITH_A_FORM: Final = ("mentoring/", "admin/organisations")
#: Ends the visit that the others need.
LAST: Final = "visits.leave"


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Headers are the same on every database."""
    return postgresql_url


def addresses(tool: ToolUnderTest, token: str | None = None) -> Iterator[tuple[Rule, str]]:
    """Yield every rule with an address that fits it.

    Args:
        tool: whose.
        token: of the visit; None: of one that there is not.
    """
    known = {**MADE_UP, **({"visit_token": token} if token else {})}
    rules = sorted(tool.app.url_map.iter_rules(), key=lambda one: (one.endpoint == LAST, one.rule))
    for rule in rules:
        yield rule, _ARGUMENT.sub(lambda found: str(known.get(found[2], UUID(int=1))), rule.rule)


def test_every_address_has_a_row_and_every_row_an_address(tool: ToolUnderTest) -> None:
    endpoints = {rule.endpoint for rule in tool.app.url_map.iter_rules()}
    assert {name for name in endpoints if expected_of(name) is None} == set()
    used = {name if name in EXPECTED else name.split(".")[0] for name in endpoints}
    assert used == set(EXPECTED)
    outside = {
        rule.endpoint for rule in tool.app.url_map.iter_rules() if not rule.rule.startswith("/v/")
    }
    assert outside == set(ANYBODY_GETS)


def test_nobody_is_answered_by_the_protocol_alone_and_turned_away_from_every_visit(
    tool: ToolUnderTest,
) -> None:
    there = tool.app.url_map.bind("127.0.0.1:5000")
    wrong: dict[str, int] = {}
    for address in {address for _, address in addresses(tool)}:
        for method in ANY:
            with tool.browser().open(address, method=method) as answer:
                if answer.status_code != _wanted(there, address, method):
                    wrong[f"{method} {address}"] = answer.status_code
    assert wrong == {}


def _wanted(there: MapAdapter, address: str, method: str) -> int | None:
    if method == "OPTIONS":
        return 200
    try:
        endpoint, _ = there.match(address, method)
    except MethodNotAllowed:
        return 405
    return ANYBODY_GETS.get(endpoint, (403, 403))[method == "POST"]


def test_a_visit_is_answered_everywhere_and_nothing_is_changed_without_its_token(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    for visitor in (
        visit(registered_tool, lms, "alice"),
        Visitor(browser, registered_tool.administer(browser)),
    ):
        token = visitor.visit.split("/")[2]
        csrf = next(filter(None, (token_of(visitor.get(page)) for page in _PAGES_WITH_A_FORM)))
        wrong: dict[str, list[int]] = {}
        for rule, address in addresses(registered_tool, token):
            if not address.startswith("/v/"):
                continue
            statuses = [
                answer.status_code for answer in _answers(visitor.browser, rule, address, csrf)
            ]
            if not _is_right(rule, statuses):
                wrong[f"{rule.endpoint} {address}"] = statuses
        assert wrong == {}


def _answers(browser: FlaskClient, rule: Rule, address: str, csrf: str) -> Iterator[TestResponse]:
    if "POST" in (rule.methods or ()):
        yield browser.post(address, headers=OWN)
        elsewhere = {"Origin": "https://evil.example"}
        yield browser.post(address, data={"csrf_token": csrf}, headers=elsewhere)
        yield browser.post(address, data={"csrf_token": csrf}, headers=OWN)
    else:
        yield browser.get(address)


def _is_right(rule: Rule, statuses: list[int]) -> bool:
    *refused, last = statuses
    return set(refused) <= {403} and last < 500


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 404),
        ("/v/", 404),
        ("/v/x/nowhere", 404),
        ("//evil.example/", 404),
        ("/static/nothing.css", 404),
        ("/static/../settings.py", 404),
        ("/lti/login/", 400),
        ("/lti/%00", 404),
    ],
)
def test_what_is_not_there_is_a_refusal_like_any_other(
    tool: ToolUnderTest, path: str, status: int
) -> None:
    assert tool.browser().get(path).status_code == status
