"""What the tool says of itself to an LMS: one description, in the forms in which LMSs take it.

An LMS that registers by itself gets `registration_document`, Canvas by hand `canvas_document`, and
somebody who types reads the values off a page. All of them come from here, so they cannot differ.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lti_app.domain.launch import Family, MessageType
from lti_app.lti.addresses import LAUNCH_PATH
from lti_app.lti.line_items import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.rosters import SCOPE_ROSTER
from lti_app.lti.scores import SCOPE_RESULT, SCOPE_SCORE

NAME: Final = "Throughline"
DESCRIPTION: Final = "Mentoring and coaching that follow a course, graded in its gradebook."
#: Everything that the tool asks an LMS for (lti-rules.md R-7.7). Some LMSs want the right to read
#: columns asked for beside the right to write them (R-4.9).
SCOPES: Final = (
    SCOPE_SCORE,
    SCOPE_RESULT,
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    SCOPE_ROSTER,
)
#: Where a copied course comes from, and the dates of a link (R-6.4). An LMS that does not know a
#: variable hands its name through, which counts as nothing (R-1.35).
CUSTOM: Final[Mapping[str, str]] = {
    "ctx_history": "$Context.id.history",
    "rl_start": "$ResourceLink.available.startDateTime",
    "rl_end": "$ResourceLink.available.endDateTime",
    "sub_end": "$ResourceLink.submission.endDateTime",
}
TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"

_CLAIMS = ("iss", "sub", "locale")
_IDENTITY_CLAIMS = ("name", "given_name", "family_name", "email")
#: The place from which an instructor adds something to a course.
_CONTENT_AREA = "ContentArea"
#: Message → the places from which an LMS may send it. A launch needs none: it comes from a link.
_PLACEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "LtiDeepLinkingRequest": (_CONTENT_AREA,),
    "LtiResourceLinkRequest": (),
}
_CANVAS_PLACEMENTS: Final = ("assignment_selection", "link_selection")


@dataclass(frozen=True)
class Tool:
    """The tool at its public address.

    Attributes:
        public_url: scheme, host and port, without a slash at the end.
    """

    public_url: str

    @property
    def login_url(self) -> str:
        """Return where an LMS begins a launch."""
        return f"{self.public_url}/lti/login"

    @property
    def launch_url(self) -> str:
        """Return what links point at, and where an LMS posts its answer (R-1.5)."""
        return self.public_url + LAUNCH_PATH

    @property
    def keys_url(self) -> str:
        """Return where the tool's public keys are."""
        return f"{self.public_url}/lti/jwks.json"

    @property
    def setup_url(self) -> str:
        """Return the page with every value to enter by hand."""
        return f"{self.public_url}/lti/setup"

    @property
    def canvas_url(self) -> str:
        """Return the configuration that Canvas fetches."""
        return f"{self.public_url}/lti/canvas.json"

    @property
    def icon_url(self) -> str:
        """Return the tool's sign."""
        return f"{self.public_url}/static/throughline.svg"

    @property
    def domain(self) -> str:
        """Return host and port: by them an LMS knows which links are the tool's."""
        return urlsplit(self.public_url).netloc


def registration_document(
    tool: Tool,
    family: Family,
    scopes: Collection[str],
    messages: Mapping[str, Collection[str]],
    *,
    asks_identity: bool,
) -> dict[str, object]:
    """Return what the tool posts to register itself (R-7.7).

    Args:
        tool: where it is.
        family: of the LMS.
        scopes: what is asked for; some LMSs refuse the whole for one scope that they do not know.
        messages: what the LMS sends, with the places from which it does; empty if it did not say.
        asks_identity: ask for people's names and addresses.
    """
    extension = QUIRKS[family].extension
    configuration: dict[str, object] = {
        "domain": tool.domain,
        "description": DESCRIPTION,
        "target_link_uri": tool.launch_url,
        "custom_parameters": dict(CUSTOM),
        "claims": [*_CLAIMS, *(_IDENTITY_CLAIMS if asks_identity else ())],
        "messages": [
            _message(tool, name, placements)
            for name, placements in announced(family, messages).items()
        ],
    }
    if extension:
        configuration[f"{extension}privacy_level"] = "public" if asks_identity else "anonymous"
        configuration[f"{extension}tool_id"] = NAME.lower()
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": tool.login_url,
        "redirect_uris": [tool.launch_url],
        "client_name": NAME,
        "client_uri": tool.setup_url,
        "jwks_uri": tool.keys_url,
        "logo_uri": tool.icon_url,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(scopes),
        TOOL_CONFIGURATION: configuration,
    }


def announced(
    family: Family, messages: Mapping[str, Collection[str]]
) -> dict[str, tuple[str, ...]]:
    """Return the messages that the tool offers to take, with the places to send them from.

    Args:
        family: of the LMS.
        messages: what the LMS sends, with the places from which it does; empty if it did not say.
    """
    handled = [kind.value for kind in MessageType if not messages or kind.value in messages]
    if family is Family.CANVAS:
        # It puts a message without a place into the list of links, where only a picker belongs.
        handled = [name for name in handled if name != MessageType.RESOURCE_LINK]
    return {
        name: _placements(family, name, messages.get(name, ()))
        for name in handled
        if name in _PLACEMENTS
    }


def canvas_document(tool: Tool) -> dict[str, object]:
    """Return the configuration that an administrator of Canvas enters by its address (R-7.8)."""
    placements = [
        {
            "placement": placement,
            "message_type": name,
            "target_link_uri": tool.launch_url,
            "text": NAME,
            "icon_url": tool.icon_url,
            "enabled": True,
        }
        for name in announced(Family.CANVAS, {})
        for placement in _CANVAS_PLACEMENTS
    ]
    return {
        "title": NAME,
        "description": DESCRIPTION,
        "oidc_initiation_url": tool.login_url,
        "target_link_uri": tool.launch_url,
        "public_jwk_url": tool.keys_url,
        "scopes": list(SCOPES),
        "custom_fields": dict(CUSTOM),
        "extensions": [
            {
                "platform": QUIRKS[Family.CANVAS].platform_name,
                "domain": tool.domain,
                "tool_id": NAME.lower(),
                "privacy_level": "public",
                "settings": {
                    "text": NAME,
                    "icon_url": tool.icon_url,
                    "placements": placements,
                },
            }
        ],
    }


def _message(tool: Tool, name: str, placements: Sequence[str]) -> dict[str, object]:
    message: dict[str, object] = {
        "type": name,
        "target_link_uri": tool.launch_url,
        "label": NAME,
        "icon_uri": tool.icon_url,
    }
    return message | ({"placements": list(placements)} if placements else {})


def _placements(family: Family, name: str, offered: Collection[str]) -> tuple[str, ...]:
    """Return where a message may come from, in the spelling of the LMS."""
    if family is not Family.CANVAS:
        return _PLACEMENTS[name]
    # Newer editions put the vendor's address before its own names.
    extension = QUIRKS[family].extension or ""
    return tuple(
        extension + placement if extension + placement in offered else placement
        for placement in _CANVAS_PLACEMENTS
    )
