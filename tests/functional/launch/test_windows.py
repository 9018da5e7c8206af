"""A page of a visit in a window of its own: no cookie of the frame, but a code that works once."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest

OWN = {"Origin": "http://127.0.0.1:5000"}
PAGE = "mentoring/"


class Frame:
    """A learner's visit in the LMS's frame, and the windows that it opens."""

    def __init__(self, tool: ToolUnderTest, lms: Sandbox, name: str = "alice") -> None:
        self.tool = tool
        self.browser: FlaskClient = tool.browser()
        path = tool.launch(self.browser, lms, name, lms.activities[101]).request.path
        self.visit = "/".join(path.split("/")[:3])

    def code(self, page: str = PAGE) -> str:
        """Return what a button for a page sends now."""
        answer = self.browser.get(f"{self.visit}/window/code", query_string={"page": page})
        code: str = answer.get_json()["code"]
        return code

    def open(
        self,
        code: str,
        page: str = PAGE,
        browser: FlaskClient | None = None,
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """Press the button: another partition of the browser, so no cookie of the frame."""
        return (browser or self.tool.browser()).post(
            f"{self.visit}/window/",
            data={"page": page, "code": code},
            headers=OWN if headers is None else headers,
        )


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Windows are the same on every database; PostgreSQL is the reference."""
    return postgresql_url


@pytest.fixture
def frame(registered_tool: ToolUnderTest, lms: Sandbox) -> Frame:
    """Return Alice's frame."""
    return Frame(registered_tool, lms)


def test_a_window_opens_the_page_as_the_same_person_in_a_visit_of_its_own(frame: Frame) -> None:
    window = frame.tool.browser()
    answer = frame.open(frame.code(), browser=window)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert address.endswith(f"/{PAGE}")
    assert not address.startswith(frame.visit)
    page = window.get(address)
    assert page.status_code == 200
    assert "Alice" in page.get_data(as_text=True)
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_window_needs_its_cookie(frame: Frame) -> None:
    address = frame.open(frame.code()).headers["Location"]
    assert frame.tool.browser().get(address).status_code == 403


def test_a_code_works_once_and_the_page_gets_another(frame: Frame) -> None:
    code = frame.code()
    assert frame.code() == code
    assert frame.open(code).status_code == 303
    spent = frame.open(code)
    assert spent.status_code == 403
    assert "This window was opened before" in spent.get_data(as_text=True)
    assert frame.code() != code
    assert frame.open(frame.code()).status_code == 303


def test_a_code_opens_its_own_page_of_its_own_visit_only(
    frame: Frame, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    code = frame.code()
    assert frame.open(code, page="grades/").status_code == 403
    assert Frame(registered_tool, lms, "bob").open(code).status_code == 403
    assert frame.open("x" * 64).status_code == 403
    assert frame.open("").status_code == 403


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.test"}, {"Origin": "null"}, {}])
def test_another_site_opens_no_window(frame: Frame, headers: dict[str, str]) -> None:
    assert frame.open(frame.code(), headers=headers).status_code == 403


def test_a_window_ends_with_its_visit(frame: Frame) -> None:
    window = frame.tool.browser()
    address = frame.open(frame.code(), browser=window).headers["Location"]
    code = frame.code()
    with time_machine.travel(real_now() + timedelta(hours=13)):
        assert window.get(address).status_code == 403
        assert frame.open(code).status_code == 403


def test_somebody_elses_launch_in_the_browser_ends_the_window_too(
    frame: Frame, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    window = frame.tool.browser()
    address = frame.open(frame.code(), browser=window).headers["Location"]
    registered_tool.launch(frame.browser, lms, "bob", lms.activities[101])
    assert window.get(address).status_code == 403


def test_only_a_visit_gets_codes(frame: Frame) -> None:
    assert frame.tool.browser().get(f"{frame.visit}/window/code?page=x").status_code == 403
    assert frame.browser.get(f"{frame.visit}/window/code").status_code == 400


def test_an_address_that_no_redirect_can_hold_is_refused(frame: Frame) -> None:
    for page in ("mentoring/\r\nX-Evil: 1", "mentoring/\n", "\0"):
        asked = frame.browser.get(f"{frame.visit}/window/code", query_string={"page": page})
        assert asked.status_code == 400
        assert frame.open("made up", page).status_code == 400
