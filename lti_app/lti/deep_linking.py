"""Deep linking: what an LMS asks for when an author adds links to a course."""

from collections.abc import Mapping

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import DeepLinkSettings
from lti_app.lti.addresses import origin
from lti_app.lti.claims import DEEP_LINKING_SETTINGS as SETTINGS
from lti_app.lti.claims import OptionalClaims

#: The one type of content that we send (lti-rules.md R-3.7).
LINK_TYPE = "ltiResourceLink"
_CODE = "deep_linking"
_LONGEST_TITLE = 255


def read_settings(
    claims: Mapping[str, object], optional: OptionalClaims, *, allows_http: bool = False
) -> DeepLinkSettings:
    """Return what a request for links asks for (lti-rules.md R-3.3 to R-3.5).

    Args:
        claims: of the verified message.
        optional: reads what may be missing.
        allows_http: the answer may be sent to an address that is not https.

    Raises:
        LaunchRefused: a required setting is missing or of the wrong form, or the answer would go
            to an address that nothing may be sent to.
    """
    given = claims.get(SETTINGS)
    if not isinstance(given, dict):
        raise LaunchRefused(_CODE, "no settings")
    data = given.get("data")
    if data is not None and not isinstance(data, str):
        # Without it the LMS would not take the answer, so there is no use in going on.
        raise LaunchRefused(_CODE, "data is not a text")
    _texts(given, "accept_presentation_document_targets")
    return DeepLinkSettings(
        return_url=_return_url(given, allows_http=allows_http),
        accepts_links=LINK_TYPE in _texts(given, "accept_types"),
        accepts_multiple=optional.flag(SETTINGS, "accept_multiple") or False,
        accepts_line_items=optional.flag(SETTINGS, "accept_lineitem"),
        title=optional.text(SETTINGS, "title", _LONGEST_TITLE),
        data=data,
    )


def _return_url(given: Mapping[str, object], *, allows_http: bool) -> str:
    value = given.get("deep_link_return_url")
    found = origin(value) if isinstance(value, str) else None
    if not isinstance(value, str) or found is None:
        raise LaunchRefused(_CODE, "no usable return address")
    if found[0] != "https" and not allows_http:
        raise LaunchRefused(_CODE, "the return address is not https")
    return value


def _texts(given: Mapping[str, object], name: str) -> list[str]:
    values = given.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise LaunchRefused(_CODE, f"{name} is no list of texts")
    return values
