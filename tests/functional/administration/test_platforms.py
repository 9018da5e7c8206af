"""LMSs in the browser: registered by hand, changed, approved, blocked, switched off, checked."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE
from lti_app.services.platforms import Fault
from lti_app.store.audit import AuditEntry
from lti_app.store.courses import LineItem
from lti_app.store.registrations import AccessToken, Deployment, KeySet, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.admin.platform_forms import FAULTS
from tests.functional.mentoring.visitors import Visitor, read, visit
from tests.proofs import rule

GOOD = {
    "organisation": "Default organisation",
    "family": "moodle",
    "issuer": "https://moodle.example.org",
    "client_id": "AbCdEf123456789",
    "auth_url": "https://moodle.example.org/mod/lti/auth.php",
    "token_url": "https://moodle.example.org/mod/lti/token.php",
    "jwks_url": "https://moodle.example.org/mod/lti/certs.php",
    "token_audience": "",
    "deployments": "1\n 2 \n\n",
}
CHANGE = {name: GOOD[name] for name in ("family", "auth_url", "token_url", "jwks_url")}


def only_one(tool: ToolUnderTest) -> Registration:
    """Return the only LMS."""
    with transaction(tool.database, read_only=True):
        return db().scalars(select(Registration)).one()


def statuses(tool: ToolUnderTest) -> dict[str, str]:
    """Return the state of each deployment."""
    with transaction(tool.database, read_only=True):
        return {one.deployment_id: one.status for one in db().scalars(select(Deployment))}


def acts(tool: ToolUnderTest, prefix: str) -> list[tuple[str, bool]]:
    """Return what was audited of a kind, and whether a person did it."""
    with transaction(tool.database, read_only=True):
        found = select(AuditEntry).where(AuditEntry.action.startswith(prefix))
        return [
            (entry.action, entry.by_person)
            for entry in db().scalars(found.order_by(AuditEntry.created_at))
        ]


def page_of(tool: ToolUnderTest) -> str:
    """Return the path of the only LMS's page, and of what lies below it."""
    return f"admin/platforms/{only_one(tool).id}"


def address_of_deployment(tool: ToolUnderTest) -> str:
    """Return the path of the only deployment."""
    with transaction(tool.database, read_only=True):
        return f"{page_of_id(db().scalars(select(Deployment)).one())}"


def page_of_id(deployment: Deployment) -> str:
    """Return the path of a deployment."""
    return f"admin/platforms/{deployment.registration_id}/deployments/{deployment.id}"


@rule("R-7.9")
def test_an_lms_is_registered_by_hand_and_its_page_shows_it(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    answer = ada.post("admin/platforms/by-hand", **GOOD)
    assert answer.status_code == 303
    page = ada.browser.get(answer.headers["Location"]).get_data(as_text=True)
    assert "The LMS is registered." in page
    assert GOOD["jwks_url"] in page
    assert "/lti/setup" in page
    assert statuses(tool) == {"1": "active", "2": "active"}
    assert acts(tool, "registration.") == [("registration.add", True)]
    listed = ada.get("admin/platforms").get_data(as_text=True)
    assert "moodle.example.org" in listed
    assert "approved: 2" in listed


@rule("R-7.9")
@pytest.mark.parametrize(
    ("field", "typed", "fault"),
    [
        ("issuer", "", Fault.NO_ADDRESS),
        ("issuer", "https://m.example/?a=b", Fault.QUERY),
        ("issuer", "https://m.example ", Fault.BLANKS),
        ("client_id", "", Fault.ID),
        ("auth_url", "ftp://m.example/", Fault.NO_ADDRESS),
        ("token_url", "https://m.example/#a", Fault.FRAGMENT),
        ("jwks_url", "https://m\u202eoodle.example/", Fault.BLANKS),
        ("deployments", "d" * 256, Fault.ID),
        ("token_audience", " ", Fault.EMPTY),
        ("family", "blackboard", Fault.FAMILY),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_survives(
    tool: ToolUnderTest, ada: Visitor, field: str, typed: str, fault: Fault
) -> None:
    answer = ada.post("admin/platforms/by-hand", **(GOOD | {field: typed}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count(str(FAULTS[fault])) == 2  # in the summary, and at the field
    assert f'id="{field}-error"' in page
    if field != "client_id":
        assert GOOD["client_id"] in page
    with transaction(tool.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(Registration)) == 0


def test_one_that_is_registered_already_is_refused_at_its_client_id(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    ada.post("admin/platforms/by-hand", **GOOD)
    answer = ada.post("admin/platforms/by-hand", **GOOD)
    assert answer.status_code == 422
    assert "registered already with this issuer" in answer.get_data(as_text=True)
    gone = ada.post(
        "admin/platforms/by-hand", **(GOOD | {"client_id": "x", "organisation": "Nobody"})
    )
    assert (gone.status_code, "not there any more" in gone.get_data(as_text=True)) == (422, True)
    assert only_one(tool)


def test_every_fault_has_a_sentence() -> None:
    assert set(FAULTS) == set(Fault)


def test_the_form_is_filled_for_the_product_that_was_chosen(ada: Visitor) -> None:
    path = "admin/platforms/by-hand?preset=moodle&site=moodle.example.org/my/"
    (form,) = (form for form in read(ada.get(path)).forms if form.action.endswith("/by-hand"))
    values = {field.name: field.value for field in form.fields}
    for name in ("family", "issuer", "auth_url", "token_url", "jwks_url"):
        assert values[name] == GOOD[name]


@pytest.mark.parametrize(
    "query", ["preset=moodle", "preset=moodle&site=mailto:x", "preset=canvas&site=", "preset=x", ""]
)
def test_a_product_without_an_address_is_asked_for_again(ada: Visitor, query: str) -> None:
    answer = ada.get(f"admin/platforms/by-hand?{query}")
    assert answer.status_code == 422
    assert "What is your LMS?" in answer.get_data(as_text=True)


def test_a_change_is_kept_and_audited_and_forgets_the_keys_of_the_former_address(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    visit(registered_tool, lms, "alice")
    with transaction(registered_tool.database, read_only=True):
        assert db().scalars(select(KeySet)).all()
    before = only_one(registered_tool)
    answer = ada.post(
        f"{page_of(registered_tool)}/change",
        **(CHANGE | {"label": " Our  Moodle ", "auto_approve": "y"}),
    )
    assert answer.status_code == 303
    after = only_one(registered_tool)
    assert (after.label, after.auto_approve) == ("Our Moodle", True)
    assert (after.jwks_url, after.issuer) == (GOOD["jwks_url"], before.issuer)
    with transaction(registered_tool.database, read_only=True):
        assert not db().scalars(select(KeySet)).all()
        entry = db().scalars(select(AuditEntry).filter_by(action="registration.change")).one()
    assert entry.details["jwks_url"] == before.jwks_url
    assert "Our Moodle" in ada.get("admin/platforms").get_data(as_text=True)


def test_a_change_of_the_name_alone_keeps_the_keys_and_no_change_is_no_act(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    visit(registered_tool, lms, "alice")
    now = only_one(registered_tool)
    same = {name: str(getattr(now, name)) for name in CHANGE}
    for _ in range(2):
        ada.post(f"{page_of(registered_tool)}/change", **same, label="Our Moodle")
    with transaction(registered_tool.database, read_only=True):
        assert db().scalars(select(KeySet)).all()
    assert acts(registered_tool, "registration.change") == [("registration.change", True)]


def test_a_wrong_change_is_refused_and_nothing_is_kept(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    before = only_one(registered_tool)
    path = f"{page_of(registered_tool)}/change"
    answer = ada.post(path, **(CHANGE | {"jwks_url": "nowhere", "label": "X"}))
    assert answer.status_code == 422
    assert 'value="nowhere"' in answer.get_data(as_text=True)
    too_long = ada.post(path, **(CHANGE | {"label": "x" * 201}))
    assert "Use at most 200 characters." in too_long.get_data(as_text=True)
    after = only_one(registered_tool)
    assert (after.jwks_url, after.label) == (before.jwks_url, before.label)


@rule("R-1.21")
def test_a_deployment_that_waits_is_approved_and_lets_people_in(
    tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    tool.register(lms, status="pending")
    assert tool.answer(tool.browser(), lms, "alice", lms.activities[101]).status_code == 403
    assert "waits for approval" in ada.get(page_of(tool)).get_data(as_text=True)
    answer = ada.post(f"{address_of_deployment(tool)}/approve")
    assert answer.status_code == 303
    assert tool.launch(tool.browser(), lms, "alice", lms.activities[101]).status_code == 200
    ada.post(f"{address_of_deployment(tool)}/approve")
    assert acts(tool, "deployment.") == [("deployment.approve", True)]


@rule("R-1.21")
def test_blocking_a_deployment_ends_what_is_open_in_it(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    alice = visit(registered_tool, lms, "alice")
    path = f"{address_of_deployment(registered_tool)}/block"
    assert "what is open in it ends now" in ada.get(path).get_data(as_text=True)
    assert alice.get().status_code == 200
    assert ada.post(path).status_code == 303
    assert alice.get().status_code == 403
    again: FlaskClient = registered_tool.browser()
    refused = registered_tool.answer(again, lms, "alice", lms.activities[101])
    assert "<code>deployment_blocked ·" in refused.get_data(as_text=True)
    assert ada.get("admin/").status_code == 200


def test_an_lms_that_is_switched_off_ends_its_visits_until_it_is_on_again(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    alice = visit(registered_tool, lms, "alice")
    page = page_of(registered_tool)
    assert ada.post(f"{page}/disable").status_code == 303
    assert alice.get().status_code == 403
    assert "This LMS is switched off." in ada.get(page).get_data(as_text=True)
    ada.post(f"{page}/enable")
    assert (
        registered_tool.launch(
            registered_tool.browser(), lms, "alice", lms.activities[101]
        ).status_code
        == 200
    )
    assert acts(registered_tool, "registration.") == [
        ("registration.add", False),
        ("registration.disable", True),
        ("registration.enable", True),
    ]


def test_a_deployment_is_decided_on_only_below_its_own_lms(
    registered_tool: ToolUnderTest, ada: Visitor
) -> None:
    ada.post("admin/platforms/by-hand", **(GOOD | {"deployments": ""}))
    with transaction(registered_tool.database, read_only=True):
        deployment = db().scalars(select(Deployment)).one()
        other = (
            db()
            .scalars(select(Registration.id).where(Registration.id != deployment.registration_id))
            .one()
        )
    path = f"admin/platforms/{other}/deployments/{deployment.id}"
    for act in ("approve", "block"):
        assert ada.post(f"{path}/{act}").status_code == 404
    assert ada.get(f"{path}/block").status_code == 404
    assert list(statuses(registered_tool).values()) == ["active"]


def test_what_the_lms_lets_us_do_is_said_in_words(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    page = page_of(registered_tool)
    assert "Nothing is known yet" in ada.get(page).get_data(as_text=True)
    visit(registered_tool, lms, "alice")
    with transaction(registered_tool.database):
        db().execute(update(LineItem).values(scopes=[SCOPE_RESULT]))
    by_launch = ada.get(page).get_data(as_text=True)
    assert "read the grades in these columns" in by_launch
    assert "write grades into the columns" not in by_launch
    with transaction(registered_tool.database):
        db().add(
            AccessToken(
                registration_id=only_id(registered_tool),
                scope="x",
                granted_scope=f"{SCOPE_SCORE} https://example.org/something/else",
            )
        )
    by_token = ada.get(page).get_data(as_text=True)
    assert "write grades into the columns" in by_token
    assert "read the grades in these columns" not in by_token


def only_id(tool: ToolUnderTest) -> object:
    """Return the id of the only LMS, inside a transaction that is open already."""
    return db().scalars(select(Registration.id)).one()


def test_a_check_says_what_is_good_and_what_is_wrong(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    path = f"{page_of(registered_tool)}/check"
    good = ada.post(path)
    assert good.status_code == 200
    page = good.get_data(as_text=True)
    # Nobody serves the tool in this test, and the page says so beside what is good.
    assert "The tool does not answer at" in page
    assert "The LMS&#39;s keys can be fetched from" in page
    lms.fail("jwks", "500")
    broken = ada.post(path).get_data(as_text=True)
    assert "The LMS has an error of its own (500) at" in broken
    assert "things are wrong" in broken


def test_a_check_is_for_administrators_alone_and_needs_the_token(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    path = f"{page_of(registered_tool)}/check"
    tina = visit(registered_tool, lms, "tina")
    assert tina.post(path).status_code == 403
    assert lms.log.count("token") == 0
    assert ada.browser.post(ada.visit + path).status_code == 403
    assert lms.log.count("token") == 0


def test_without_an_lms_the_list_says_how_to_begin(ada: Visitor) -> None:
    page = ada.get("admin/platforms").get_data(as_text=True)
    assert "The quick way is an invite" in page
    assert "Register by hand" in page
