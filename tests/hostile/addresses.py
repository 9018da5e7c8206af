"""Attacks from outside: addresses, methods, sizes and encodings, and made-up links of mails."""

from collections.abc import Iterator
from urllib.parse import quote

from tests.hostile.arena import Case, request
from tests.hostile.launches import FORM

_NOWHERE = (
    "/nowhere",
    "/v/",
    "/static/../wsgi.py",
    "/static/%2e%2e/wsgi.py",
    "/t",
    "/lti",
    "/%00",
    "/%ff%fe",
    "/" + "a" * 3000,
    "/.git/config",
    "/admin/%0d%0aX:y",
    "/" + quote("\u202e"),
    "/%ed%a0%80",
)
_WRONG_METHODS = {
    "GET": "/lti/launch",
    "DELETE": "/lti/launch",
    "POST": "/healthz",
    "PATCH": "/lti/login",
}
_TOKENS = (
    "x",
    "x" * 43,
    "x" * 3000,
    "%00",
    "%ff",
    "a%0d%0ab",
    quote("' OR 1=1"),
    "%ed%a0%80",
    quote("\u202e"),
)


def pages() -> Iterator[Case]:
    """Addresses that no page has, and what no page takes."""
    for path in _NOWHERE:
        yield Case(f"GET {path[:30]}", request("GET", path), 404, "not_found")
    for method, path in _WRONG_METHODS.items():
        yield Case(f"{method} {path}", request(method, path), 405, "method_not_allowed")
    large = request("POST", "/lti/launch", data=b"x=" + b"y" * 300_000, headers=FORM)
    yield Case("300 kB", large, 413, "too_large")
    fields = b"&".join(b"a%d=1" % number for number in range(8_000))
    many = request("POST", "/lti/launch", data=fields, headers=FORM)
    yield Case("8,000 fields", many, 400, "malformed")


def links() -> Iterator[Case]:
    """Links that no mail holds."""
    for token in _TOKENS:
        for method in ("GET", "POST"):
            name = f"{method} {len(token)} characters, {token[:12]}"
            yield Case(name, request(method, f"/t/{token}"), 404, "link_over")
