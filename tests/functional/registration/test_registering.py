"""An LMS registers itself by an invite, as Moodle and as Canvas do, and is used afterwards."""

import pytest
from sqlalchemy import func, select

from lti_app.services.invites import create_invite, invite_for
from lti_app.settings import Settings
from lti_app.store.audit import AuditEntry
from lti_app.store.invites import Invite, RegistrationRequest
from lti_app.store.people import Person
from lti_app.store.registrations import AccessToken, Deployment, KeySet, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.browser import HttpBrowser
from lti_app.testing.sandbox import Activity, Sandbox, Tool
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.sandbox.tools import ALL_SCOPES
from lti_app.testing.stage import open_stage
from lti_app.testing.tool import ToolUnderTest
from tests.functional.registration.administrator import Administrator, says
from tests.proofs import rule

LAUNCH = "http://127.0.0.1:5000/lti/launch"
OLD = "http://localhost:1/old"


def registrations(tool: ToolUnderTest) -> list[Registration]:
    """Return what is registered."""
    with transaction(tool.database, read_only=True):
        return list(db().scalars(select(Registration)))


def deployments(tool: ToolUnderTest) -> dict[str, str]:
    """Return deployments with their state."""
    with transaction(tool.database, read_only=True):
        return {one.deployment_id: one.status for one in db().scalars(select(Deployment))}


def place(lms: Sandbox, made: Tool) -> Activity:
    """Put a link of a registered tool into a course."""
    return lms.add_activity(lms.courses[2], made, "Sign-up", "kind=mentoring")


def age(tool: ToolUnderTest) -> str:
    """Let the only registration be of long ago; returns the token of an invite to update it."""
    with transaction(tool.database):
        (kept,) = db().scalars(select(Registration))
        kept.token_url, kept.product = OLD, "Moodle 4.1"
        return create_invite(kept.organisation_id, kept.id).token


def test_the_question_says_which_lms_asks_and_changes_nothing(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    question = adam.ask(invite)
    assert question.status_code == 200
    for value in ("Add Throughline to Moodle", "Moodle 4.5.6", moodle.issuer, "Default organis"):
        assert value in question.text
    assert registrations(tool) == []
    assert moodle.tools == {}


@rule("R-7.7")
def test_moodle_keeps_what_the_tool_says_of_itself(
    moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    done = adam.register(invite)
    assert (done.status_code, "Throughline is registered in Moodle" in done.text) == (200, True)
    (made,) = moodle.tools.values()
    assert (made.active, made.name, made.target_link_uri) == (False, "Throughline", LAUNCH)
    assert made.redirect_uris == (LAUNCH,)
    assert made.login_url == "http://127.0.0.1:5000/lti/login"
    assert made.jwks_url == "http://127.0.0.1:5000/lti/jwks.json"
    assert made.icon_url == "http://127.0.0.1:5000/static/throughline.svg"
    assert set(made.scopes) == set(ALL_SCOPES)
    assert (made.sends_name, made.sends_email) == (True, True)
    assert "ctx_history=$Context.id.history" in made.custom.splitlines()


@rule("R-7.2")
def test_the_tool_keeps_what_moodle_says_of_itself(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    (made,) = moodle.tools.values()
    (kept,) = registrations(tool)
    assert (kept.issuer, kept.client_id, kept.family) == (moodle.issuer, made.client_id, "moodle")
    assert (kept.auth_url, kept.token_url, kept.jwks_url) == (
        moodle.url("/mod/lti/auth.php"),
        moodle.url("/mod/lti/token.php"),
        moodle.url("/mod/lti/certs.php"),
    )
    assert kept.product == "Moodle 4.5.6 (Build: 20250811)"
    assert deployments(tool) == {made.deployment_id: "active"}


@rule("R-7.5")
def test_what_registered_is_launched_once_moodles_administrator_has_activated_it(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    (made,) = moodle.tools.values()
    with pytest.raises(ValueError, match="not active"):
        place(moodle, made)
    adam.activate(made.id)
    page = tool.launch(tool.browser(), moodle, "alice", place(moodle, made))
    assert (page.status_code, "Sign up for mentoring" in page.text) == (200, True)


@rule("R-7.1", "R-7.7")
def test_canvas_registers_without_a_deployment_and_the_first_launch_needs_no_approval(
    tool: ToolUnderTest, canvas: Sandbox, invite: str
) -> None:
    adam = Administrator(tool, canvas)
    question = adam.ask(invite)
    assert "Add Throughline to Canvas" in question.text
    assert "Example University" in question.text
    done = adam.confirm(question)
    assert done.status_code == 200, done.text
    assert "The first launch needs no approval here" in done.text
    (made,) = canvas.tools.values()
    (kept,) = registrations(tool)
    assert (kept.client_id, kept.label) == (made.client_id, "Example University")
    assert kept.token_audience is None
    assert deployments(tool) == {}

    adam.activate(made.id)
    assert tool.launch(tool.browser(), canvas, "alice", place(canvas, made)).status_code == 200
    assert list(deployments(tool).values()) == ["active"]


@rule("R-7.1")
def test_of_a_registration_by_invite_only_the_first_deployment_needs_no_approval(
    tool: ToolUnderTest, canvas: Sandbox, invite: str
) -> None:
    adam = Administrator(tool, canvas)
    adam.register(invite)
    (made,) = canvas.tools.values()
    adam.activate(made.id)
    activity = place(canvas, made)
    statuses = []
    for name in ("first", "second"):
        browser = tool.browser()
        login = canvas.make_login("alice", activity)
        login = {key: value for key, value in login.items() if "deployment" not in key}
        step = browser.post("/lti/login", data=login)
        step = browser.get(step.headers["Location"])

        def rename(claims: dict[str, object], name: str = name) -> None:
            claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] = name

        form = canvas.answer_login(step.headers["Location"], "alice", activity, rename)
        statuses.append(browser.post("/lti/launch", data=form).status_code)
    assert statuses == [303, 403]
    assert deployments(tool) == {"first": "active", "second": "pending"}


@rule("R-7.7")
def test_without_identity_neither_names_nor_addresses_are_asked_for(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite, "no")
    (made,) = moodle.tools.values()
    assert (made.sends_name, made.sends_email) == (False, False)
    assert registrations(tool)[0].asks_identity is False


def test_without_identity_canvas_is_asked_to_be_anonymous(
    tool: ToolUnderTest, canvas: Sandbox, invite: str
) -> None:
    Administrator(tool, canvas).register(invite, "no")
    (made,) = canvas.tools.values()
    assert (made.sends_name, made.sends_email) == (False, False)


@rule("R-7.1")
def test_an_invite_is_used_up_by_success_and_names_its_organisation(
    tool: ToolUnderTest, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    assert says(adam.ask(invite, type="0")) == (403, "invite_used", "This invite has been used")
    with transaction(tool.database, read_only=True):
        (row,) = db().scalars(select(Invite))
        assert row.used_at is not None
        assert row.lease is None
        assert db().scalars(select(RegistrationRequest)).all() == []
        actions = set(db().scalars(select(AuditEntry.action)))
    assert {"invite.add", "registration.add"} <= actions


@rule("R-7.3")
def test_an_update_shows_the_difference_before_anything_changes(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    bound = age(tool)
    (made,) = moodle.tools.values()
    question = adam.ask(bound, type=str(made.id))
    assert question.status_code == 200, question.text
    for value in ("Update Throughline in Moodle", OLD, "Moodle 4.1", "Moodle 4.5.6"):
        assert value in question.text
    assert registrations(tool)[0].token_url == OLD


@rule("R-7.3")
def test_an_update_overwrites_addresses_and_keeps_people_and_deployments(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    (made,) = moodle.tools.values()
    adam.activate(made.id)
    activity = place(moodle, made)
    tool.launch(tool.browser(), moodle, "alice", activity)
    bound, (before,) = age(tool), registrations(tool)
    made.scopes = ()

    done = adam.register(bound, "no", type=str(made.id))
    assert "Throughline is updated in Moodle" in done.text
    (after,) = registrations(tool)
    assert (after.id, after.client_id) == (before.id, before.client_id)
    assert after.token_url == moodle.url("/mod/lti/token.php")
    assert deployments(tool) == {made.deployment_id: "active"}
    assert (made.active, made.sends_name, set(made.scopes)) == (True, False, set(ALL_SCOPES))
    assert tool.launch(tool.browser(), moodle, "alice", activity).status_code == 200
    with transaction(tool.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(Person)) == 1


@rule("R-7.3")
def test_an_update_drops_what_came_from_the_old_addresses_and_is_audited(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    bound, (before,) = age(tool), registrations(tool)
    with transaction(tool.database):
        db().add(AccessToken(registration_id=before.id, scope="any", token="x"))
        db().add(KeySet(registration_id=before.id, document={"keys": []}))
    (made,) = moodle.tools.values()
    adam.register(bound, type=str(made.id))
    with transaction(tool.database, read_only=True):
        assert db().scalars(select(AccessToken)).all() == []
        assert db().scalars(select(KeySet)).all() == []
        is_update = AuditEntry.action == "registration.update"
        (update,) = db().scalars(select(AuditEntry).where(is_update))
    assert (update.object_id, update.details["token_url"]) == (str(before.id), OLD)


def test_a_blocked_deployment_stays_blocked_through_an_update(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator, invite: str
) -> None:
    adam.register(invite)
    with transaction(tool.database):
        (deployment,) = db().scalars(select(Deployment))
        deployment.status = "blocked"
        bound = invite_for(None, deployment.registration_id)
    (made,) = moodle.tools.values()
    assert adam.register(bound.token, type=str(made.id)).status_code == 200
    assert deployments(tool) == {made.deployment_id: "blocked"}


def test_pages_are_shown_in_the_frame_of_this_lms_and_nowhere_else(
    tool: ToolUnderTest, canvas: Sandbox, invite: str
) -> None:
    adam = Administrator(tool, canvas)
    question = adam.ask(invite)
    done = adam.confirm(question)
    host = canvas.base_url.removeprefix("http://")
    for page in (question, done):
        policy = page.headers["Content-Security-Policy"]
        ancestors = policy.split("frame-ancestors ")[1].split()
        assert {"'self'", canvas.base_url, f"https://{host}"} <= set(ancestors)
        assert "*" not in ancestors
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "strict-origin"


@rule("R-7.4")
def test_the_token_of_the_lms_is_kept_encrypted_until_the_answer(
    tool: ToolUnderTest, adam: Administrator, invite: str
) -> None:
    address = adam.start(invite)
    question = adam.open(address)
    token = address.split("registration_token=")[1]
    with transaction(tool.database, read_only=True):
        (row,) = db().scalars(select(RegistrationRequest))
    assert row.token is not None
    assert token not in f"{row.token}{row.configuration}"
    assert token not in question.text
    assert tool.runtime.cipher.decrypt(row.token) == token


def test_a_tool_whose_secret_was_changed_asks_to_begin_again(
    tool: ToolUnderTest, adam: Administrator, invite: str
) -> None:
    question = adam.ask(invite)
    with transaction(tool.database):
        (row,) = db().scalars(select(RegistrationRequest))
        row.token = "not encrypted by us"
    assert says(adam.confirm(question))[:2] == (403, "registration_expired")
    assert adam.register(invite).status_code == 200


def test_an_update_of_a_registration_that_was_typed_in_shows_what_was_not_known(
    tool: ToolUnderTest, moodle: Sandbox, adam: Administrator
) -> None:
    made = moodle.new_tool("By hand", "", [], "", LAUNCH)
    registration_id = tool.register(moodle)
    with transaction(tool.database):
        bound = invite_for(None, registration_id)
    question = adam.ask(bound.token, type=str(made.id))
    assert "Rights asked for" in question.text
    assert adam.confirm(question).status_code == 200
    (kept,) = registrations(tool)
    assert kept.registered_at is not None


@pytest.mark.parametrize("profile", ["moodle", "canvas"])
def test_a_browser_without_scripts_registers_and_a_learner_gets_in(
    settings: Settings, lms_key: SandboxKey, profile: str
) -> None:
    with open_stage(settings, lms_key, profile=profile, by_invite=True) as stage:
        browser = HttpBrowser()
        home = browser.get(stage.lms_url)
        browser.submit(home, home.form(action="/as/alice"))
        course = browser.get(f"{stage.lms_url}/course/2")
        framed = browser.open_frame(browser.click(course, "Mentoring sign-up"))
        assert framed.title.startswith("Sign up for mentoring")
        browser.close()
