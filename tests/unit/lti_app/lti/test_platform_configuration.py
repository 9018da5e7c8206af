"""What an LMS says of itself: read, cleaned, and held to the place that it came from."""

import json
from typing import Any

import pytest

from lti_app.domain.launch import Family
from lti_app.lti.platform_configuration import (
    PLATFORM_CONFIGURATION,
    ConfigurationUntrusted,
    PlatformConfiguration,
    check_trust,
    read_configuration,
)
from lti_app.lti.quirks import QUIRKS
from tests.proofs import rule

CANVAS = QUIRKS[Family.CANVAS]
SHARED = CANVAS.shared_issuers[0]
SIGN_IN = f"https://{CANVAS.known_hosts[1]}"
SCHOOL = f"https://school.{CANVAS.known_hosts[0].removeprefix('*.')}"
URL = "https://lms.example/configuration"


def document(family: str = "example", base: str = "https://lms.example", **about: Any) -> Any:
    """Return a good description."""
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/auth",
        "token_endpoint": f"{base}/token",
        "jwks_uri": f"{base}/keys",
        "registration_endpoint": f"{base}/register",
        PLATFORM_CONFIGURATION: {"product_family_code": family, **about},
    }


def untrusted(changes: dict[str, str], url: str = URL, **given: str) -> str | None:
    """Return the member that is not trusted, or None."""
    try:
        check_trust(read_configuration(document(**given) | changes), url)
    except ConfigurationUntrusted as error:
        return str(error)
    return None


def test_everything_that_is_used_survives_being_stored() -> None:
    read = read_configuration(
        document(
            "canvas",
            version="1",
            messages_supported=[{"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]}],
            **{
                f"{CANVAS.extension}account_name": "Example University",
                f"{CANVAS.extension}account_domain": "Learn.Example.org",
            },
        )
        | {"scopes_supported": ["a", "b"], "authorization_server": "lms.example"}
    )
    assert PlatformConfiguration.from_json(json.loads(json.dumps(read.to_json()))) == read
    assert (read.label, read.frame_origin) == ("Example University", "https://learn.example.org")
    assert (read.product, read.family) == ("Canvas 1", Family.CANVAS)
    assert read.messages == {"LtiDeepLinkingRequest": ("ContentArea",)}
    assert read.scopes == ("a", "b")
    assert read.audience is None


def test_an_audience_is_taken_as_it_is_or_not_at_all() -> None:
    for given, expected in (
        ("https://lms.example/oauth", "https://lms.example/oauth"),
        (" x", None),
        ("x" * 1001, None),
        (7, None),
    ):
        assert read_configuration(document() | {"authorization_server": given}).audience == expected


def test_names_are_cleaned_and_cut_and_odd_ones_left_out() -> None:
    read = read_configuration(document(" exa\x00mple\u202e ", version="v" * 500))
    assert read.product == f"exa mple {'v' * 100}"
    assert read_configuration(document(version=["x"])).product == "example"
    host = f"{CANVAS.extension}account_domain"
    for odd in ("a b", "a;b", "https://x", "a/b", "-", 7, "x" * 300 + ";"):
        about: dict[str, Any] = {host: odd}
        assert read_configuration(document("canvas", **about)).frame_origin is None


def test_lists_hold_only_names_that_machines_use() -> None:
    mixed = ["a", 1, None, "b c", "\ud800", "", "x" * 2000]
    read = read_configuration(document() | {"scopes_supported": mixed})
    assert read.scopes == ("a",)


@pytest.mark.parametrize(
    "odd", [None, 7, [], "x", {}, {PLATFORM_CONFIGURATION: []}, document() | {"issuer": None}]
)
def test_what_is_no_description_is_a_value_error(odd: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_configuration(odd)


@rule("R-7.2")
def test_an_lms_speaks_for_its_own_origin_only() -> None:
    assert untrusted({}) is None
    assert untrusted({"token_endpoint": "https://lms.example/token?a=b"}) is None
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        for odd in (
            "https://evil.example/x",
            "https://sub.lms.example/x",
            "https://lms.example.evil.example/x",
            "https://lms.example:8443/x",
            "http://lms.example/x",
            "https://lms.example@evil.example/x",
            "https://lms.example\\@evil.example/x",
            "https://lms.example/x#y",
            "/x",
        ):
            assert untrusted({name: odd}) == name, odd
    assert untrusted({}, url="https://evil.example/") == "issuer"
    for odd in ("https://lms.example?a", "https://lms.example#a", "lms.example", "https:///x"):
        assert untrusted({"issuer": odd}) == "issuer"
    assert untrusted({"issuer": "https://lms.example/" + "a" * 250}) == "issuer"


@rule("R-7.2")
def test_a_vendor_of_many_customers_may_use_all_of_its_hosts_and_no_others() -> None:
    good = {
        "issuer": SHARED,
        "authorization_endpoint": f"{SIGN_IN}/auth",
        "token_endpoint": f"{SCHOOL}/token",
        "jwks_uri": f"{SIGN_IN}/keys",
        "registration_endpoint": f"{SCHOOL}/register",
    }
    for url in (f"{SIGN_IN}/c?registration_token=x", f"{SCHOOL}/c", f"{SHARED}/c"):
        assert untrusted(good, url, family="canvas") is None
    own_domain = CANVAS.known_hosts[0].removeprefix("*.")
    for odd in (
        "https://evil.example/x",
        f"https://evil.example/{own_domain}",
        f"https://evil{own_domain}/x",
        f"https://{own_domain}.evil.example/x",
        f"{SCHOOL}:8443/x",
        f"{SCHOOL}/x".replace("https", "http"),
    ):
        assert untrusted(good | {"registration_endpoint": odd}, SIGN_IN, family="canvas") == (
            "registration_endpoint"
        ), odd
        assert untrusted(good, odd, family="canvas") == "issuer"
    # Another product may not borrow the vendor's hosts, nor its issuer.
    assert untrusted(good, SIGN_IN, family="moodle") == "issuer"
    assert untrusted({"token_endpoint": f"{SCHOOL}/token"}, family="canvas") == "token_endpoint"
