"""Where the products have their addresses, from what somebody copies out of a browser."""

import pytest

from lti_app.lti.presets import Addresses, Preset, addresses, needs_site, site_of

MOODLE = "https://moodle.example.org"


@pytest.mark.parametrize(
    ("typed", "site"),
    [
        (MOODLE, MOODLE),
        (f" {MOODLE}/ ", MOODLE),
        ("moodle.example.org", MOODLE),
        (f"{MOODLE}/my/", MOODLE),
        (f"{MOODLE}/login/index.php", MOODLE),
        (f"{MOODLE}/course/view.php?id=3#section-1", MOODLE),
        (f"{MOODLE}/index.php", MOODLE),
        (f"{MOODLE}/learning/course/view.php?id=3", f"{MOODLE}/learning"),
        (f"{MOODLE}/learning/", f"{MOODLE}/learning"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("", None),
        ("mailto:somebody", None),
        ("ftp://moodle.example.org", None),
        ("https://user@moodle.example.org", None),
        ("https://moodle example.org", None),
    ],
)
def test_a_moodle_is_known_by_any_of_its_pages(typed: str, site: str | None) -> None:
    assert site_of(Preset.MOODLE, typed) == site


def test_a_canvas_is_known_by_its_host() -> None:
    typed = "https://school.instructure.com/courses/7/pages/start"
    assert site_of(Preset.CANVAS, typed) == "https://school.instructure.com"


def test_moodle_has_everything_below_its_own_address() -> None:
    found = addresses(Preset.MOODLE, f"{MOODLE}/learning")
    assert found.issuer == f"{MOODLE}/learning"
    assert found.auth_url == f"{MOODLE}/learning/mod/lti/auth.php"
    assert found.token_url == f"{MOODLE}/learning/mod/lti/token.php"
    assert found.jwks_url == f"{MOODLE}/learning/mod/lti/certs.php"
    assert found.family == "moodle"


@pytest.mark.parametrize(
    ("preset", "issuer", "host"),
    [
        (Preset.CANVAS, "https://canvas.instructure.com", "sso.canvaslms.com"),
        (Preset.CANVAS_BETA, "https://canvas.beta.instructure.com", "sso.beta.canvaslms.com"),
        (Preset.CANVAS_TEST, "https://canvas.test.instructure.com", "sso.test.canvaslms.com"),
    ],
)
def test_hosted_canvas_has_one_issuer_for_all_schools_and_tokens_at_the_school(
    preset: Preset, issuer: str, host: str
) -> None:
    found = addresses(preset, "https://school.instructure.com")
    assert found.issuer == issuer
    assert found.auth_url == f"https://{host}/api/lti/authorize_redirect"
    assert found.jwks_url == f"https://{host}/api/lti/security/jwks"
    assert found.token_url == "https://school.instructure.com/login/oauth2/token"
    assert found.family == "canvas"


def test_canvas_of_ones_own_has_everything_itself() -> None:
    site = "https://canvas.example.org"
    found = addresses(Preset.CANVAS_OWN, site)
    assert {found.issuer, *(url[: len(site)] for url in (found.auth_url, found.jwks_url))} == {site}


def test_of_another_lms_nothing_is_known_and_nothing_is_asked() -> None:
    assert addresses(Preset.OTHER, "") == Addresses(addresses(Preset.OTHER, "").family)
    assert [preset for preset in Preset if not needs_site(preset)] == [Preset.OTHER]
