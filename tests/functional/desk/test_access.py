"""Who gets into the desk: every address of it, for everybody who should not."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from werkzeug.routing import Rule

from lti_app.services import staff
from lti_app.store.session import transaction
from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import DESK, Desk, add_person, open_desk, register_elsewhere
from tests.functional.mentoring.visitors import PREVIEW, Visitor, claims, visit

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PREFIX = "/v/<visit_token>/desk/"


def rules(tool: ToolUnderTest) -> list[Rule]:
    """Return every address of the desk."""
    return [rule for rule in tool.app.url_map.iter_rules() if rule.rule.startswith(PREFIX)]


def answers(visitor: Visitor, tool: ToolUnderTest, programme_id: UUID) -> Iterator[tuple[str, int]]:
    """Ask for every address of the desk, about one programme; returns address and status."""
    for rule in rules(tool):
        values: dict[str, object] = {name: uuid4() for name in rule.arguments}
        values |= {"programme_id": programme_id, "visit_token": "here"}
        address = tool.app.url_map.bind("tool").build(rule.endpoint, values)
        path = address.removeprefix("/v/here/")
        if "GET" in (rule.methods or ()):
            yield f"GET {rule.rule}", visitor.get(path).status_code
        if "POST" in (rule.methods or ()):
            yield f"POST {rule.rule}", visitor.post(path).status_code


@pytest.mark.parametrize("person", ["alice", "bob", "charlie", "tina", "nina", "adam"])
def test_nobody_without_a_grant_opens_anything(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox, person: str
) -> None:
    programme_id = desk.open()
    visitor = visit(registered_tool, lms, person)
    assert visitor.post("me/hat", hat=DESK).status_code == 403
    asked = dict(answers(visitor, registered_tool, programme_id))
    assert asked
    assert {address for address, status in asked.items() if status != 403} == set()


def test_a_preview_of_somebody_with_a_grant_opens_nothing(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    preview = claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW])
    visitor = visit(registered_tool, lms, "dana", preview)
    asked = dict(answers(visitor, registered_tool, programme_id))
    assert {address for address, status in asked.items() if status != 403} == set()


def test_under_another_hat_the_desk_is_shut_for_dana_too(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    visitor = visit(registered_tool, lms, "dana")
    asked = dict(answers(visitor, registered_tool, programme_id))
    assert {address for address, status in asked.items() if status != 403} == set()


def test_who_runs_one_programme_gets_into_no_other_and_makes_none(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    theirs, other = desk.open(title="Theirs"), desk.open(title="Not theirs")
    erin = open_desk(registered_tool, lms, "erin", theirs)
    asked = dict(answers(erin.visitor, registered_tool, other))
    let_in = {address for address, status in asked.items() if status not in {403, 404}}
    assert let_in == {f"GET {PREFIX}"}
    page = erin.read()
    assert "Theirs" in page.text
    assert "Not theirs" not in page.text
    assert "New programme" not in page.text
    assert erin.get(f"programmes/{theirs}/").status_code == 200


def test_a_programme_that_is_not_there_and_one_of_somebody_else_look_the_same(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    theirs, other = desk.open(title="Theirs"), desk.open(title="Not theirs")
    erin = open_desk(registered_tool, lms, "erin", theirs)
    assert erin.get(f"programmes/{other}/").status_code == 404
    assert erin.get(f"programmes/{uuid4()}/").status_code == 404


def test_who_runs_all_programmes_of_another_organisation_gets_into_none_of_this_one(
    desk: Desk, registered_tool: ToolUnderTest, lms_key: SandboxKey
) -> None:
    programme_id = desk.open()
    elsewhere = Sandbox.demo("http://localhost:0", "http://127.0.0.1:5000", name="Elsewhere")
    elsewhere.use_key(lms_key)
    with serve(elsewhere):
        register_elsewhere(registered_tool, elsewhere)
        eve = open_desk(registered_tool, elsewhere, "eve")
        asked = dict(answers(eve.visitor, registered_tool, programme_id))
    of_a_programme = {
        address: status for address, status in asked.items() if "<uuid:programme_id>" in address
    }
    assert of_a_programme
    assert set(of_a_programme.values()) == {404}
    assert "Lead and stay" not in eve.read().text


def test_a_grant_that_is_revoked_ends_with_the_next_page(desk: Desk) -> None:
    assert desk.get().status_code == 200
    with transaction(desk.tool.database):
        for grant in staff.list_in_force():
            staff.revoke(grant.id)
    assert desk.get().status_code == 403
    assert desk.visitor.browser.get(desk.visitor.visit, follow_redirects=True).status_code == 200


def test_who_has_nothing_but_a_grant_lands_on_the_desk(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    add_person(lms, "dana")
    no_role = claims(roles=[])
    first = visit(registered_tool, lms, "dana", no_role)
    with transaction(registered_tool.database):
        given = lms.registration()
        person = staff.find_person(given.issuer, given.client_id, email="DANA@example.org")
        staff.grant(person, None)
    assert first.get("desk/").status_code == 200
    again = visit(registered_tool, lms, "dana", no_role)
    assert again.first.request.path.endswith("/desk/")
