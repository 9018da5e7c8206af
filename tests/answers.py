"""What every answer of the tool must say of itself: who may frame it, what it loads, who keeps it.

`EXPECTED` has a row for every address, those of one blueprint together where they are alike. An
address without a row is a fault. The walk is `tests/functional/headers`; besides, every answer that
the tool gives in any functional test is judged.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from flask import Response

HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
NO_STORE: Final = "no-store"
AN_HOUR: Final = "public, max-age=3600"
#: Of the content policy, all that is the same everywhere.
POLICY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
)
ANYBODY: Final = "*"
NOBODY: Final = "'none'"
#: The LMS that the visit, the login or the registration is of.
ITS_LMS: Final = re.compile(r"'self'( https?://(\*\.)?[^\s;*]+)+")
COOKIE: Final = re.compile(
    r"(?P<name>__Host-seen|__Host-st-[0-9a-f]{32}|__Secure-v)=(?P<value>[\w-]*)"
    r"(; Expires=[^;]+)?; Max-Age=[0-9]+; Secure; HttpOnly; Path=(?P<path>[^;]+)"
    r"; SameSite=None; Partitioned"
)
_REFUSED: Final = 400
#: What a page that leads nowhere does not have.
_LEADS: Final = re.compile(
    r"<(a(?![^>]*\shref=.#)|form|script|iframe|base|object|embed|meta http-equiv)\b", re.IGNORECASE
)
_INLINE: Final = re.compile(
    r"<script(?![^>]*\ssrc=)|<style\b|<[^>]*\s(style|on[a-z]+)\s*=", re.IGNORECASE
)
#: Code and number; in one line where no page could be built.
_QUOTED: Final = re.compile(r"<code>\w+ · [0-9a-f]{12}</code>|\(\w+, [0-9a-f]{12}\)")


@dataclass(frozen=True)
class Expected:
    """What answers of an address look like.

    Attributes:
        frames: who may hold a page of it.
        refusal_frames: who else may hold a refusal: a page without a link, form or script may be
            held by anybody; `LMS`: by the one that the request is about.
        kinds: of content that is served.
        cache: what is said of keeping what is served; a refusal is never kept.
        cookies: names of those that may be set, up to the first that differs between visits.
        sends_to: an answer may post to another site, or lead there: that of the LMS.
    """

    frames: str | re.Pattern[str] = ITS_LMS
    kinds: tuple[str, ...] = (HTML,)
    cache: str = NO_STORE
    cookies: tuple[str, ...] = ()
    sends_to: bool = False
    refusal_frames: tuple[str, ...] = (ANYBODY,)


_PAGE: Final = Expected()
_WINDOW: Final = Expected(frames=NOBODY)
#: A visit in a frame, or in a window of its own.
_EITHER: Final = Expected(frames=re.compile(rf"{ITS_LMS.pattern}|{re.escape(NOBODY)}"))
_DATA: Final = Expected(frames=NOBODY, kinds=(JSON,))
_FILE: Final = Expected(
    frames=NOBODY,
    kinds=("text/css; charset=utf-8", "text/javascript; charset=utf-8", "image/svg+xml"),
    cache=AN_HOUR,
)
#: Endpoint, or blueprint where all of its addresses are alike → what its answers say.
EXPECTED: Final[Mapping[str, Expected]] = MappingProxyType(
    {
        "static": _FILE,
        "bootstrap.static": _FILE,
        "health": _DATA,
        "setup.canvas": replace(_DATA, cache=AN_HOUR),
        "setup.values": _WINDOW,
        "lti.jwks": replace(_DATA, cache=AN_HOUR),
        "lti.login": replace(_EITHER, cookies=("__Host-seen", "__Host-st-"), sends_to=True),
        "lti.continue_login": Expected(
            frames=ITS_LMS, sends_to=True, refusal_frames=(ANYBODY, "LMS")
        ),
        "lti.launch": replace(
            _EITHER, cookies=("__Secure-v", "__Host-st-"), refusal_frames=(ANYBODY, "LMS")
        ),
        "lti.continue_launch": replace(
            _DATA, cookies=("__Secure-v", "__Host-st-"), refusal_frames=(ANYBODY, "LMS")
        ),
        "registration": replace(_PAGE, refusal_frames=(ANYBODY, "LMS")),
        "signin.administration": _WINDOW,
        "signin.show_link": replace(_WINDOW, cookies=("__Host-seen",)),
        "signin.use_link": replace(_WINDOW, cookies=("__Secure-v",)),
        "links": Expected(frames=NOBODY, refusal_frames=(NOBODY,)),
        "visits.enter": _EITHER,
        "visits.leave": replace(_EITHER, cookies=("__Secure-v",)),
        "visits": _EITHER,
        "window.open_page": replace(_WINDOW, cookies=("__Secure-v",)),
        "window.next_code": replace(_EITHER, kinds=(JSON,)),
        "admin": _WINDOW,
        "place.show_answer": replace(_EITHER, sends_to=True),
        "place": _EITHER,
        "desk.export_terms": replace(_EITHER, kinds=("text/csv; charset=utf-8",)),
        "desk.export_lines": replace(_EITHER, kinds=("text/csv; charset=utf-8",)),
        "desk": _EITHER,
        "programme": _EITHER,
        "review": _EITHER,
        "grades": _EITHER,
        "me": _EITHER,
        "pairs": _EITHER,
        "room": _EITHER,
        "goals": _EITHER,
        "mentoring": _EITHER,
        "charter": _EITHER,
        "charter_pair.pdf_version": replace(_EITHER, kinds=("application/pdf",)),
        "charter_pair": _EITHER,
        "practice.autosave": replace(_EITHER, kinds=(HTML, JSON)),
        "practice": _EITHER,
    }
)


def expected_of(endpoint: str | None) -> Expected | None:
    """Return the row of an endpoint, or of its blueprint; None if there is none."""
    if endpoint is None:
        # No address of the tool: a refusal, whatever it would be.
        return _WINDOW
    return EXPECTED.get(endpoint) or EXPECTED.get(endpoint.split(".", maxsplit=1)[0])


def faults(endpoint: str | None, method: str, response: Response, own: str) -> Iterator[str]:
    """Yield what is wrong with an answer.

    Args:
        endpoint: that was asked for, if the address is one of the tool.
        method: of the request.
        response: as it leaves the tool.
        own: the tool's own origin.
    """
    row = expected_of(endpoint)
    if row is None:
        yield f"{endpoint} has no row in tests/answers.py"
        return
    name = f"{method} {endpoint} ({response.status_code})"
    for fault in (
        *_policy_faults(row, method, response),
        *_header_faults(row, method, response),
        *_cookie_faults(row, response),
        *_leading_faults(row, response, own),
        *_page_faults(method, response),
    ):
        yield f"{name}: {fault}"


def _policy_faults(row: Expected, method: str, response: Response) -> Iterator[str]:
    policies = response.headers.getlist("Content-Security-Policy")
    if len(policies) != 1:
        yield f"{len(policies)} content policies"
        return
    found = dict(part.strip().split(" ", 1) for part in policies[0].split(";"))
    ancestors = found.pop("frame-ancestors")
    if row.sends_to and re.fullmatch(r"'self' https?://[^\s;*]+", found["form-action"]):
        found["form-action"] = "'self'"
    if found != POLICY:
        yield f"content policy {found}"
    is_seen = response.content_type != JSON and method != "OPTIONS"
    if not is_seen or 300 <= response.status_code < _REFUSED:
        fits = ancestors != ANYBODY
    elif response.status_code >= _REFUSED and ancestors in row.refusal_frames:
        fits = True
    else:
        # A form that is to be mended is a page of the visit like any other.
        fits = _fits(ancestors, row.frames) or (
            "LMS" in row.refusal_frames and _fits(ancestors, ITS_LMS)
        )
    if not fits:
        yield f"may be framed by {ancestors}"


def _fits(ancestors: str, wanted: str | re.Pattern[str]) -> bool:
    return ancestors == wanted if isinstance(wanted, str) else bool(wanted.fullmatch(ancestors))


def _header_faults(row: Expected, method: str, response: Response) -> Iterator[str]:
    headers = response.headers
    is_served = response.status_code < _REFUSED and method != "OPTIONS"
    cache = row.cache if is_served else NO_STORE
    if headers.getlist("Cache-Control") != [cache]:
        yield f"Cache-Control {headers.getlist('Cache-Control')}, not {cache}"
    if headers.getlist("Referrer-Policy") != ["strict-origin"]:
        yield "Referrer-Policy"
    if headers.getlist("X-Content-Type-Options") != ["nosniff"]:
        yield "X-Content-Type-Options"
    if "X-Frame-Options" in headers or "Access-Control-Allow-Origin" in headers:
        yield "a header that contradicts the policy"
    kinds = row.kinds if is_served and response.status_code < 300 else (HTML, *row.kinds)
    if response.status_code != 304 and headers.get("Content-Type") not in kinds:
        yield f"Content-Type {headers.get('Content-Type')}"


def _cookie_faults(row: Expected, response: Response) -> Iterator[str]:
    for line in response.headers.getlist("Set-Cookie"):
        found = COOKIE.fullmatch(line)
        if found is None:
            yield f"cookie {line.split('=', 1)[0]} lacks what it needs, or has more: {line}"
        elif not found["name"].startswith(row.cookies) or not row.cookies:
            yield f"sets {found['name']}"
        elif (found["path"] == "/") != found["name"].startswith("__Host-") or not re.fullmatch(
            r"/|/v/[\w-]{43}/", found["path"]
        ):
            yield f"cookie {found['name']} for {found['path']}"


def _leading_faults(row: Expected, response: Response, own: str) -> Iterator[str]:
    place = response.headers.get("Location")
    if place is None:
        return
    if not re.match(r"/(?![/\\])", place) and not place.startswith(f"{own}/") and not row.sends_to:
        yield f"leads to {place}"


def _page_faults(method: str, response: Response) -> Iterator[str]:
    if response.content_type != HTML or method == "HEAD" or response.direct_passthrough:
        return
    page = response.get_data(as_text=True)
    if _INLINE.search(page):
        yield "a script or a style in the page itself"
    if f"frame-ancestors {ANYBODY}" in response.headers.get("Content-Security-Policy", ""):
        if found := _LEADS.search(page):
            yield f"leads somewhere, whoever frames it: {found[0]}"
        if not _QUOTED.search(page):
            yield "a refusal without code and number"
