"""An LMS registers itself: what it says is fetched and shown, confirmed, posted back and kept.

Between the two pages lies a row, because nobody is known yet and a browser may keep no cookie in
the LMS's frame: a code in the page's form stands for it, once. No transaction is open while an LMS
is called, and what comes to nothing leaves nothing behind, the invite as good as before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from uuid import UUID

import structlog

from lti_app.clock import real_now
from lti_app.domain.errors import RegistrationRefused
from lti_app.domain.secrets import hash_secret, new_secret
from lti_app.lti.dynamic_registration import (
    RegisteredTool,
    RegistrationFailed,
    confirmed_scopes,
    find_registered,
    register,
    wanted_scopes,
    words_of,
)
from lti_app.lti.http import HttpFailure
from lti_app.lti.platform_configuration import (
    ConfigurationUntrusted,
    ConfigurationUnusable,
    PlatformConfiguration,
    fetch_configuration,
)
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.tool import SCOPES, Tool, announced, registration_document
from lti_app.services import invites
from lti_app.services.platforms import NewPlatform, find_faults
from lti_app.services.runtime import Runtime
from lti_app.store import invites as store
from lti_app.store.audit import record_audit
from lti_app.store.encryption import UnreadableSecret
from lti_app.store.invites import Invite, RegistrationRequest
from lti_app.store.organisations import Organisation
from lti_app.store.registrations import (
    Deployment,
    Registration,
    find_deployment,
    find_registration,
    forget_what_is_cached,
)
from lti_app.store.session import db, find_or_add, transaction

#: For how long a page may be answered; an LMS's token is good for an hour from the start.
_LIFETIME = timedelta(minutes=30)
#: All calls to an LMS that one page makes (R-4.3).
_SECONDS = 8.0
#: The LMS did not do its part. Not 502, for which proxies in front may show a page of their own.
_FAILED = 424
#: What is the matter with a call → code; everything else is `lms_unreachable`.
_CALL_CODES = {"refused": "lms_address", "too_large": "lms_configuration"}

log = structlog.get_logger()


@dataclass(frozen=True)
class Change:
    """What an update changes: which value, from what, to what."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Proposal:
    """What an administrator is asked to confirm.

    Attributes:
        code: to be sent with the answer; good for one.
        organisation: name of the one that the LMS will belong to.
        scopes: that are asked for; `missing_scopes`: that the tool could use and the LMS has not.
        messages: that the LMS will send.
        is_update: the LMS is registered already, and `changes` says what becomes different.
        asks_identity: people's names and addresses are asked for so far.
    """

    code: str
    configuration: PlatformConfiguration
    organisation: str
    scopes: tuple[str, ...]
    missing_scopes: tuple[str, ...]
    messages: tuple[str, ...]
    is_update: bool
    changes: tuple[Change, ...]
    asks_identity: bool


@dataclass(frozen=True)
class Completed:
    """A registration that was made or updated.

    Attributes:
        refused_scopes: that were asked for and not confirmed.
        has_deployment: the LMS named its installation; else the first launch does.
    """

    configuration: PlatformConfiguration
    organisation: str
    is_update: bool
    refused_scopes: tuple[str, ...]
    has_deployment: bool


class RegistrationStopped(RegistrationRefused):
    """The LMS did not do its part when it was asked to register the tool.

    Attributes:
        again: code for another try, since nothing was changed here.
    """

    status = _FAILED

    def __init__(self, code: str, configuration: PlatformConfiguration, again: str, words: str):
        self.configuration = configuration
        self.again = again
        super().__init__(code, words=words)


@dataclass(frozen=True)
class _Begun:
    """A registration under way: everything that the call to the LMS and its keeping need."""

    invite: Invite
    lease: UUID
    configuration: PlatformConfiguration
    encrypted_token: str | None


def propose(
    runtime: Runtime, invite_token: str | None, configuration_url: str, token: str | None
) -> Proposal:
    """Ask an LMS what it is, and prepare the question whether to register there.

    To be called outside transactions.

    Args:
        runtime: of this process.
        invite_token: of the invite that somebody presents.
        configuration_url: where the LMS describes itself.
        token: its registration token, if it gave one.

    Raises:
        RegistrationRefused: with the code of the reason; the invite stays as good as it was.
    """
    with transaction(runtime.database, read_only=True):
        invite = invites.open_invite(invite_token)
        bound = db().get(Registration, invite.registration_id) if invite.registration_id else None
        organisation = db().get_one(Organisation, invite.organisation_id).name
    ends_at = monotonic() + _SECONDS
    with _calling():
        configuration = _fetch(runtime, configuration_url, token, ends_at)
        held = _find_held(runtime, configuration, token, ends_at)
    with transaction(runtime.database):
        _check_fits(bound, configuration, held)
        encrypted = runtime.cipher.encrypt(token) if token else None
        code = _ask(invite.id, configuration, encrypted)
    log.info(
        "registration_proposed", family=configuration.family, organisation=invite.organisation_id
    )
    scopes = wanted_scopes(SCOPES, configuration)
    return Proposal(
        code=code,
        configuration=configuration,
        organisation=organisation,
        scopes=scopes,
        missing_scopes=tuple(scope for scope in SCOPES if scope not in scopes),
        messages=tuple(announced(configuration.family, configuration.messages)),
        is_update=bound is not None,
        changes=_changes(bound, configuration) if bound else (),
        asks_identity=bound is None or bound.asks_identity is not False,
    )


def complete(runtime: Runtime, code: str, *, asks_identity: bool) -> Completed:
    """Register the tool in the LMS, and keep the LMS.

    To be called outside transactions.

    Args:
        runtime: of this process.
        code: of the page that was confirmed.
        asks_identity: ask for people's names and addresses.

    Raises:
        RegistrationStopped: the LMS did not do its part; a new code is good for another try.
        RegistrationRefused: with the code of the reason; the invite stays as good as it was.
    """
    with transaction(runtime.database):
        begun = _begin(code)
    try:
        answered = _register(runtime, begun, asks_identity=asks_identity)
        with transaction(runtime.database):
            completed = _keep(begun, answered, asks_identity=asks_identity)
    except BaseException:
        with transaction(runtime.database):
            invites.release_invite(begun.invite.id, begun.lease)
        raise
    log.info(
        "registration_completed",
        family=begun.configuration.family,
        organisation=begun.invite.organisation_id,
        action="update" if completed.is_update else "add",
    )
    return completed


def _fetch(runtime: Runtime, url: str, token: str | None, ends_at: float) -> PlatformConfiguration:
    """Fetch what an LMS says of itself, and hold it to what would be accepted by hand."""
    found = fetch_configuration(runtime.client, url, token, deadline=ends_at - monotonic())
    faults = find_faults(
        NewPlatform(
            issuer=found.issuer,
            client_id="any",
            auth_url=found.auth_url,
            token_url=found.token_url,
            jwks_url=found.jwks_url,
            token_audience=found.audience,
        ),
        allow_private_networks=runtime.settings.allow_private_networks,
    )
    if faults:
        raise ConfigurationUntrusted(", ".join(faults))
    return found


def _find_held(
    runtime: Runtime, configuration: PlatformConfiguration, token: str | None, ends_at: float
) -> RegisteredTool | None:
    """Return what the LMS is about to change, before anything is changed; None where none is."""
    if not QUIRKS[configuration.family].registration_readable:
        return None
    left = ends_at - monotonic()
    return find_registered(runtime.client, configuration.registration_url, token, deadline=left)


def _check_fits(
    bound: Registration | None, configuration: PlatformConfiguration, held: RegisteredTool | None
) -> None:
    """Refuse an update that the invite is not for, and anything else if it is for one (R-7.3)."""
    if bound is None:
        if held and find_registration(configuration.issuer, held.client_id):
            raise RegistrationRefused("registration_known", status=409)
        return
    if bound.issuer != configuration.issuer:
        raise RegistrationRefused("registration_other", "another issuer", status=409)
    if held is None and QUIRKS[configuration.family].registration_readable:
        raise RegistrationRefused("registration_new", status=409)
    if held is not None and held.client_id != bound.client_id:
        raise RegistrationRefused("registration_other", "another client id", status=409)


def _ask(invite_id: UUID, configuration: PlatformConfiguration, encrypted: str | None) -> str:
    """Keep what was found until it is confirmed; returns the code for that."""
    code, now = new_secret(), real_now()
    store.trim_requests(invite_id, invites.MOST_REQUESTS - 1)
    db().add(
        RegistrationRequest(
            invite_id=invite_id,
            code_hash=hash_secret(code),
            configuration=configuration.to_json(),
            token=encrypted,
            created_at=now,
            expires_at=now + _LIFETIME,
        )
    )
    return code


def _begin(code: str) -> _Begun:
    """Use up a page's code, and keep the invite for the time of the call."""
    request = store.find_request(hash_secret(code))
    if request is None or real_now() >= request.expires_at:
        raise RegistrationRefused("registration_expired", "unknown" if request is None else "late")
    invite = db().get_one(Invite, request.invite_id)
    invites.check_open(invite)
    lease = invites.lease_invite(invite)
    if not store.delete_request(request.id):
        raise RegistrationRefused("registration_expired", "lost the race")
    configuration = PlatformConfiguration.from_json(request.configuration)
    return _Begun(invite, lease, configuration, request.token)


def _register(runtime: Runtime, begun: _Begun, *, asks_identity: bool) -> RegisteredTool:
    configuration = begun.configuration
    document = registration_document(
        Tool(runtime.settings.public_url),
        configuration.family,
        wanted_scopes(SCOPES, configuration),
        configuration.messages,
        asks_identity=asks_identity,
    )
    try:
        token = begun.encrypted_token and runtime.cipher.decrypt(begun.encrypted_token)
    except UnreadableSecret as error:
        raise RegistrationRefused("registration_expired", "secret key was changed") from error
    url = configuration.registration_url
    try:
        return register(runtime.client, url, token, document, deadline=_SECONDS)
    except RegistrationFailed as failed:
        log.warning("registration_stopped", code=failed.code, status=failed.status)
        raise _stopped(runtime, begun, failed.code, failed.words) from failed
    except HttpFailure as failure:
        # It may have got the message; then the entry is there, and its token is used up.
        code = "lms_unreachable" if failure.kind == "connection" else "lms_silent"
        log.warning("registration_stopped", code=code, reason=failure.kind)
        raise _stopped(runtime, begun, code, "") from failure


def _stopped(runtime: Runtime, begun: _Begun, code: str, words: str) -> RegistrationStopped:
    """Return the refusal, with a code that can be tried again."""
    with transaction(runtime.database):
        again = _ask(begun.invite.id, begun.configuration, begun.encrypted_token)
    return RegistrationStopped(code, begun.configuration, again, words)


def _keep(begun: _Begun, answered: RegisteredTool, *, asks_identity: bool) -> Completed:
    """Store what the LMS is and what it calls us, and use up the invite: all of it or nothing."""
    invite, configuration = begun.invite, begun.configuration
    invites.use_up_invite(invite.id, begun.lease)
    store.delete_requests_of(invite.id)
    registration, is_new = find_or_add(
        lambda: find_registration(configuration.issuer, answered.client_id),
        lambda: _new_registration(begun, answered.client_id),
    )
    if invite.registration_id is None and not is_new:
        raise RegistrationRefused("registration_known", status=409)
    if invite.registration_id not in {None, registration.id}:
        raise RegistrationRefused("registration_other", "another client id", status=409)
    changes = () if is_new else _changes(registration, configuration)
    asked = wanted_scopes(SCOPES, configuration)
    confirmed = confirmed_scopes(asked, answered)
    _overwrite(registration, configuration)
    registration.scopes = list(confirmed)
    registration.asks_identity = asks_identity
    if answered.deployment_id:
        _approve(registration.id, answered.deployment_id)
    if not is_new:
        forget_what_is_cached(registration.id)
    record_audit(
        invite.organisation_id,
        "add" if is_new else "update",
        "registration",
        registration.id,
        detail={"invite": str(invite.id), **{one.name: one.before for one in changes}},
    )
    return Completed(
        configuration=configuration,
        organisation=db().get_one(Organisation, invite.organisation_id).name,
        is_update=not is_new,
        refused_scopes=tuple(scope for scope in asked if scope not in confirmed),
        has_deployment=answered.deployment_id is not None,
    )


def _new_registration(begun: _Begun, client_id: str) -> Registration:
    registration = Registration(
        organisation_id=begun.invite.organisation_id,
        issuer=begun.configuration.issuer,
        client_id=client_id,
    )
    _overwrite(registration, begun.configuration)
    return registration


def _overwrite(registration: Registration, configuration: PlatformConfiguration) -> None:
    """Take over what an LMS says; issuer, client id, deployments and people stay (R-7.3)."""
    registration.auth_url = configuration.auth_url
    registration.token_url = configuration.token_url
    registration.jwks_url = configuration.jwks_url
    registration.token_audience = configuration.audience
    registration.family = configuration.family.value
    registration.label = configuration.label
    registration.product = configuration.product
    registration.frame_origin = configuration.frame_origin
    registration.registered_at = real_now()


def _changes(
    registration: Registration, configuration: PlatformConfiguration
) -> tuple[Change, ...]:
    """Return what an update makes different, leaving out what stays."""
    pairs = {
        "auth_url": (registration.auth_url, configuration.auth_url),
        "token_url": (registration.token_url, configuration.token_url),
        "jwks_url": (registration.jwks_url, configuration.jwks_url),
        "audience": (registration.token_audience, configuration.audience),
        "label": (registration.label, configuration.label),
        "product": (registration.product, configuration.product),
        "scopes": (_joined(registration.scopes), _joined(wanted_scopes(SCOPES, configuration))),
    }
    return tuple(
        Change(name, before or "", after or "")
        for name, (before, after) in pairs.items()
        if (before or "") != (after or "")
    )


def _joined(scopes: list[str] | tuple[str, ...] | None) -> str:
    """Return scopes by their last words, in one order, as people can compare them."""
    return ", ".join(sorted(scope.rpartition("/")[2] for scope in scopes or ()))


def _approve(registration_id: UUID, deployment_id: str) -> None:
    """Let in the installation that the LMS named; one that was blocked stays blocked."""
    deployment, _ = find_or_add(
        lambda: find_deployment(registration_id, deployment_id),
        lambda: Deployment(
            registration_id=registration_id, deployment_id=deployment_id, status="active"
        ),
    )
    if deployment.status == "pending":
        deployment.status = "active"


@contextmanager
def _calling() -> Iterator[None]:
    """Turn what can go wrong while an LMS describes itself into refusals."""
    try:
        yield
    except HttpFailure as failure:
        code = _CALL_CODES.get(failure.kind, "lms_unreachable")
        status = 400 if code == "lms_address" else _FAILED
        raise RegistrationRefused(code, failure.kind, status=status) from failure
    except ConfigurationUnusable as error:
        said = f"{error.status} {words_of(error.body)}".strip()
        words = said if error.reason == "status" else error.reason
        detail = f"{error.reason} {error.status}"
        raise RegistrationRefused(
            "lms_configuration", detail, status=_FAILED, words=words
        ) from error
    except ConfigurationUntrusted as error:
        raise RegistrationRefused("lms_untrusted", str(error), words=str(error)) from error
