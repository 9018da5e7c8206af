"""Looking at an LMS: what its clock says, which scopes it grants, what its headers let through."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest
from requests.structures import CaseInsensitiveDict

from lti_app.domain.delivery import Outcome
from lti_app.lti.http import Response
from lti_app.lti.probes import Ask, ask_for_scopes, keeps_cookies, may_be_framed, seconds_ahead
from lti_app.lti.tokens import IssuedToken, TokenRefused

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MARKS = "; Secure; HttpOnly; Path=/; SameSite=None; Partitioned"


def answer(**headers: str) -> Response:
    """Return an answer with headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, CaseInsensitiveDict(named), b"")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Date": "Mon, 23 Nov 2026 12:00:00 GMT"}, 0),
        ({"Date": "Mon, 23 Nov 2026 12:01:30 GMT"}, 90),
        ({"Date": "Mon, 23 Nov 2026 11:00:00 GMT"}, -3600),
        ({"Date": "Mon, 23 Nov 2026 11:50:00 GMT", "Age": "600"}, 0),
        ({"Date": "Mon, 23 Nov 2026 12:00:00 GMT", "Age": "x"}, 0),
        ({"Date": "yesterday"}, None),
        ({"Date": "Mon, 23 Nov 99999999999999999999 12:00:00 GMT"}, None),
        ({"Date": "Mon, 23 Nov 2026 12:00:00 +99999999999999"}, None),
        ({"Date": "Mon, 23 Nov 2026 12:00:00 -0000"}, None),
        ({}, None),
    ],
)
def test_a_clock_is_read_from_the_date_of_an_answer(
    headers: dict[str, str], seconds: int | None
) -> None:
    assert seconds_ahead(answer(**headers), NOW) == seconds


def grants(*granted: str, all_or_nothing: bool = False) -> Ask:
    """Return an LMS that grants some scopes."""

    def ask(scopes: Collection[str]) -> IssuedToken:
        good = frozenset(scopes) & set(granted)
        if not good or (all_or_nothing and good != frozenset(scopes)):
            raise TokenRefused(Outcome.CONFIGURATION, "scope_missing", 400)
        return IssuedToken(",".join(sorted(good)), good, timedelta(hours=1))

    return ask


@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_granted_scopes_are_found_however_an_lms_refuses(all_or_nothing: bool) -> None:
    found = ask_for_scopes(grants("a", "c", all_or_nothing=all_or_nothing), ("a", "b", "c"))
    assert (found.scopes, found.token) == (frozenset({"a", "c"}), "a,c")


def test_an_lms_that_grants_nothing_or_fails_gives_no_token() -> None:
    with pytest.raises(TokenRefused, match="scope_missing"):
        ask_for_scopes(grants(), ("a", "b"))

    def fail(scopes: Collection[str]) -> IssuedToken:
        reason = "scope_missing" if len(scopes) > 1 else "token_timeout"
        outcome = Outcome.CONFIGURATION if len(scopes) > 1 else Outcome.TRANSIENT
        raise TokenRefused(outcome, reason)

    with pytest.raises(TokenRefused, match="token_timeout"):
        ask_for_scopes(fail, ("a", "b"))


@pytest.mark.parametrize(
    ("cookies", "kept"),
    [
        (f"__Host-seen=a{MARKS}, __Host-st-1=b{MARKS}", True),
        (f"__Host-seen=a{MARKS.lower()}, __Host-st-1=b{MARKS}", True),
        (f"__Host-seen=a{MARKS}", False),
        (f"__Host-seen=a{MARKS}, __Host-st-1=b; Secure; HttpOnly; Path=/", False),
        (f"seen=a{MARKS}, st-1=b{MARKS}", False),
        ("", False),
    ],
)
def test_cookies_have_to_arrive_with_everything_that_they_need(cookies: str, kept: bool) -> None:
    assert keeps_cookies(answer(Set_Cookie=cookies)) is kept


@pytest.mark.parametrize(
    ("headers", "framed"),
    [
        ({"Content_Security_Policy": "frame-ancestors 'none'"}, True),
        ({"Content_Security_Policy": "frame-ancestors a, frame-ancestors b"}, False),
        ({"Content_Security_Policy": "frame-ancestors a", "x_frame_options": "DENY"}, False),
        ({}, False),
    ],
)
def test_a_frame_is_forbidden_by_what_was_added(headers: dict[str, str], framed: bool) -> None:
    assert may_be_framed(answer(**headers)) is framed
