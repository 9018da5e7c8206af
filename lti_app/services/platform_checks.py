"""Checks of everything between the tool and an LMS, as a list that says what is wrong.

`check_words` has the sentences. Each check is on its own: one that fails hides no other, and what
could not be looked at is said to be so. No transaction is open while anything is called.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome
from lti_app.lti import probes
from lti_app.lti.http import HttpFailure, Response
from lti_app.lti.keys import load_key
from lti_app.lti.probes import Granted, Service
from lti_app.lti.scores import SCOPE_SCORE, check_service_url
from lti_app.lti.tokens import IssuedToken, TokenRefused, request_token
from lti_app.lti.tool import SCOPES, Tool
from lti_app.services import signing_keys
from lti_app.services.runtime import Runtime
from lti_app.store import checks as store
from lti_app.store.encryption import UnreadableSecret
from lti_app.store.registrations import Registration, list_deployments
from lti_app.store.session import db, transaction

#: Of one call; and of all of them where nobody says otherwise.
_LONGEST_CALL, _SHORTEST_CALL = 8.0, 1.0
_SECONDS = 60.0
#: A launch allows a minute either way; what is nearer to it than this is worth a word.
_CLOCK_SECONDS, _CLOCK_WARNING_SECONDS = 60, 10
_UNAUTHORISED, _FAILING = 401, 500


class State(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    FAULT = "fault"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One line of the list.

    Attributes:
        code: what was found; `check_words` has a sentence for it.
        values: that the sentence names: addresses, numbers, scopes; never words of people.
    """

    code: str
    state: State
    values: dict[str, str | int] = field(default_factory=dict)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Subject:
    """An LMS to look at, read in one go."""

    registration: Registration
    deployments: dict[str, str]
    service: Service | None


class _Clock:
    """What is left of the time for all calls."""

    def __init__(self, seconds: float) -> None:
        self._ends_at = monotonic() + seconds

    def deadline(self) -> float:
        """Return how long the next call may take."""
        return min(_LONGEST_CALL, self._ends_at - monotonic())

    def is_over(self) -> bool:
        """Tell whether too little is left to blame anybody for not answering in it."""
        return self.deadline() < _SHORTEST_CALL


def check_tool(runtime: Runtime, *, seconds: float = _SECONDS) -> list[Finding]:
    """Look at the tool from outside: its address and its keys.

    To be called outside transactions.

    Args:
        runtime: of this process.
        seconds: for all calls together.
    """
    public_url = runtime.settings.public_url
    is_local = public_url.startswith("http:")
    address = Finding(
        "address_local" if is_local else "address_public",
        State.WARNING if is_local else State.GOOD,
        {"address": public_url},
    )
    return [address, _own_keys(runtime, _Clock(seconds))]


def check_platform(
    runtime: Runtime, registration_id: UUID, *, seconds: float = _SECONDS
) -> list[Finding]:
    """Look at everything between the tool and one LMS.

    To be called outside transactions.

    Args:
        runtime: of this process.
        registration_id: of the LMS.
        seconds: for all calls together; what is not reached by then is said to be unknown.
    """
    with transaction(runtime.database, read_only=True):
        subject = _read(registration_id)
    clock = _Clock(seconds)
    found = [_switch(subject), _deployments(subject)]
    for look in (_frame, _keys, _services):
        if clock.is_over():
            found.append(Finding("out_of_time", State.UNKNOWN))
            break
        found += look(runtime, subject, clock)
    return found


def _read(registration_id: UUID) -> _Subject:
    registration = db().get_one(Registration, registration_id)
    deployments = {one.deployment_id: one.status for one in list_deployments(registration_id)}
    return _Subject(registration, deployments, _known_service(registration))


def _known_service(registration: Registration) -> Service | None:
    """Return a service that a launch has named, on the LMS's own hosts (R-4.4), or None."""
    endpoints = (registration.token_url, registration.auth_url)
    for url, service in (
        (store.latest_columns_url(registration.id), probes.column_service),
        (store.latest_roster_url(registration.id), probes.roster_service),
    ):
        if url and check_service_url(url, endpoints):
            return service(url)
    return None


def _own_keys(runtime: Runtime, clock: _Clock) -> Finding:
    tool = Tool(runtime.settings.public_url)
    values: dict[str, str | int] = {"address": tool.keys_url}
    with transaction(runtime.database, read_only=True):
        published = {key["kid"] for key in signing_keys.published()}
    if not published:
        return Finding("no_signing_key", State.FAULT)
    try:
        seen = probes.own_keys(runtime.client, tool, deadline=clock.deadline())
    except HttpFailure as failure:
        is_ours = failure.kind == "refused"
        code = "own_private" if is_ours else "own_unreachable"
        return Finding(code, State.UNKNOWN if is_ours else State.FAULT, values)
    except ValueError:
        return Finding("own_odd", State.FAULT, values)
    is_current = published <= seen
    return Finding(
        "own_keys" if is_current else "own_other", State.GOOD if is_current else State.FAULT, values
    )


def _switch(subject: _Subject) -> Finding:
    if subject.registration.is_active:
        return Finding("registration_on", State.GOOD)
    return Finding("registration_off", State.FAULT)


def _deployments(subject: _Subject) -> Finding:
    states = list(subject.deployments.values())
    for status, code, state in (
        ("pending", "deployment_pending", State.WARNING),
        ("active", "deployment_active", State.GOOD),
        ("blocked", "deployment_blocked", State.FAULT),
    ):
        if status in states:
            return Finding(code, state, {"count": states.count(status)})
    return Finding("deployment_none", State.WARNING)


def _frame(runtime: Runtime, subject: _Subject, clock: _Clock) -> Iterator[Finding]:
    """Look at what arrives of a login: the frame and its cookies depend on it."""
    registration, tool = subject.registration, Tool(runtime.settings.public_url)
    if registration.issuer.startswith("https:") and tool.public_url.startswith("http:"):
        yield Finding("frame_mixed", State.FAULT)
    try:
        answer = probes.begin_login(
            runtime.client,
            tool,
            registration.issuer,
            registration.client_id,
            deadline=clock.deadline(),
        )
    except HttpFailure:
        yield Finding("login_unknown", State.UNKNOWN)
        return
    if answer.status != 303:
        if registration.is_active:
            yield Finding("login_odd", State.FAULT, {"status": answer.status})
        return
    yield _told(probes.may_be_framed, answer, "frame_allowed", "frame_forbidden")
    yield _told(probes.keeps_cookies, answer, "cookies_kept", "cookies_changed")


def _told(test: Callable[[Response], bool], answer: Response, good: str, fault: str) -> Finding:
    return Finding(good, State.GOOD) if test(answer) else Finding(fault, State.FAULT)


def _keys(runtime: Runtime, subject: _Subject, clock: _Clock) -> Iterator[Finding]:
    url = subject.registration.jwks_url
    values: dict[str, str | int] = {"address": url}
    try:
        seen = probes.look_at_keys(runtime.client, url, real_now(), deadline=clock.deadline())
    except HttpFailure as failure:
        code = "address_refused" if failure.kind == "refused" else "keys_unreachable"
        yield Finding(code, State.FAULT, values)
        return
    if not seen.count:
        is_failing = seen.status >= _FAILING
        code = "lms_failing" if is_failing else "keys_odd"
        yield Finding(code, State.FAULT, {**values, "status": seen.status})
        return
    yield Finding("keys_found", State.GOOD, values)
    yield _clock(seen.seconds_ahead)


def _clock(seconds: int | None) -> Finding:
    if seconds is None:
        return Finding("clock_unknown", State.UNKNOWN)
    if abs(seconds) <= _CLOCK_WARNING_SECONDS:
        return Finding("clock_right", State.GOOD)
    state = State.FAULT if abs(seconds) > _CLOCK_SECONDS else State.WARNING
    code = "clock_ahead" if seconds > 0 else "clock_behind"
    return Finding(code, state, {"seconds": abs(seconds)})


def _services(runtime: Runtime, subject: _Subject, clock: _Clock) -> Iterator[Finding]:
    """Ask for a token, see what it is good for, and use it."""
    try:
        granted = _granted(runtime, subject, clock)
    except TokenRefused as refused:
        values: dict[str, str | int] = {
            "address": subject.registration.token_url,
            "status": refused.status or 0,
        }
        is_failing = (refused.status or 0) >= _FAILING
        unnamed = "lms_failing" if is_failing else "token_unavailable"
        yield Finding(_TOKEN_CODES.get(refused.reason, unnamed), State.FAULT, values)
        return
    yield Finding("token_issued", State.GOOD)
    missing = tuple(scope for scope in SCOPES if scope not in granted.scopes)
    if missing:
        state = State.FAULT if SCOPE_SCORE in missing else State.WARNING
        yield Finding("scopes_missing", state, scopes=missing)
    else:
        yield Finding("scopes_granted", State.GOOD)
    yield _service(runtime, subject.service, granted, clock)


#: Why there is no token → what the list says; anything else is `token_unavailable`, or the LMS's.
_TOKEN_CODES = {
    "address_refused": "address_refused",
    "token_connection": "token_unreachable",
    "token_timeout": "token_unreachable",
    "token_after_send": "token_unreachable",
    "client_unknown": "client_unknown",
    "keys_unreachable": "lms_lacks_keys",
    "token_refused": "token_refused",
    "scope_missing": "scopes_none",
    "no_signing_key": "no_signing_key",
}


def _granted(runtime: Runtime, subject: _Subject, clock: _Clock) -> Granted:
    registration = subject.registration
    with transaction(runtime.database, read_only=True):
        try:
            key = signing_keys.current(runtime.cipher)
        except (LookupError, UnreadableSecret) as error:
            raise TokenRefused(Outcome.CONFIGURATION, "no_signing_key") from error
    names = list(subject.deployments)

    def ask(scopes: frozenset[str]) -> IssuedToken:
        return request_token(
            runtime.client,
            token_url=registration.token_url,
            audience=registration.token_audience,
            client_id=registration.client_id,
            deployment_id=names[0] if len(names) == 1 else None,
            scopes=scopes,
            needed=(),
            key=load_key(key.private_jwk),
            kid=key.kid,
            now=real_now(),
            deadline=clock.deadline(),
        )

    return probes.ask_for_scopes(ask, SCOPES)


def _service(runtime: Runtime, service: Service | None, granted: Granted, clock: _Clock) -> Finding:
    if service is None or not service.scopes & granted.scopes:
        return Finding("service_unknown", State.UNKNOWN)
    try:
        status = probes.ask_service(
            runtime.client, granted.token, service, deadline=clock.deadline()
        )
    except HttpFailure:
        return Finding("service_unreachable", State.FAULT)
    if status == _UNAUTHORISED:
        return Finding("authorization_stripped", State.FAULT)
    if status >= _FAILING:
        return Finding("lms_failing", State.FAULT, {"status": status, "address": service.url})
    if not 200 <= status < 300:
        return Finding("service_odd", State.WARNING, {"status": status})
    return Finding("service_answers", State.GOOD)
