"""People who visit the sign-up in tests: launched by the sandbox LMS, acting over HTTP."""

from collections.abc import Callable, Iterable
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
#: Monday to Friday from 12:00 to 14:00.
NOONS = [48 * day + half for day in range(5) for half in range(24, 28)]
#: Address of each step → good answers there; how far somebody is with each skill is added.
GOOD: dict[str, dict[str, Any]] = {
    "step/part": {"own_name": None, "side": "mentee"},
    "step/skills": {"skills": ["feedback", "listening"]},
    "step/levels": {},
    "step/goals": {"goal_areas": ["team"], "tags": None, "wish": WHY},
    "step/about": {"band": "2", "job_family": "", "interests": None},
    "step/meeting": {
        "seats": "2",
        "channels": ["video"],
        "cadence_weeks": "2",
        "language_1": "en",
        "language_level_1": "C1",
    },
    "step/times": {"time_zone": "Europe/Berlin", "cells": NOONS},
    "private": {"people": "", "again": None},
    "check": {"consent": "y"},
}

Edit = Callable[[dict[str, Any]], object]


@dataclass
class Visitor:
    """Somebody with one visit open."""

    browser: FlaskClient
    first: TestResponse
    #: Of the tool; what a browser says of the page that a form stands on.
    origin: str = OWN["Origin"]
    #: Of the whole visit.
    _token: str | None = None

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
        if self._token is None:
            self._token = token_of(self.first) or token_of(self.get(form_of))
        return self.browser.post(
            self.visit + path,
            data={"csrf_token": self._token, **values},
            headers={"Origin": self.origin},
        )

    def sign_up(self, **changes: Any) -> TestResponse:
        """Walk through all steps with good answers and changes; None is no answer.

        Args:
            changes: by field; `level` is how far somebody is with every skill.

        Returns:
            The answer to the last step, or the first one that does not lead on.
        """
        everywhere = {name: changes.pop(name) for name in ("csrf_token",) if name in changes}
        level = changes.pop("level", "2")
        steps = {path: answers | _changed(answers, changes) for path, answers in GOOD.items()}
        assert not changes, f"nobody asks for {set(changes)}"
        steps["step/levels"] = levels(steps["step/skills"]["skills"], level)
        answer = self.first
        for path, answers in steps.items():
            given = {name: value for name, value in answers.items() if value is not None}
            if path == "check":
                given |= self.shown_terms()
            answer = self.post(f"mentoring/{path}", **given, **everywhere)
            if answer.status_code != 303:
                break
        return answer

    def save(self, path: str, **changes: Any) -> TestResponse:
        """Send one step with good answers and changes; None is no answer."""
        answers = levels(["feedback", "listening"]) if path == "step/levels" else GOOD[path]
        given = {name: value for name, value in (answers | changes).items() if value is not None}
        return self.post(f"mentoring/{path}", **given)

    def shown_terms(self) -> dict[str, str]:
        """Return which version of a programme's text the last page shows, if it shows one."""
        for form in read(self.get("mentoring/check")).forms:
            shown = {one.name: one.value for one in form.fields if one.name == "consent_version"}
            if shown:
                return shown
        return {}


def _changed(answers: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Take those changes out that are of a step."""
    return {name: changes.pop(name) for name in answers if name in changes}


def levels(skills: Iterable[str] | None, level: str = "2") -> dict[str, Any]:
    """Return what somebody says of skills: important, and how far they are in each."""
    said = {"level": level, "priority": "2"}
    return {f"{name}_{code}": value for code in skills or () for name, value in said.items()}


def visit(
    tool: ToolUnderTest, lms: Sandbox, person: str, edit: Edit | None = None, activity: int = 101
) -> Visitor:
    """Launch somebody in a browser of their own."""
    browser = tool.browser()
    launched = tool.launch(browser, lms, person, lms.activities[activity], edit)
    return Visitor(browser, launched, tool.runtime.settings.public_origin)


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
