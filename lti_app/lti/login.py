"""The first step of a launch: what the LMS asks, and where the browser is sent with what."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from unicodedata import category

from lti_app.domain.errors import MalformedRequest
from lti_app.lti.addresses import add_to_query

_LONGEST = 2000
_LONGEST_HINT = 8000
_LONGEST_DEPLOYMENT = 255
#: A frame beside ours by its name; `_parent` is the one around ours, other such words mean windows.
_FRAME = re.compile(r"_parent|[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class LoginRequest:
    """A login initiation, of the right form; nothing in it is proven yet.

    Attributes:
        issuer: who the LMS says it is.
        login_hint: to be handed back unchanged.
        target_link_uri: where the LMS wants to end up; the signed claim counts, not this.
        message_hint: to be handed back byte for byte, or None if there was none.
        client_id: which registration of the issuer, or None.
        deployment_id: which installation; the token must then say the same.
        storage_target: the frame through which the LMS keeps values for tools (lti-rules.md R-8.2);
            None where it does not, or names something that cannot be a frame.
    """

    issuer: str
    login_hint: str
    target_link_uri: str
    message_hint: str | None = None
    client_id: str | None = None
    deployment_id: str | None = None
    storage_target: str | None = None


def parse_login(parameters: Mapping[str, Sequence[str]]) -> LoginRequest:
    """Read a login initiation, from a query or a form alike (lti-rules.md R-1.1, R-1.2).

    Args:
        parameters: every value of every parameter.

    Raises:
        MalformedRequest: something is missing, blank, repeated, too long or unprintable.
    """
    return LoginRequest(
        issuer=_required(parameters, "iss"),
        login_hint=_required(parameters, "login_hint"),
        target_link_uri=_required(parameters, "target_link_uri"),
        message_hint=_single(parameters, "lti_message_hint", _LONGEST_HINT),
        client_id=_single(parameters, "client_id") or None,
        deployment_id=_deployment_id(parameters),
        storage_target=_storage_target(parameters),
    )


def authorization_url(
    auth_url: str,
    *,
    client_id: str,
    redirect_uri: str,
    login_hint: str,
    message_hint: str | None,
    nonce: str,
    state: str,
) -> str:
    """Return the address at the LMS that the browser goes to next.

    Args:
        auth_url: the registered address, whose own query is kept (lti-rules.md R-1.7).
        client_id: ours at this LMS.
        redirect_uri: exactly as registered.
        login_hint: from the login request.
        message_hint: from the login request.
        nonce: comes back inside the signed token.
        state: comes back beside it.
    """
    parameters = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "login_hint": login_hint,
        "nonce": nonce,
        "state": state,
    }
    if message_hint is not None:
        parameters["lti_message_hint"] = message_hint
    return add_to_query(auth_url, parameters)


def _storage_target(parameters: Mapping[str, Sequence[str]]) -> str | None:
    """Return the frame to talk to; an odd name costs the storage only, and not the launch."""
    given = _single(parameters, "lti_storage_target") or ""
    return given if _FRAME.fullmatch(given) else None


def _deployment_id(parameters: Mapping[str, Sequence[str]]) -> str | None:
    """Return the deployment under either of its names; Canvas uses both."""
    names = ("lti_deployment_id", "deployment_id")
    given = {value for name in names if (value := _single(parameters, name, _LONGEST_DEPLOYMENT))}
    if len(given) > 1:
        raise MalformedRequest(detail="two different deployments")
    return given.pop() if given else None


def _required(parameters: Mapping[str, Sequence[str]], name: str) -> str:
    value = _single(parameters, name)
    if value is None or not value.strip():
        raise MalformedRequest(detail=f"{name} is missing or blank")
    return value


def _single(
    parameters: Mapping[str, Sequence[str]], name: str, longest: int = _LONGEST
) -> str | None:
    values = parameters.get(name, ())
    if len(values) > 1:
        raise MalformedRequest(detail=f"{name} is repeated")
    if not values:
        return None
    value = values[0]
    # No character takes less than a byte, so a long text need not be encoded to be found too long.
    if len(value) > longest or len(value.encode(errors="surrogatepass")) > longest:
        raise MalformedRequest(detail=f"{name} is too long")
    if any(category(character) in {"Cc", "Cs"} for character in value):
        raise MalformedRequest(detail=f"{name} holds control characters")
    return value
