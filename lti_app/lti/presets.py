"""Where the products have the addresses that a registration by hand needs (lti-rules.md R-7.9)."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from urllib.parse import urlsplit

from lti_app.domain.launch import Family
from lti_app.lti.addresses import origin
from lti_app.lti.quirks import QUIRKS


class Preset(StrEnum):
    """What somebody can say their LMS is."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    CANVAS_BETA = "canvas_beta"
    CANVAS_TEST = "canvas_test"
    CANVAS_OWN = "canvas_own"
    OTHER = "other"


@dataclass(frozen=True)
class Addresses:
    """What an LMS's issuer and addresses probably are; empty where nothing is known."""

    family: Family
    issuer: str = ""
    auth_url: str = ""
    token_url: str = ""
    jwks_url: str = ""


#: Hosted Canvas: one issuer and one sign-in host for all schools, apart for its trial copies.
_HOSTED = dict(
    zip(
        (Preset.CANVAS, Preset.CANVAS_BETA, Preset.CANVAS_TEST),
        zip(
            QUIRKS[Family.CANVAS].shared_issuers,
            (host for host in QUIRKS[Family.CANVAS].known_hosts if host.startswith("sso.")),
            strict=True,
        ),
        strict=True,
    )
)


#: Words that follow the address of a Moodle in the addresses of its pages.
_MOODLE_PAGES = frozenset("admin auth course grade login mod my user".split())


def needs_site(preset: Preset) -> bool:
    """Tell whether the LMS's own address has to be known."""
    return preset is not Preset.OTHER


def site_of(preset: Preset, typed: str) -> str | None:
    """Return the address of an LMS as somebody copies it from a browser, or None if it is none.

    A Moodle may be below a path, which stays; what leads to one of its pages does not.
    """
    typed = typed.strip()
    if typed and "://" not in typed:
        typed = f"https://{typed}"
    if origin(typed) is None:
        return None
    parts = urlsplit(typed)
    words = parts.path.strip("/").split("/") if preset is Preset.MOODLE else []
    kept = list(takewhile(lambda word: word not in _MOODLE_PAGES and "." not in word, words))
    return "/".join([f"{parts.scheme}://{parts.netloc}", *filter(None, kept)])


def addresses(preset: Preset, site: str) -> Addresses:
    """Return what a product's addresses are at a site.

    Args:
        preset: the product.
        site: as `site_of` returned it; of hosted Canvas the school's own address.
    """
    if preset is Preset.MOODLE:
        service = f"{site}/mod/lti"
        return Addresses(
            Family.MOODLE,
            site,
            f"{service}/auth.php",
            f"{service}/token.php",
            f"{service}/certs.php",
        )
    if preset in _HOSTED:
        issuer, host = _HOSTED[preset]
        return _canvas(issuer, f"https://{host}", site)
    if preset is Preset.CANVAS_OWN:
        return _canvas(site, site, site)
    return Addresses(Family.OTHER)


def _canvas(issuer: str, sign_in: str, site: str) -> Addresses:
    return Addresses(
        Family.CANVAS,
        issuer,
        f"{sign_in}/api/lti/authorize_redirect",
        f"{site}/login/oauth2/token",
        f"{sign_in}/api/lti/security/jwks",
    )
