"""Attacks of an LMS, or of who plays one: key servers, registrations, questions for links."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response
from joserfc.jwk import ECKey, OctKey

from lti_app.services.invites import invite_for
from lti_app.store.session import transaction
from tests.functional.placing.test_limits import HOSTILE, asking
from tests.functional.registration.administrator import code_in
from tests.functional.registration.odd_lms import OddLms, address_for, let_answer, odd_lms
from tests.functional.registration.test_abuse import ANSWERS, CONFIGURATIONS, SILENCES
from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Attack, Blow, Case, Edit, request
from tests.hostile.visits import OWN
from tests.unit.lti_app.lti.peer import Conversation, Handler, listening

#: A key server is waited for eight seconds; what comes before and after needs a little more.
_KEY_SECONDS = 15.0
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _keys_from(handle: Callable[[Arena], Handler]) -> Attack:
    """Return an attack by an LMS that is good in all but its key server."""

    def attack(arena: Arena) -> Blow:
        own = arena.open_lms()
        with listening(handle(arena)) as peer:
            own.keep_keys_at(peer.url("/keys"))
            return own.launch()

    return attack


def _saying(body: bytes, head: str = "HTTP/1.1 200 OK", *headers: str) -> Attack:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(body, head, *headers)

    return _keys_from(lambda _arena: handle)


def _publishing(make: Callable[[Arena], Mapping[str, Any]]) -> Attack:
    """Return an attack that publishes some other key under the kid of the token."""

    def handler(arena: Arena) -> Handler:
        entry = {"kid": arena.lms.signing_key.kid, "use": "sig", **make(arena)}
        body = json.dumps({"keys": [entry]}).encode()

        def handle(conversation: Conversation) -> None:
            conversation.read_request()
            conversation.answer(body)

        return handle

    return _keys_from(handler)


def _behaving(then: Callable[[Conversation], None]) -> Attack:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        then(conversation)

    return _keys_from(lambda _arena: handle)


def _flood(peer: Conversation) -> None:
    peer.socket.sendall(_HEAD + b"\r\n")
    peer.flood(b" ")


def _drip_headers(peer: Conversation) -> None:
    peer.socket.sendall(_HEAD)
    peer.drip(b"X: y\r\n")


def _drip_body(peer: Conversation) -> None:
    peer.socket.sendall(_HEAD + b"\r\n")
    peer.drip(b" ")


def _small_key(arena: Arena) -> Mapping[str, Any]:
    known = arena.lms.signing_key.public_jwk()
    return {**known, "n": known["n"][:170]}


def _key_for_encryption(arena: Arena) -> Mapping[str, Any]:
    return {**arena.lms.signing_key.public_jwk(), "use": "enc"}


def _curve(_: Arena) -> Mapping[str, Any]:
    return ECKey.generate_key("P-256").as_dict(private=False)


def _secret(_: Arena) -> Mapping[str, Any]:
    return OctKey.generate_key(256).as_dict()


_DOCUMENTS: Mapping[str, Attack] = {
    "HTML": _saying(b"<!doctype html><h1>Welcome</h1>"),
    "nothing": _saying(b""),
    "no list": _saying(b'{"keys": {}}'),
    "a list": _saying(b"[]"),
    "no text": _saying(b"\xff\xfe"),
    "deep": _saying(b"[" * 100_000 + b"]" * 100_000),
    "2 MB": _saying(b" " * 2_000_000),
    "status 500": _saying(b"{}", "HTTP/1.1 500 Oops"),
    "status 404": _saying(b"{}", "HTTP/1.1 404 Not Found"),
    "a redirect": _saying(b"", "HTTP/1.1 302 Found", "Location: http://127.0.0.1:1/"),
    "no HTTP": _behaving(lambda peer: peer.socket.sendall(b"hello\r\n\r\n")),
    "a reset": _behaving(Conversation.reset),
    "a flood": _behaving(_flood),
}
_WAITS: Mapping[str, Attack] = {
    "silence": _behaving(Conversation.stay_silent),
    "dripping headers": _behaving(_drip_headers),
    "a dripping body": _behaving(_drip_body),
}
_NO_KEYS: Mapping[str, Attack] = {
    "no keys": _saying(b'{"keys": []}'),
    "a number for a key": _saying(b'{"keys": [7]}'),
    "a secret that both know": _publishing(_secret),
    "a small key": _publishing(_small_key),
    "a curve": _publishing(_curve),
    "a key for something else": _publishing(_key_for_encryption),
}


def key_servers() -> Iterator[Case]:
    """Key servers that are slow, endless, or say something else."""
    for name, attack in _DOCUMENTS.items():
        yield Case(name, attack, 503, "key_server", _KEY_SECONDS)
    for name, attack in _NO_KEYS.items():
        yield Case(name, attack, 401, "key_unknown", _KEY_SECONDS)
    for name, attack in _WAITS.items():
        yield Case(name, attack, 503, "key_server", _KEY_SECONDS)


def _described(change: Callable[[OddLms], object]) -> Attack:
    """Return an attack by an LMS that describes itself in an odd way, with a good invite."""

    def attack(arena: Arena) -> Blow:
        with transaction(arena.database):
            invite = invite_for(None, None).token
        with odd_lms() as lms:
            change(lms)
            return arena.strike("GET", address_for(lms, invite))

    return attack


def registrations() -> Iterator[Case]:
    """LMSs that nobody invited, or that describe themselves in odd ways."""
    for name, path in {"no invite": "", "a made-up invite": "?invite=x"}.items():
        code = "registration_no_lms" if path else "invite_missing"
        yield Case(name, request("GET", f"/lti/register{path}"), 400 if path else 403, code)
    for name, (change, status, code, _) in CONFIGURATIONS.items():
        yield Case(name, _described(change), status, code, _KEY_SECONDS)


def _register(arena: Arena, then: Callable[[OddLms], object]) -> Blow:
    """Confirm a registration by a good invite, after something has happened to its LMS."""
    with transaction(arena.database):
        invite = invite_for(None, None).token
    with odd_lms() as lms:
        page = arena.process.get(address_for(lms, invite), Browser())
        then(lms)
        form = {"code": code_in(page.text), "identity": "yes"}
        return arena.strike("POST", "/lti/register", data=form, headers=OWN)


def _answered(answer: Callable[[], Response]) -> Attack:
    """Return an attack by an LMS that describes itself well, and answers a registration oddly."""

    def spoil(lms: OddLms) -> None:
        lms.registered = answer

    return lambda arena: _register(arena, spoil)


def _unanswered(handle: Handler) -> Attack:
    """Return an attack by an LMS that takes a registration, and never answers it whole."""

    def attack(arena: Arena) -> Blow:
        with listening(handle) as peer:
            return _register(arena, lambda _: let_answer(arena.database, peer.url("/register")))

    return attack


def _silence(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.stay_silent()


def answers() -> Iterator[Case]:
    """What an LMS answers to a registration, or does not; nothing is registered by it."""
    for name, (answer, code, _, _) in ANSWERS.items():
        yield Case(name, _answered(answer), 424, code, _KEY_SECONDS)
    for name, peer in SILENCES.items():
        yield Case(name, _unanswered(peer.handle), 424, peer.code, _KEY_SECONDS)
    yield Case("silence", _unanswered(_silence), 424, "lms_silent", _KEY_SECONDS)


def _asked(edit: Edit, person: str = "tina") -> Attack:
    """Return an attack that asks for links in an odd way, well signed."""

    def attack(arena: Arena) -> Blow:
        login = arena.begin(person=person, source=arena.lms.selection())
        edit(login.claims)
        return arena.launch(login, arena.lms.sign(login.claims))

    return attack


_MORE_QUESTIONS: Mapping[str, Edit] = {
    "return address of no scheme": asking(deep_link_return_url="//evil.example/"),
    "return address with a line break": asking(deep_link_return_url="https://a.example/\r\nX: y"),
    "return address empty": asking(deep_link_return_url=""),
    "types an object": asking(accept_types={"a": 1}),
    "types a text": asking(accept_types="ltiResourceLink"),
}


def questions() -> Iterator[Case]:
    """Questions for links that cannot be answered, or would be answered to somebody else."""
    for name, edit in {**HOSTILE, **_MORE_QUESTIONS}.items():
        yield Case(name, _asked(edit), 401, "deep_linking")
