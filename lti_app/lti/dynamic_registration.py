"""Registering the tool in an LMS by a message instead of by hand (LTI Dynamic Registration 1.0).

The library has a helper for this; it knows no deadline, follows redirects, believes any endpoint,
and asserts where people need a sentence. So only the documents are as it has them, and the calls
are made here.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeGuard

from lti_app.lti.http import HttpClient, Response
from lti_app.lti.platform_configuration import PlatformConfiguration, is_plain
from lti_app.lti.tool import TOOL_CONFIGURATION

_LONGEST_ID = 255
_LONGEST_WORDS = 200
#: Members in which LMSs say what was wrong, the most telling first.
_EXPLAINING: Final = ("error_description", "errorMessage", "message", "errors", "error")


class RegistrationFailed(Exception):
    """The LMS did not register the tool, as far as one can tell.

    Attributes:
        code: `lms_refused`: it said no. `lms_answer`: it said yes, but not as what. The entry may
            exist there.
        status: of its answer.
        words: its own, short, after the number of its answer.
    """

    def __init__(self, code: str, status: int, words: str = "") -> None:
        self.code = code
        self.status = status
        self.words = f"{status} {words}".strip()
        super().__init__(f"{code} ({status})")


@dataclass(frozen=True)
class RegisteredTool:
    """What an LMS made of a registration.

    Attributes:
        client_id: what it calls us.
        deployment_id: of its installation; None where there is none yet.
        scopes: those that it confirms; None where it does not say. It may claim too much, so what
            counts is what it grants later.
    """

    client_id: str
    deployment_id: str | None = None
    scopes: tuple[str, ...] | None = None


def register(
    client: HttpClient,
    url: str,
    token: str | None,
    document: dict[str, object],
    *,
    deadline: float,
) -> RegisteredTool:
    """Post the tool's description to an LMS.

    Args:
        client: makes the call.
        url: the registration endpoint.
        token: the registration token, or None where the LMS gave none.
        document: of `tool.registration_document`.
        deadline: seconds for the whole call.

    Raises:
        HttpFailure: no answer; the LMS may have registered the tool.
        RegistrationFailed: it said no, or something that makes no sense.
    """
    headers = _headers(token) | {"Content-Type": "application/json"}
    answer = client.post(url, json.dumps(document).encode(), headers, deadline)
    if not 200 <= answer.status < 300:
        raise RegistrationFailed("lms_refused", answer.status, words_of(answer.body))
    found = _read(answer)
    if found is None:
        raise RegistrationFailed("lms_answer", answer.status, words_of(answer.body))
    return found


def find_registered(
    client: HttpClient, url: str, token: str | None, *, deadline: float
) -> RegisteredTool | None:
    """Return what the LMS holds already under a registration token, or None if it is for a new one.

    Moodle answers like this to the token of an update.

    Args:
        client: makes the call.
        url: the registration endpoint.
        token: the registration token.
        deadline: seconds for the whole call.

    Raises:
        HttpFailure: no answer.
    """
    if token is None:
        return None
    answer = client.get(url, _headers(token), deadline)
    return _read(answer) if answer.status == 200 else None


def confirmed_scopes(asked: Collection[str], answered: RegisteredTool) -> tuple[str, ...]:
    """Return what was asked for and not refused."""
    if answered.scopes is None:
        return tuple(asked)
    return tuple(scope for scope in asked if scope in answered.scopes)


def wanted_scopes(wanted: Collection[str], configuration: PlatformConfiguration) -> tuple[str, ...]:
    """Return those of the scopes that the LMS knows; all of them where it does not say."""
    known = configuration.scopes
    return tuple(scope for scope in wanted if known is None or scope in known)


def words_of(body: bytes) -> str:
    """Return what an LMS says in an error, as one short line; empty for a whole page of HTML."""
    text = body[:4000].decode(errors="replace").strip()
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        told = [document[name] for name in _EXPLAINING if document.get(name)]
        text = _flat(told[0]) if told else ""
    elif "<" in text:
        return ""
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(shown.split())[:_LONGEST_WORDS]


def _flat(told: object, depth: int = 3) -> str:
    """Return the words in a value of any shape, without brackets, and nothing that lies deep."""
    if isinstance(told, dict | list) and not depth:
        return "…"
    if isinstance(told, dict):
        pairs = list(told.items())[:10]
        return "; ".join(f"{name}: {_flat(value, depth - 1)}" for name, value in pairs)
    if isinstance(told, list):
        return "; ".join(_flat(one, depth - 1) for one in told[:10])
    return str(told)[:_LONGEST_WORDS]


def _read(answer: Response) -> RegisteredTool | None:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if not _is_id(client_id):
        return None
    configuration = document.get(TOOL_CONFIGURATION)
    deployment_id = configuration.get("deployment_id") if isinstance(configuration, dict) else None
    scope = document.get("scope")
    return RegisteredTool(
        client_id=client_id,
        deployment_id=deployment_id if _is_id(deployment_id) else None,
        scopes=tuple(scope.split()) if isinstance(scope, str) else None,
    )


def _is_id(value: object) -> TypeGuard[str]:
    return is_plain(value) and len(value) <= _LONGEST_ID


def _headers(token: str | None) -> dict[str, str]:
    headers = {"Accept": "application/json"}
    return headers if token is None else headers | {"Authorization": f"Bearer {token}"}
