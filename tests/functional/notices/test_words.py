"""Words that a person wrote, and names, are in no mail: planted everywhere, and looked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine

from lti_app import clock
from lti_app.clock import now
from lti_app.settings import Settings
from lti_app.store.courses import Activity
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.jobs import run_due_jobs
from lti_app.worker.score_delivery import deliver_due
from tests.functional.delivery.test_decisions import act
from tests.functional.mentoring.visitors import Visitor, read, visit
from tests.post_office import PostOffice, open_post_office

PLANTED = "Xylophone-in-the-attic"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def machine() -> Iterator[time_machine.Traveller]:
    """Let the machine's time run."""
    with time_machine.travel("2026-11-25T09:00:00+00:00", tick=True) as machine:
        yield machine


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    return replace(settings, mail_server=office.server(), mail_from="mentoring@tool.example")


@pytest.fixture(autouse=True)
def _the_lms_can_fetch_the_keys_of_the_tool(tool: ToolUnderTest, lms: Sandbox) -> Iterator[None]:
    with LoopbackServer(tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield


def named(tool: ToolUnderTest, name: str) -> UUID:
    with transaction(tool.database, read_only=True):
        return db().query(Person).filter_by(name=name).one().id


def work(tool: ToolUnderTest, machine: time_machine.Traveller, *, days: int = 1) -> None:
    """Let time pass, and the worker do everything that is due in it."""
    for _ in range(days):
        machine.shift(DAY)
        while deliver_due(tool.runtime):
            pass
        for _ in range(2):
            # What one job writes another one sends.
            run_due_jobs(tool.runtime)
            machine.shift(timedelta(minutes=61))


def launch_nameless(tool: ToolUnderTest, lms: Sandbox, own_name: str) -> Visitor:
    """Launch somebody of whom the LMS tells no name, and who gives one."""

    def edit(given: dict[str, object]) -> None:
        for claim in ("name", "given_name", "family_name"):
            given.pop(claim, None)

    visitor = visit(tool, lms, "bob", edit)
    assert (
        visitor.sign_up(wish=f"{PLANTED} is why I am here.", own_name=own_name).status_code == 303
    )
    return visitor


def test_what_people_wrote_and_are_called_is_in_no_mail(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    office: PostOffice,
    machine: time_machine.Traveller,
) -> None:
    tool = registered_tool
    teacher = visit(tool, lms, "tina")
    alice = visit(tool, lms, "alice")
    planted = {"wish": f"{PLANTED} is why I am here.", "people": PLANTED}
    assert alice.sign_up(**planted).status_code == 303
    launch_nameless(tool, lms, f"Bob {PLANTED}")
    for person in ("alice", "bob"):
        # The LMS takes no grade for them: somebody has to look.
        lms.activities[101].course.enrolments.pop(lms.person(person).id)
    with transaction(tool.database):
        db().query(Activity).one().closes_at = now() + DAY
    page = f"grades/learner/{named(tool, 'Alice Adams')}"
    until = f"{(clock.now() + 5 * DAY):%Y-%m-%dT%H:%M}"
    assert act(teacher, f"{page}/rule", kind="extend", until=until).status_code == 303
    work(tool, machine, days=4)
    subjects = {str(letter["Subject"]) for letter in office.letters}
    assert "One notice in Throughline waits for you" in subjects
    assert any(subject.startswith("You have until") for subject in subjects)
    for letter in office.letters:
        said = f"{letter['Subject']} {letter['From']}"
        for kind in ("plain", "html"):
            body = letter.get_body((kind,))
            assert body is not None
            said += body.get_content()
        for word in (PLANTED, "Alice", "Adams", "Bob", "Brown", "Tina", "Torres", "@"):
            assert word not in said.replace("mentoring@tool.example", "")


def test_an_instructor_is_led_to_the_grades_and_only_under_that_hat(
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    office: PostOffice,
    machine: time_machine.Traveller,
) -> None:
    tool = registered_tool
    visit(tool, lms, "tina")
    visit(tool, lms, "alice").sign_up()
    lms.activities[101].course.enrolments.pop(lms.person("alice").id)
    work(tool, machine, days=3)
    teacher = visit(tool, lms, "tina")
    inbox = read(teacher.get("me/inbox"))
    assert "1 grade waits for you in “Mentoring sign-up”" in inbox.text
    (form,) = [
        form for form in inbox.forms if "me/inbox/" in form.action and "all" not in form.action
    ]
    assert "open" in {field.name for field in form.fields}
    path = form.action.partition(teacher.visit)[2]
    opened = act(teacher, path, open="1")
    assert opened.headers["Location"] == f"{teacher.visit}grades/"
    roles = "https://purl.imsglobal.org/spec/lti/claim/roles"
    learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
    learning = visit(tool, lms, "tina", lambda given: given.update({roles: [learner]}))
    same = read(learning.get("me/inbox"))
    assert "1 grade waits for you" in same.text
    assert not [form for form in same.forms if form.action.endswith(path.partition("me/")[2])]
