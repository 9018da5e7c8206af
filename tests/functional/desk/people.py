"""Dana, who runs programmes, and what she does at her desk over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from werkzeug.test import TestResponse

from lti_app.services import staff
from lti_app.services.organisations import add_organisation
from lti_app.services.platforms import NewPlatform, add_platform
from lti_app.store.registrations import list_deployments
from lti_app.store.session import transaction
from lti_app.testing.browser.document import Document
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.days import A_YEAR_LATER, FIRST_DAY
from tests.functional.mentoring.visitors import OWN, Visitor, read, visit

DESK = "l_and_d"
PURPOSE = "Keep the people whom we would miss the most."
PLAN: dict[str, Any] = {
    "title": "Lead and stay",
    "relationship_kind": "mentoring",
    "purpose_type": "retain",
    "purpose": PURPOSE,
    "metric_1": "Mentees still with us",
    "target_1": "9 in 10",
    "due_1": str(A_YEAR_LATER),
    "starts_on": str(FIRST_DAY),
    "ends_on": "",
    "time_zone": "Europe/Berlin",
}


@dataclass
class Desk:
    """A visit under the hat of those who run programmes."""

    tool: ToolUnderTest
    lms: Sandbox
    visitor: Visitor

    def get(self, path: str = "") -> TestResponse:
        """Open a page of the desk."""
        return self.visitor.get(f"desk/{path}")

    def read(self, path: str = "") -> Document:
        """Open a page of the desk and read it."""
        page = self.get(path)
        assert page.status_code == 200, page.get_data(as_text=True)
        return read(page)

    def post(self, path: str, **values: Any) -> TestResponse:
        """Send a form of the desk."""
        return self.visitor.post(f"desk/{path}", **values)

    def create(self, **changes: Any) -> UUID:
        """Make a programme with good answers and changes; returns its id."""
        made = self.post("programmes/new", **(PLAN | changes))
        assert made.status_code == 303, made.get_data(as_text=True)
        return UUID(made.headers["Location"].rstrip("/").split("/")[-1])

    def open(self, **changes: Any) -> UUID:
        """Make a programme and open it for sign-up; returns its id."""
        programme_id = self.create(**changes)
        opened = self.step(programme_id, "open")
        assert opened.status_code == 303, opened.get_data(as_text=True)
        return programme_id

    def step(self, programme_id: UUID, step: str) -> TestResponse:
        """Move a programme on."""
        return self.post(f"programmes/{programme_id}/", step=step)


def add_person(lms: Sandbox, username: str, role: Role = Role.NON_EDITING_TEACHER) -> None:
    """Give somebody an account and a place in every course of the LMS."""
    lms.add_person(username, username.title(), "Example")
    for course in lms.courses.values():
        lms.enrol(course, username, role)


def open_desk(
    tool: ToolUnderTest,
    lms: Sandbox,
    username: str = "dana",
    programme_id: UUID | None = None,
    activity: int = 101,
) -> Desk:
    """Let somebody launch, grant them programmes, and open their desk.

    Args:
        tool: registered in the LMS.
        lms: where they come from; they get an account there if they have none.
        username: whose.
        programme_id: the only programme that they run; None for all.
        activity: from where they launch.
    """
    if username not in lms.people:
        add_person(lms, username)
    visit(tool, lms, username, activity=activity)
    given = lms.registration()
    with transaction(tool.database):
        person = staff.find_person(given.issuer, given.client_id, subject=lms.subject(username))
        staff.grant(person, programme_id)
    visitor = visit(tool, lms, username, activity=activity)
    switched = visitor.post("me/hat", hat=DESK)
    assert switched.status_code == 303, switched.get_data(as_text=True)
    return Desk(tool, lms, Visitor(visitor.browser, switched_page(visitor), visitor.origin))


def switched_page(visitor: Visitor) -> TestResponse:
    """Return the first page of a visit under its present hat."""
    return visitor.browser.get(visitor.visit, headers=OWN, follow_redirects=True)


def register_elsewhere(tool: ToolUnderTest, elsewhere: Sandbox) -> None:
    """Register an LMS in another organisation than the first; its deployment is approved."""
    given = elsewhere.registration()
    with transaction(tool.database):
        add_organisation("Elsewhere")
        added = add_platform(
            NewPlatform(
                issuer=given.issuer,
                client_id=given.client_id,
                auth_url=given.auth_url,
                token_url=given.token_url,
                jwks_url=given.jwks_url,
                deployment_ids=[given.deployment_id],
                family=elsewhere.profile.family,
                organisation="Elsewhere",
            ),
            allow_private_networks=True,
        )
        for deployment in list_deployments(added.id):
            deployment.status = "active"
