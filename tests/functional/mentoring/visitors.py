"""People who visit the sign-up in tests: launched by the sandbox LMS, acting over HTTP."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.testing.browser.document import Document, read_document
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest

ROLES = "https://purl.imsglobal.org/spec/lti/claim/roles"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PREVIEW = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
CUSTOM = "https://purl.imsglobal.org/spec/lti/claim/custom"
OWN = {"Origin": "http://127.0.0.1:5000"}
WHY = "I lead a team for the first time."
GOOD: dict[str, Any] = {
    "side": "mentee",
    "why": WHY,
    "skills": ["feedback", "listening"],
    "goal_areas": ["team"],
    "time_zone": "Europe/Berlin",
    "consent": "y",
}

Edit = Callable[[dict[str, Any]], object]


@dataclass
class Visitor:
    """Somebody with one visit open."""

    browser: FlaskClient
    first: TestResponse

    @property
    def visit(self) -> str:
        """Return the address that all pages of the visit begin with."""
        return "/".join(self.first.request.path.split("/")[:3]) + "/"

    def get(self, path: str = "mentoring/") -> TestResponse:
        """Open a page of the visit."""
        return self.browser.get(self.visit + path)

    def post(
        self, path: str = "mentoring/", *, form_of: str = "mentoring/", **values: Any
    ) -> TestResponse:
        """Send a form to a page of the visit, with the token of its first page or of another."""
        token = token_of(self.first) or token_of(self.get(form_of))
        return self.browser.post(
            self.visit + path, data={"csrf_token": token, **values}, headers=OWN
        )

    def sign_up(self, **changes: Any) -> TestResponse:
        """Send good answers with changes; None is no answer."""
        answers = {name: value for name, value in (GOOD | changes).items() if value is not None}
        return self.post(**answers)


def visit(
    tool: ToolUnderTest, lms: Sandbox, person: str, edit: Edit | None = None, activity: int = 101
) -> Visitor:
    """Launch somebody in a browser of their own."""
    browser = tool.browser()
    return Visitor(browser, tool.launch(browser, lms, person, lms.activities[activity], edit))


def claims(**values: object) -> Edit:
    """Return an edit of a launch: `roles` and `custom` by their last word, others as they are."""
    names = {"roles": ROLES, "custom": CUSTOM}
    return lambda given: given.update({names.get(key, key): v for key, v in values.items()})


def without_names(given: dict[str, Any]) -> None:
    """Edit a launch so that the LMS tells nobody's name."""
    for name in ("name", "given_name", "family_name"):
        given.pop(name, None)


def read(page: TestResponse) -> Document:
    """Read a page as somebody without scripts sees it."""
    return read_document(page.get_data(as_text=True), page.request.url)


def token_of(page: TestResponse) -> str | None:
    """Return the CSRF token of a page's first form, or None if it has no form."""
    for form in read(page).forms:
        for field in form.fields:
            if field.name == "csrf_token":
                return field.value
    return None
