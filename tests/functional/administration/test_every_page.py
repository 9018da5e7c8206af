"""Every page of administration, with nobody's name and a label for every control.

That it opens for administrators alone is tried in `tests/functional/privacy/test_crawl.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_app.services.invites import create_invite
from lti_app.services.organisations import organisation_called
from lti_app.store.audit import note
from lti_app.store.courses import Activity
from lti_app.store.people import Person
from lti_app.store.registrations import Deployment
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import Visitor, read, visit

NAMES = ("Alice", "Adams", "Tina", "Zaphod", "Beeblebrox", "zaphod@example.org", "example.edu")


@dataclass(frozen=True)
class Planted:
    """What there is to look at."""

    organisation: UUID
    lms: UUID
    deployment: UUID
    invite: UUID


#: Page → its address below `/v/<visit>/admin/`, with what was planted.
PAGES: dict[str, Callable[[Planted], str]] = {
    "admin.overview": lambda _: "",
    "admin.organisations": lambda _: "organisations",
    "admin.organisation": lambda there: f"organisations/{there.organisation}",
    "admin.platforms": lambda _: "platforms",
    "admin.platform": lambda there: f"platforms/{there.lms}",
    "admin.new_platform": lambda _: "platforms/new",
    "admin.by_hand": lambda _: "platforms/by-hand?preset=other",
    "admin.ask_change": lambda there: f"platforms/{there.lms}/change",
    "admin.ask_block": lambda there: f"platforms/{there.lms}/deployments/{there.deployment}/block",
    "admin.ask_disable": lambda there: f"platforms/{there.lms}/disable",
    "admin.invites": lambda _: "invites",
    "admin.ask_revoke": lambda there: f"invites/{there.invite}/revoke",
    "admin.launches": lambda _: "launches",
    "admin.grades": lambda _: "grades",
    "admin.jobs": lambda _: "jobs",
    "admin.keys": lambda _: "keys",
    "admin.ask_rotation": lambda _: "keys/rotate",
    "admin.changes": lambda _: "changes",
}
#: What changes something, in the same way.
ACTS: dict[str, Callable[[Planted], str]] = {
    "admin.add_one": lambda _: "organisations",
    "admin.rename_one": lambda there: f"organisations/{there.organisation}",
    "admin.rotate_keys": lambda _: "keys/rotate",
    "admin.register_by_hand": lambda _: "platforms/by-hand",
    "admin.change": lambda there: f"platforms/{there.lms}/change",
    "admin.check": lambda there: f"platforms/{there.lms}/check",
    "admin.approve": lambda there: f"platforms/{there.lms}/deployments/{there.deployment}/approve",
    "admin.block": lambda there: f"platforms/{there.lms}/deployments/{there.deployment}/block",
    "admin.disable": lambda there: f"platforms/{there.lms}/disable",
    "admin.enable": lambda there: f"platforms/{there.lms}/enable",
    "admin.make_invite": lambda _: "invites",
    "admin.revoke": lambda there: f"invites/{there.invite}/revoke",
}


@pytest.fixture
def planted(registered_tool: ToolUnderTest, lms: Sandbox) -> Planted:
    """Let people launch and work, somebody with a name of their own, and a teacher decide."""
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    visit(registered_tool, lms, "tina")
    with transaction(registered_tool.database):
        organisation = organisation_called(None)
        zaphod = Person(
            organisation_id=organisation.id,
            name="Zaphod Beeblebrox",
            own_name="Zaphod",
            email="zaphod@example.org",
        )
        db().add(zaphod)
        db().flush()
        activity = db().scalars(select(Activity.id)).first()
        assert activity
        note("ruling.hold", activity, by=zaphod.id, person_id=zaphod.id)
        deployment = db().scalars(select(Deployment)).one()
        return Planted(
            organisation=organisation.id,
            lms=deployment.registration_id,
            deployment=deployment.id,
            invite=create_invite(organisation.id).id,
        )


def test_an_administrator_opens_every_page_and_sees_nobodys_name(
    planted: Planted, ada: Visitor
) -> None:
    for name, path in PAGES.items():
        page = ada.get(f"admin/{path(planted)}")
        assert page.status_code == 200, name
        text = page.get_data(as_text=True)
        assert [word for word in NAMES if word.lower() in text.lower()] == [], name
        assert text.count("<h1") == 1, name
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], name


def test_every_control_has_a_label(planted: Planted, ada: Visitor) -> None:
    for name, path in PAGES.items():
        document = read(ada.get(f"admin/{path(planted)}"))
        unlabelled = [
            field.name
            for form in document.forms
            for field in form.fields
            if field.kind not in {"hidden", "submit"} and not field.label
        ]
        assert unlabelled == [], name


def test_what_does_not_exist_is_told_as_such(ada: Visitor) -> None:
    nobody = Planted(*(UUID(int=number) for number in range(1, 5)))
    pages = {PAGES[name](nobody) for name in PAGES if "0000" in PAGES[name](nobody)}
    assert len(pages) > 4
    for path in pages:
        assert ada.get(f"admin/{path}").status_code == 404, path
    for path in {ACTS[name](nobody) for name in ACTS if "0000" in ACTS[name](nobody)}:
        assert ada.post(f"admin/{path}", name="Example").status_code == 404, path
