"""Attacks of people who got in: on forms, and on what is another's."""

import re
from collections.abc import Callable, Iterator, Mapping

from tests.conftest import PUBLIC_URL
from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Attack, Blow, Case, request

OWN = {"Origin": PUBLIC_URL}
NOBODY = "6b1f0a52-6f0e-4c0a-9d56-3d4c1f0f7a11"
STEP = "/mentoring/step/part"
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


def token_of(arena: Arena, browser: Browser, visit: str) -> str:
    """Return the CSRF token of a visit."""
    return found_token(arena.process.get(visit + STEP, browser).text)


def found_token(html: str) -> str:
    """Return the CSRF token of a page."""
    found = _TOKEN.search(html)
    assert found, html
    return found[1]


def _sent(headers: dict[str, str], token: str | Callable[[Arena], str] | None = None) -> Attack:
    """Return an attack that sends Alice's form with wrong headers or another token."""

    def attack(arena: Arena) -> Blow:
        browser, visit = arena.enter()
        data = {"side": "mentee", "csrf_token": token_of(arena, browser, visit)}
        if token is not None:
            data["csrf_token"] = token(arena) if callable(token) else token
        return arena.strike("POST", visit + STEP, browser, data=data, headers=headers)

    return attack


def _of_bob(arena: Arena) -> str:
    return token_of(arena, *arena.enter("bob"))


_TOKENS: Mapping[str, str | Callable[[Arena], str]] = {
    "none": "",
    "made up": "x" * 43,
    "a NUL": "a\0b",
    "endless": "x" * 5000,
    "another's": _of_bob,
    "in another script": "é" * 43,
}


def forms() -> Iterator[Case]:
    """Forms that another site sends, or with another's token."""
    for name, headers in {
        "another site": {"Origin": "https://evil.example"},
        "no origin that can be told": {"Origin": "null"},
        "the LMS": {"Origin": "http://localhost"},
        "our host by another scheme": {"Origin": "https://127.0.0.1:5000"},
        "our host at another port": {"Origin": "http://127.0.0.1:5001"},
        "a name that begins like ours": {"Origin": PUBLIC_URL + ".evil.example"},
        "a name that ends like ours": {"Origin": "http://evil.example/127.0.0.1:5000"},
        "nobody": {},
        "another site, as the browser says": {"Sec-Fetch-Site": "cross-site"},
        "a sister site": {"Sec-Fetch-Site": "same-site"},
    }.items():
        yield Case(f"from {name}", _sent(headers), 403, "form_expired")
    for name, token in _TOKENS.items():
        yield Case(f"token: {name}", _sent(OWN, token), 403, "form_expired")


def _as_bob(path: str, method: str = "GET") -> Attack:
    """Return an attack in which Bob's browser asks for something of Alice's visit."""

    def attack(arena: Arena) -> Blow:
        _, visit = arena.enter("alice")
        browser, _ = arena.enter("bob")
        return arena.strike(method, visit + path, browser, headers=OWN)

    return attack


def _as_alice(path: str) -> Attack:
    """Return an attack in which a learner asks for what her role does not open."""

    def attack(arena: Arena) -> Blow:
        browser, visit = arena.enter()
        return arena.strike("GET", visit + path, browser)

    return attack


def foreign() -> Iterator[Case]:
    """Pages of another's visit, of another hat, and of nobody."""
    for path in ("/", STEP, "/mentoring/", "/pairs/", "/desk/", "/admin/", "/enter?code=x"):
        yield Case(f"Bob at Alice's {path}", _as_bob(path), 403, "visit_over")
    for path in (STEP, "/me/hat"):
        yield Case(f"Bob posts to Alice's {path}", _as_bob(path, "POST"), 403, "visit_over")
    for path in ("/desk/", "/admin/", "/admin/platforms", "/programme/"):
        yield Case(f"a learner at {path}", _as_alice(path), 403, "not_allowed")
    yield Case("a learner at nobody's pair", _as_alice(f"/pairs/{NOBODY}/"), 404, "not_found")
    yield Case("a learner at nobody's work", _as_alice(f"/review/{NOBODY}"), 403, "others_work")
    nobodys = request("GET", "/v/" + "x" * 43 + "/mentoring/")
    yield Case("a visit that never was", nobodys, 403, "visit_over")
