"""Registrations that must not be: each is refused with a status, a code and a heading.

Afterwards nothing is registered, and the invite is as good as before.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
import time_machine
from flask import Response
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.services.invites import create_invite, invite_for, revoke_invite
from lti_app.services.organisations import add_organisation
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import db, transaction
from lti_app.testing.tool import ToolUnderTest, open_tool
from tests.functional.registration.administrator import OWN, code_of, says
from tests.functional.registration.odd_lms import (
    ABOUT,
    TOKEN,
    TOOL,
    OddLms,
    address_for,
    as_json,
    as_text,
    ask,
    let_answer,
    odd_lms,
)
from tests.proofs import rule
from tests.unit.lti_app.lti.peer import Conversation, listening

Change = Callable[[OddLms], object]
DESCRIBED = "Your LMS did not describe itself"
UNTRUSTED = "Your LMS's description is not trusted"
UNREACHABLE = "Your LMS could not be reached"
ADDRESS = "Your LMS's address must not be called"
READABLE = "This request could not be read"
SILENT = "Your LMS did not answer"
REFUSED = "Your LMS refused the registration"
ANSWERED = "Your LMS's answer could not be read"


@pytest.fixture
def lms() -> Iterator[OddLms]:
    """Serve an LMS that a test can spoil."""
    with odd_lms() as served:
        yield served


@pytest.fixture
def browser(tool: ToolUnderTest) -> FlaskClient:
    """Return the browser of an administrator."""
    return tool.browser()


def count(tool: ToolUnderTest) -> tuple[int, int]:
    """Return how many registrations and deployments are kept."""
    with transaction(tool.database, read_only=True):
        return tuple(  # type: ignore[return-value]
            db().scalar(select(func.count()).select_from(table)) or 0
            for table in (Registration, Deployment)
        )


def send(browser: FlaskClient, code: str, identity: str = "yes", **headers: str) -> TestResponse:
    """Confirm a page by its code."""
    data = {"code": code, "identity": identity}
    return browser.post("/lti/register", data=data, headers=headers or OWN)


def assert_invite_still_works(browser: FlaskClient, invite: str) -> None:
    """Register a good LMS by an invite."""
    with odd_lms() as good:
        done = send(browser, code_of(ask(browser, good, invite)))
    assert (done.status_code, "is registered in your LMS" in done.text) == (200, True)


# Who has no invite, or not this one


@rule("R-7.1")
def test_without_an_invite_no_lms_is_called(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms
) -> None:
    refused = {
        "": (403, "invite_missing", "An invite is needed"),
        "made-up": (403, "invite_unknown", "This invite does not work"),
    }
    for invite, expected in refused.items():
        assert says(ask(browser, lms, invite)) == expected
    path = address_for(lms, "").replace("invite=&", "")
    assert says(browser.get(path))[1] == "invite_missing"
    assert says(browser.get("/lti/register"))[:2] == (403, "invite_missing")
    assert lms.tokens == []
    assert count(tool) == (0, 0)


@rule("R-7.1")
def test_a_spent_a_revoked_and_an_expired_invite_are_told_apart(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    with transaction(tool.database):
        revoked = invite_for(None, None)
        revoke_invite(revoked.id)
        late = invite_for(None, None, lifetime=timedelta(seconds=-1))
    send(browser, code_of(ask(browser, lms, invite)))
    kept = count(tool)
    for token, code in ((invite, "used"), (revoked.token, "revoked"), (late.token, "expired")):
        assert says(ask(browser, lms, token))[:2] == (403, f"invite_{code}")
    assert count(tool) == kept


@rule("R-7.1")
def test_an_invite_that_ends_between_question_and_answer_registers_nothing(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms
) -> None:
    with transaction(tool.database):
        made = invite_for(None, None)
    code = code_of(ask(browser, lms, made.token))
    with transaction(tool.database):
        revoke_invite(made.id)
    assert says(send(browser, code))[:2] == (403, "invite_revoked")
    assert lms.posts == []
    assert count(tool) == (0, 0)


def test_an_invite_alone_in_a_browser_says_what_it_is_for(
    browser: FlaskClient, invite: str
) -> None:
    page = browser.get(f"/lti/register?invite={invite}")
    assert says(page) == (400, "registration_no_lms", "Enter this address in your LMS")


@rule("R-7.3")
def test_an_invite_for_one_registration_changes_no_other(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    """Alice's LMS is registered; an invite of Bob's organisation reaches neither it nor his own."""
    send(browser, code_of(ask(browser, lms, invite)))
    with odd_lms() as bobs:
        with transaction(tool.database):
            bob = add_organisation("Bob's")
            bobs_invite = create_invite(bob.id).token
        bobs.registered = lambda: as_json({"client_id": "bob"})
        send(browser, code_of(ask(browser, bobs, bobs_invite)))
        with transaction(tool.database):
            of_bob = select(Registration).where(Registration.client_id == "bob")
            bound = create_invite(bob.id, db().scalars(of_bob).one().id).token
        # Another LMS is told apart before it is asked, another client id by its answer.
        assert says(ask(browser, lms, bound)) == (
            409,
            "registration_other",
            "This invite is for another registration",
        )
        bobs.registered = lambda: as_json({"client_id": "new"})
        page = ask(browser, bobs, bound)
        assert says(send(browser, code_of(page)))[:2] == (409, "registration_other")
    assert count(tool) == (2, 0)


@rule("R-7.3")
def test_a_known_registration_is_not_taken_over_by_an_invite_for_a_new_one(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    send(browser, code_of(ask(browser, lms, invite)))
    with transaction(tool.database):
        other = create_invite(add_organisation("Charlie's").id).token
    page = send(browser, code_of(ask(browser, lms, other)))
    assert says(page)[:2] == (409, "registration_known")
    assert "throughline invite create --registration ID" in page.text
    with transaction(tool.database, read_only=True):
        (kept,) = db().scalars(select(Registration))
    assert kept.client_id == "abc"
    assert_invite_still_works(browser, other)


# What an LMS says of itself


def member(name: str, value: object) -> Change:
    """Return a change of one member; None leaves it out."""

    def change(lms: OddLms) -> None:
        lms.document[name] = value
        if value is None:
            del lms.document[name]

    return change


def on_other_host(name: str) -> Change:
    """Return a change that lets an address lie on the same port of another host."""

    def change(lms: OddLms) -> None:
        lms.document[name] = str(lms.document[name]).replace("localhost", "127.0.0.1")

    return change


def document(value: object) -> Change:
    """Return a change of the whole document."""

    def change(lms: OddLms) -> None:
        lms.answer = lambda: as_json(value)

    return change


def raw(body: bytes | str, status: int = 200, **headers: str) -> Change:
    """Return a change of the answer itself."""

    def change(lms: OddLms) -> None:
        lms.answer = lambda: Response(body, status, headers)

    return change


CONFIGURATIONS: dict[str, tuple[Change, int, str, str]] = {
    "HTML": (raw("<!doctype html><h1>Welcome</h1>"), 424, "lms_configuration", DESCRIBED),
    "nothing": (raw(b""), 424, "lms_configuration", DESCRIBED),
    "no JSON": (raw("{"), 424, "lms_configuration", DESCRIBED),
    "no text": (raw(b"\xff\xfe{}"), 424, "lms_configuration", DESCRIBED),
    "deep JSON": (raw("[" * 100_000 + "]" * 100_000), 424, "lms_configuration", DESCRIBED),
    "a huge number": (raw('{"issuer": ' + "9" * 10_000 + "}"), 424, "lms_configuration", DESCRIBED),
    "50 MB": (raw(b" " * 50_000_000), 424, "lms_configuration", DESCRIBED),
    "a list": (document([]), 424, "lms_configuration", DESCRIBED),
    "a string": (document("x"), 424, "lms_configuration", DESCRIBED),
    "null": (document(None), 424, "lms_configuration", DESCRIBED),
    "status 500": (raw("x", 500), 424, "lms_configuration", DESCRIBED),
    "status 401": (raw("x", 401), 424, "lms_configuration", DESCRIBED),
    "a redirect elsewhere": (
        raw(b"", 302, Location="http://127.0.0.1:1/"),
        424,
        "lms_configuration",
        DESCRIBED,
    ),
    "a redirect to itself": (
        raw(b"", 301, Location="/configuration"),
        424,
        "lms_configuration",
        DESCRIBED,
    ),
    "no LTI": (member(ABOUT, None), 424, "lms_configuration", DESCRIBED),
    "LTI a list": (member(ABOUT, []), 424, "lms_configuration", DESCRIBED),
    "no issuer": (member("issuer", None), 424, "lms_configuration", DESCRIBED),
    "issuer a number": (member("issuer", 7), 424, "lms_configuration", DESCRIBED),
    "token address a list": (member("token_endpoint", ["x"]), 424, "lms_configuration", DESCRIBED),
    "no key address": (member("jwks_uri", ""), 424, "lms_configuration", DESCRIBED),
    "no registration": (
        member("registration_endpoint", None),
        424,
        "lms_configuration",
        DESCRIBED,
    ),
    "issuer of another": (member("issuer", "https://lms.example"), 403, "lms_untrusted", UNTRUSTED),
    "issuer on another port": (
        member("issuer", "http://localhost:1"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "issuer with query": (
        lambda lms: lms.document.update(issuer=lms.base + "/?a=b"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "issuer with a name": (
        lambda lms: lms.document.update(issuer=lms.base.replace("//", "//a:b@")),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "issuer of a shared vendor": (
        lambda lms: lms.document.update(
            {"issuer": f"https://{VENDOR}", ABOUT: {"product_family_code": "canvas"}}
        ),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "sign-in elsewhere": (on_other_host("authorization_endpoint"), 403, "lms_untrusted", UNTRUSTED),
    "tokens elsewhere": (on_other_host("token_endpoint"), 403, "lms_untrusted", UNTRUSTED),
    "keys elsewhere": (on_other_host("jwks_uri"), 403, "lms_untrusted", UNTRUSTED),
    "registration elsewhere": (
        on_other_host("registration_endpoint"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "keys by another scheme": (
        member("jwks_uri", "file:///etc/passwd"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "an address with a fragment": (
        lambda lms: lms.document.update(token_endpoint=lms.base + "/token#x"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
    "an address with blanks": (
        lambda lms: lms.document.update(token_endpoint=lms.base + "/to ken"),
        403,
        "lms_untrusted",
        UNTRUSTED,
    ),
}
VENDOR = "canvas" + "." + "instructure" + ".com"


@rule("R-7.2", "R-7.6")
def test_an_odd_description_registers_nothing(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    found = {}
    for what, (change, *_) in CONFIGURATIONS.items():
        lms.begin(lms.base)
        change(lms)
        page = ask(browser, lms, invite)
        found[what] = says(page)
        assert "<form" not in page.text, what
        assert (lms.posts, count(tool)) == ([], (0, 0)), what
    assert found == {what: tuple(row[1:]) for what, row in CONFIGURATIONS.items()}
    assert_invite_still_works(browser, invite)


def test_odd_optional_members_are_left_out(
    browser: FlaskClient, lms: OddLms, invite: str, tool: ToolUnderTest
) -> None:
    lms.document |= {
        "scopes_supported": {"a": 1},
        "authorization_server": ["x"],
        ABOUT: {
            "product_family_code": 7,
            "version": {"a": 1},
            "messages_supported": [1, {"type": 2}, {"type": "LtiResourceLinkRequest", "x": []}],
            "variables": "all",
        },
    }
    done = send(browser, code_of(ask(browser, lms, invite)))
    assert done.status_code == 200
    with transaction(tool.database, read_only=True):
        (kept,) = db().scalars(select(Registration))
    assert (kept.family, kept.product, kept.token_audience) == ("other", None, None)
    (posted,) = lms.posts
    assert len(posted["scope"].split()) == 5


@dataclass(frozen=True)
class Peer:
    """What a peer does to a connection, and what the page says then."""

    handle: Callable[[Conversation], None]
    code: str
    heading: str


def drip(conversation: Conversation) -> None:
    """Answer without an end."""
    conversation.read_request()
    conversation.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b" " * 1000)


def flood(conversation: Conversation) -> None:
    """Answer faster than anybody reads."""
    conversation.read_request()
    conversation.socket.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    conversation.flood(b" " * 65_536)


def hang_up(conversation: Conversation) -> None:
    """Answer nothing."""
    conversation.read_request()
    conversation.reset()


PEERS = {
    "dripping": Peer(drip, "lms_unreachable", UNREACHABLE),
    "flooding": Peer(flood, "lms_configuration", DESCRIBED),
    "hanging up": Peer(hang_up, "lms_unreachable", UNREACHABLE),
}


@rule("R-7.2", "R-7.6")
@pytest.mark.parametrize("what", PEERS)
def test_a_peer_that_misbehaves_holds_the_page_no_longer_than_its_deadline(
    tool: ToolUnderTest,
    browser: FlaskClient,
    lms: OddLms,
    invite: str,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.setattr("lti_app.services.registrations._SECONDS", 0.5)
    with listening(PEERS[what].handle) as peer:
        page = ask(browser, lms, invite, peer.url("/configuration", host="localhost"))
    assert says(page) == (424, PEERS[what].code, PEERS[what].heading)
    assert count(tool) == (0, 0)


def test_an_address_where_nobody_is_cannot_be_reached(
    browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    page = ask(browser, lms, invite, "http://localhost:1/configuration")
    assert says(page) == (424, "lms_unreachable", UNREACHABLE)


PRIVATE_HOSTS = (
    "127.0.0.1",
    "localhost",
    "10.0.0.1",
    "169.254.169.254",
    "[::1]",
    "[fd00::1]",
    "0.0.0.0",
    "2130706433",
)
NOT_CALLED = (
    *(f"https://{host}/configuration" for host in PRIVATE_HOSTS),
    "http://lms.example/configuration",
    "ftp://lms.example/configuration",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://user:password@lms.example/",
    "//lms.example/configuration",
    "configuration",
)


@rule("R-7.2")
def test_private_networks_and_odd_addresses_are_not_called(
    tool: ToolUnderTest, lms: OddLms, invite: str
) -> None:
    strict = open_tool(replace(tool.runtime.settings, allow_private_networks=False))
    try:
        found = {url: says(ask(strict.browser(), lms, invite, url)) for url in NOT_CALLED}
    finally:
        strict.database.dispose()
    assert found == dict.fromkeys(NOT_CALLED, (400, "lms_address", ADDRESS))


# The request itself

REQUESTS: dict[str, str] = {
    "invite twice": "invite=a&invite=b&openid_configuration=https%3A%2F%2Flms.example",
    "configuration twice": "invite=a&openid_configuration=https%3A%2F%2Fa&openid_configuration=b",
    "invite too long": "invite=" + "a" * 101 + "&openid_configuration=https%3A%2F%2Fa",
    "configuration too long": "invite=a&openid_configuration=https%3A%2F%2F" + "a" * 2000,
    "token too long": "invite=a&openid_configuration=https%3A%2F%2Fa&registration_token="
    + "t" * 8001,
    "token with a line": "invite=a&openid_configuration=https%3A%2F%2Fa&registration_token=a%0Ab",
    "configuration with a blank": "invite=a&openid_configuration=https%3A%2F%2Fa%20b",
    "invite of other letters": "invite=%C3%A9&openid_configuration=https%3A%2F%2Fa",
}


def test_a_request_that_makes_no_sense_is_refused(browser: FlaskClient) -> None:
    found = {what: says(browser.get(f"/lti/register?{query}")) for what, query in REQUESTS.items()}
    assert found == dict.fromkeys(REQUESTS, (400, "registration_malformed", READABLE))


# The answer of the administrator


@rule("R-7.4")
def test_a_code_is_good_once_for_half_an_hour_and_from_our_own_page(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    expired = (403, "registration_expired", "This page can no longer be sent")
    code = code_of(ask(browser, lms, invite))
    assert says(send(browser, code, Origin="https://evil.example")) == expired
    assert says(send(browser, code, Origin="null")) == expired
    assert says(browser.post("/lti/register", data={"code": code, "identity": "yes"})) == expired
    assert says(send(browser, "made-up")) == expired
    with time_machine.travel(real_now() + timedelta(minutes=31)):
        assert says(send(browser, code)) == expired
    assert lms.posts == []
    assert send(browser, code).status_code == 200
    assert says(send(browser, code)) == expired
    assert len(lms.posts) == 1


def test_an_answer_without_a_choice_uses_nothing_up(
    browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    code = code_of(ask(browser, lms, invite))
    answers: list[dict[str, str]] = [{}, {"identity": "yes"}, {"code": code}]
    answers += [{"code": code, "identity": wrong} for wrong in ("maybe", "")]
    for data in answers:
        page = browser.post("/lti/register", data=data, headers=OWN)
        assert says(page) == (400, "registration_malformed", READABLE), data
    assert send(browser, code).status_code == 200


@rule("R-7.1")
def test_of_two_answers_to_one_invite_at_once_one_registers(
    tool: ToolUnderTest, lms: OddLms, invite: str
) -> None:
    codes = [code_of(ask(tool.browser(), lms, invite)) for _ in range(2)]
    arrived, go_on = Event(), Event()

    def answer() -> Response:
        arrived.set()
        go_on.wait(10)
        return as_json({"client_id": f"client-{len(lms.posts)}"})

    lms.registered = answer
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, tool.browser(), codes[0])
        assert arrived.wait(10)
        second = send(tool.browser(), codes[1])
        go_on.set()
        assert first.result().status_code == 200
    assert says(second)[:2] == (409, "invite_busy")
    assert says(send(tool.browser(), codes[1]))[:2] == (403, "registration_expired")
    assert count(tool) == (1, 0)
    assert len(lms.posts) == 1


# What an LMS answers to the registration

ANSWERS: dict[str, tuple[Callable[[], Response], str, str, str]] = {
    "refused in a line": (
        as_text("missing required attribute domain", 400),
        "lms_refused",
        REFUSED,
        "400 missing required attribute domain",
    ),
    "refused in JSON": (
        lambda: as_json({"error": "x", "error_description": "No <b>scope</b>"}, 422),
        "lms_refused",
        REFUSED,
        "422 No &lt;b&gt;scope&lt;/b&gt;",
    ),
    "refused in a list": (
        lambda: as_json({"errors": [{"field": "scopes", "message": "Invalid"}]}, 422),
        "lms_refused",
        REFUSED,
        "422 field: scopes; message: Invalid",
    ),
    "refused in depth": (
        lambda: as_json(deep({"errors": "x"}), 400),
        "lms_refused",
        REFUSED,
        "…",
    ),
    "refused by a page": (
        as_text("<html><p>secret</p></html>", 404),
        "lms_refused",
        REFUSED,
        "404",
    ),
    "refused at length": (as_text("x" * 100_000, 400), "lms_refused", REFUSED, "400 " + "x" * 200),
    "refused with control characters": (
        as_text("a\x00\x1b[31mb\u202e", 400),
        "lms_refused",
        REFUSED,
        "400 a [31mb",
    ),
    "an error": (as_text("", 500), "lms_refused", REFUSED, "500"),
    "a redirect": (as_text("", 302), "lms_refused", REFUSED, "302"),
    "a page": (as_text("<html>Welcome</html>"), "lms_answer", ANSWERED, "200"),
    "nothing": (as_text(""), "lms_answer", ANSWERED, "200"),
    "a list": (lambda: as_json([]), "lms_answer", ANSWERED, "200"),
    "no client id": (lambda: as_json({"scope": "x"}), "lms_answer", ANSWERED, "200"),
    "client id null": (lambda: as_json({"client_id": None}), "lms_answer", ANSWERED, "200"),
    "client id empty": (lambda: as_json({"client_id": ""}), "lms_answer", ANSWERED, "200"),
    "client id a number": (lambda: as_json({"client_id": 7}), "lms_answer", ANSWERED, "200"),
    "client id too long": (lambda: as_json({"client_id": "c" * 256}), "lms_answer", ANSWERED, ""),
    "client id with blanks": (lambda: as_json({"client_id": " a "}), "lms_answer", ANSWERED, ""),
    "client id not text": (lambda: as_json({"client_id": "\x00"}), "lms_answer", ANSWERED, ""),
}


def deep(document: dict[str, Any]) -> dict[str, Any]:
    """Return a document in a hundred others."""
    for _ in range(100):
        document = {"errors": [document]}
    return document


@rule("R-7.6")
def test_an_odd_answer_keeps_nothing_and_can_be_tried_again(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    code, choice, found = code_of(ask(browser, lms, invite)), "no", {}
    for what, (answer, _, _, words) in ANSWERS.items():
        lms.registered = answer
        page = send(browser, code, choice)
        found[what] = says(page)
        assert words in page.text, what
        assert "secret" not in page.text, what
        assert count(tool) == (0, 0), what
        code, choice = code_of(page), page.text.split('name="identity" value="')[1].split('"')[0]
    assert found == {what: (424, *row[1:3]) for what, row in ANSWERS.items()}

    lms.registered = None
    assert send(browser, code, choice).status_code == 200
    assert all(post == lms.posts[0] for post in lms.posts)
    assert "name" not in lms.posts[0][TOOL]["claims"]
    assert set(lms.tokens) == {f"Bearer {TOKEN}"}
    assert count(tool) == (1, 0)


SILENCES = {
    "dripping": Peer(drip, "lms_silent", SILENT),
    "hanging up": Peer(hang_up, "lms_silent", SILENT),
    "flooding": Peer(flood, "lms_silent", SILENT),
}


@rule("R-7.6")
@pytest.mark.parametrize("what", SILENCES)
def test_an_answer_that_never_comes_may_have_left_something_in_the_lms(
    tool: ToolUnderTest,
    browser: FlaskClient,
    lms: OddLms,
    invite: str,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    code = code_of(ask(browser, lms, invite))
    monkeypatch.setattr("lti_app.services.registrations._SECONDS", 0.5)
    with listening(SILENCES[what].handle) as peer:
        let_answer(tool.database, peer.url("/register", host="localhost"))
        page = send(browser, code)
    assert says(page) == (424, SILENCES[what].code, SILENCES[what].heading)
    assert count(tool) == (0, 0)
    assert_invite_still_works(browser, invite)


def test_odd_members_of_a_good_answer_are_left_out(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    lms.registered = lambda: as_json(
        {"client_id": "abc", "scope": ["x"], TOOL: {"deployment_id": 7}}
    )
    page = send(browser, code_of(ask(browser, lms, invite)))
    assert page.status_code == 200
    assert count(tool) == (1, 0)


@rule("R-7.5", "R-7.7")
def test_what_the_lms_does_not_confirm_is_told_and_keeps_the_page_open(
    tool: ToolUnderTest, browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    score = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    admin = "https://lms.example/scope/everything"
    lms.registered = lambda: as_json({"client_id": "abc", "scope": f"{score} {admin}"})
    page = send(browser, code_of(ask(browser, lms, invite)))
    assert "Your LMS did not grant everything" in page.text
    assert "read who is in a course that uses it" in page.text
    assert "data-at-once" not in page.text
    with transaction(tool.database, read_only=True):
        assert db().scalars(select(Registration.scopes)).one() == [score]


@rule("R-7.5")
def test_a_good_answer_closes_the_frame_at_once(
    browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    page = send(browser, code_of(ask(browser, lms, invite)))
    assert "data-at-once" in page.text
    assert "close-registration.js" in page.text
    assert "If nothing closes" in page.text


@rule("R-7.7")
def test_scopes_that_an_lms_does_not_know_are_not_asked_for(
    browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    score = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
    lms.document["scopes_supported"] = ["openid", score]
    page = ask(browser, lms, invite)
    assert "Not offered by this LMS" in page.text
    send(browser, code_of(page))
    assert lms.posts[0]["scope"] == score


@rule("R-7.4")
def test_neither_token_nor_invite_reaches_the_log(
    browser: FlaskClient, lms: OddLms, invite: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    url = f"http://localhost:1/configuration?registration_token={TOKEN}"
    ask(browser, lms, invite, url)
    lms.registered = as_text(f"{TOKEN} is used up", 401)
    send(browser, code_of(ask(browser, lms, invite)))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {"refused", "registration_stopped"} <= {line["event"] for line in lines}
    assert TOKEN not in json.dumps(lines)
    assert invite not in json.dumps(lines)


def test_a_refusal_leads_nowhere_and_a_second_try_only_into_the_frame_of_this_lms(
    browser: FlaskClient, lms: OddLms, invite: str
) -> None:
    refused = ask(browser, lms, "made-up")
    assert "frame-ancestors *" in refused.headers["Content-Security-Policy"]
    assert "<form" not in refused.text
    lms.registered = as_text("no", 400)
    stopped = send(browser, code_of(ask(browser, lms, invite)))
    policy = stopped.headers["Content-Security-Policy"]
    assert f"frame-ancestors 'self' {lms.base}" in policy
