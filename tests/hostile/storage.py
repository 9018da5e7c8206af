"""Attacks where the LMS keeps what proves a browser, and on visits that no cookie proves."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit

from tests.conftest import PUBLIC_URL
from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Attack, Blow, Case, Edit
from tests.hostile.visits import STEP

#: What a browser sends whose frame the LMS, or a page of ours, sent somewhere.
FOREIGN = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"}
OWN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe", "Origin": PUBLIC_URL}
AGAIN = "/lti/launch/continue"
_DATA = re.compile(r'data-([a-z]+)="([^"]*)"')
_BUTTON = re.compile(r'name="(page|code)"\s+value="([^"]*)"')
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def _data(text: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _DATA.findall(text)}


@dataclass
class Kept:
    """A login whose proof the LMS keeps, and how it came to be."""

    arena: Arena
    person: str
    key: str
    value: str
    onward: str

    @property
    def state(self) -> str:
        """Return what names the login towards the LMS."""
        return parse_qs(urlsplit(self.onward).query)["state"][0]

    @property
    def cookie(self) -> str:
        """Return the name of the login's cookie."""
        return "__Host-st-" + self.key.rsplit("_", maxsplit=1)[-1]

    def launch(self, edit: Edit | None = None, **headers: str) -> Blow:
        """Post the LMS's answer, without any cookie."""
        lms = self.arena.lms
        answer = lms.answer_login(self.onward, self.person, lms.activities[101], edit)
        return self.arena.strike("POST", "/lti/launch", data=answer, headers={**FOREIGN, **headers})

    def prove(self, value: str, edit: Edit | None = None, **headers: str) -> Blow:
        """Give the launch back with a value."""
        proof = self.proof(value, edit)
        return self.arena.strike("POST", AGAIN, data=proof, headers={**OWN, **headers})

    def proof(self, value: str, edit: Edit | None = None) -> dict[str, str]:
        """Return what a script sends when the LMS has answered a value."""
        return {"launch": _data(self.launch(edit).answer.text)["launch"], "stored": value}

    def come_in(self, edit: Edit | None = None) -> str:
        """Return the address of the first request of the visit."""
        address: str = self.prove(self.value, edit).answer.json()["address"]
        return address


def begin(arena: Arena, person: str = "alice") -> Kept:
    """Log somebody in whose browser keeps no cookie."""
    return arena.ahead(("storage", person), lambda: _begin(arena, person))


def _begin(arena: Arena, person: str) -> Kept:
    login = arena.lms.make_login(person, arena.lms.activities[101])
    login |= {"lti_storage_target": "_parent"}
    page = arena.strike("POST", "/lti/login", data=login, headers=FOREIGN).answer
    told = _data(page.text)
    return Kept(arena, person, told["key"], told["value"], told["onward"])


def _enter(arena: Arena) -> str:
    """Return the address of a visit of Alice's that no cookie proves."""
    address = begin(arena).come_in()
    entered = arena.strike("GET", address, headers=OWN)
    assert entered.answer.status_code == 200, entered.answer.text
    return address.split("/enter")[0]


def _proven_by(value: Callable[[Kept], str]) -> Attack:
    def attack(arena: Arena) -> Blow:
        login = begin(arena)
        return login.prove(value(login))

    return attack


_VALUES: Mapping[str, Callable[[Kept], str]] = {
    "nothing": lambda _: "",
    "something made up": lambda _: "x" * 43,
    "the state": lambda login: login.state,
    "its name": lambda login: login.key,
    "another login's": lambda login: begin(login.arena, "bob").value,
    "something endless": lambda _: "x" * 50_000,
}


def _again(arena: Arena) -> Blow:
    login = begin(arena)
    proof = login.proof(login.value)
    arena.strike("POST", AGAIN, data=proof, headers=OWN)
    return arena.strike("POST", AGAIN, data=proof, headers=OWN)


def _with_value_as_cookie(arena: Arena) -> Blow:
    login = begin(arena)
    return login.launch(Cookie=f"{login.cookie}={login.value}")


def _with_wrong_cookie(arena: Arena) -> Blow:
    login = begin(arena)
    return login.prove(login.value, Cookie=f"{login.cookie}=x")


def _in_a_tab(arena: Arena) -> Blow:
    return begin(arena).launch(None, **{"Sec-Fetch-Dest": "document"})


def _of_another_site(arena: Arena) -> Blow:
    login = begin(arena)
    return login.prove(login.value, Origin="https://evil.example")


def _unsealed(arena: Arena) -> Blow:
    login = begin(arena)
    sent = {"launch": login.state, "stored": login.value}
    return arena.strike("POST", AGAIN, data=sent, headers=OWN)


def _crossed(arena: Arena) -> Blow:
    """Bob's token beside Alice's state, proven by what Alice's LMS keeps."""
    mine, theirs = begin(arena), begin(arena, "bob")
    lms = arena.lms
    token = lms.answer_login(theirs.onward, "bob", lms.activities[101])["id_token"]
    sent = {"state": mine.state, "id_token": token}
    page = arena.strike("POST", "/lti/launch", data=sent, headers=FOREIGN).answer
    sent = {"launch": _data(page.text)["launch"], "stored": mine.value}
    return arena.strike("POST", AGAIN, data=sent, headers=OWN)


def _entered(headers: Mapping[str, str]) -> Attack:
    def attack(arena: Arena) -> Blow:
        return arena.strike("GET", begin(arena).come_in(), headers={**OWN, **headers})

    return attack


def _entered_twice(arena: Arena) -> Blow:
    address = begin(arena).come_in()
    arena.strike("GET", address, headers=OWN)
    return arena.strike("GET", address, headers=OWN)


def _asked(headers: Mapping[str, str], path: str = STEP) -> Attack:
    def attack(arena: Arena) -> Blow:
        return arena.strike("GET", _enter(arena) + path, headers={**OWN, **headers})

    return attack


def _with_bobs_cookies(arena: Arena) -> Blow:
    visit = _enter(arena)
    browser, _ = arena.enter("bob")
    return arena.strike("GET", visit + STEP, browser, headers=OWN)


def _sent(path: str, **form: str) -> Attack:
    """Return an attack that sends a form of Alice's visit with its token."""

    def attack(arena: Arena) -> Blow:
        visit = _enter(arena)
        page = arena.strike("GET", visit + STEP, headers=OWN).answer
        found = _TOKEN.search(page.text)
        assert found, page.text
        sent = {"csrf_token": found[1], **form}
        return arena.strike("POST", visit + path, data=sent, headers=OWN)

    return attack


def _window(arena: Arena) -> Blow:
    visit = _enter(arena)
    page = arena.strike("GET", f"{visit}/me/inbox", headers=OWN).answer
    sent = dict(_BUTTON.findall(page.text)) | {"stored": "x" * 43}
    return arena.strike("POST", f"{visit}/window/", data=sent, headers=OWN)


def _staff(arena: Arena) -> Blow:
    login = begin(arena, "tina")
    address = login.come_in()
    arena.strike("GET", address, headers=OWN)
    return arena.strike("GET", address.split("/enter")[0] + "/mentoring/board", headers=OWN)


def _cookie_lost(arena: Arena) -> Blow:
    """The address of a visit that a cookie proves, without the cookie."""
    _, visit = arena.enter()
    return arena.strike("GET", visit + STEP, Browser(), headers=OWN)


#: How it is asked → headers that say so.
_FROM: Mapping[str, Mapping[str, str]] = {
    "from nowhere": {"Sec-Fetch-Site": "none"},
    "by another browser": {"User-Agent": "Another/1.0"},
    "ahead": {"Sec-Purpose": "prefetch;prerender"},
    "with a wrong cookie": {"Cookie": "__Secure-v=x"},
}


def storage() -> Iterator[Case]:
    """Launches without their proof, and visits without a cookie from another place."""
    for name, value in _VALUES.items():
        yield Case(f"proven by {name}", _proven_by(value), 401, "state_invalid")
    yield Case("proven twice", _again, 401, "state_invalid")
    yield Case("the value as a cookie", _with_value_as_cookie, 401, "state_invalid")
    yield Case("a wrong cookie besides", _with_wrong_cookie, 401, "state_invalid")
    yield Case("a launch in a tab", _in_a_tab, 401, "state_invalid")
    yield Case("proven by another site", _of_another_site, 403, "form_expired")
    yield Case("a launch that we did not seal", _unsealed, 400, "malformed")
    yield Case("Bob's token to Alice's state", _crossed, 401, "nonce")
    for name, headers in _FROM.items():
        yield Case(f"entered {name}", _entered(headers), 403, "visit_over")
        yield Case(f"asked {name}", _asked(headers), 403, "visit_over")
    yield Case("entered by another site", _entered(FOREIGN), 403, "visit_over")
    yield Case("entered twice", _entered_twice, 403, "visit_over")
    yield Case("asked by another site", _asked(FOREIGN), 403, "visit_over")
    yield Case("asked with a marker", _asked({"Cookie": "__Host-seen=x"}), 403, "visit_over")
    yield Case("asked with Bob's cookies", _with_bobs_cookies, 403, "visit_over")
    yield Case("a cookie that got lost", _cookie_lost, 403, "visit_over")
    yield Case("staff in the frame", _staff, 403, "visit_over")
    yield Case("a window without the value", _window, 403, "window_unproven")
    yield Case("another hat", _sent("/me/hat", hat="author"), 403, "not_allowed")
    yield Case("wishes that are sent", _sent("/mentoring/private"), 403, "window_only")
