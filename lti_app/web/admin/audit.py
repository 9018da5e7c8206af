"""The record of changes: who did what and when, narrowed and in pages.

What is decided about a person, and what happens in a programme, is not for administration.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.store.audit import AuditEntry, Chosen, list_administrators, list_page
from lti_app.store.organisations import list_organisations
from lti_app.web.admin.pages import blueprint
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, lazy_gettext

_PAGE_SIZE = 50
_SHOWN_OF_AN_ID = 8
#: Between the time and the id of the last entry in the address of the page after it.
_AND = "~"
_NARROWING = ("what", "organisation", "who")

#: What can be done → what it is called when it is done.
ACTIONS: Final[Mapping[str, LazyString]] = {
    "activity.close": lazy_gettext("Closed an activity"),
    "activity.reopen": lazy_gettext("Opened an activity again"),
    "activity.zeros": lazy_gettext("Sent final grades at the close"),
    "deployment.approve": lazy_gettext("Approved a deployment"),
    "deployment.block": lazy_gettext("Blocked a deployment"),
    "invite.add": lazy_gettext("Made an invite"),
    "invite.revoke": lazy_gettext("Revoked an invite"),
    "join_request.ask": lazy_gettext("Asked that a course may join a programme"),
    "organisation.add": lazy_gettext("Added an organisation"),
    "organisation.rename": lazy_gettext("Renamed an organisation"),
    "registration.add": lazy_gettext("Registered an LMS"),
    "registration.change": lazy_gettext("Changed an LMS by hand"),
    "registration.disable": lazy_gettext("Switched an LMS off"),
    "registration.enable": lazy_gettext("Switched an LMS on"),
    "registration.update": lazy_gettext("Registered an LMS again"),
    "reporting.export": lazy_gettext("Took the reporting lines out"),
    "reporting.import": lazy_gettext("Replaced the reporting lines"),
    "sign_in_link.make": lazy_gettext("Made a link into administration"),
    "sign_in_link.use": lazy_gettext("Signed in by a link"),
    "signing_key.rotate": lazy_gettext("Made a new signing key"),
    "person.erase": lazy_gettext("Erased somebody"),
    "staff.grant": lazy_gettext("Let somebody run all programmes"),
    "staff.revoke": lazy_gettext("Took back that somebody runs all programmes"),
    "taxonomy.export": lazy_gettext("Took the words of profiles out"),
    "taxonomy.import": lazy_gettext("Replaced words of profiles"),
}
#: First part of an action → what the list can be narrowed to.
KINDS: Final[Mapping[str, LazyString]] = {
    "organisation": lazy_gettext("Organisations"),
    "registration": lazy_gettext("LMSs"),
    "deployment": lazy_gettext("Deployments"),
    "invite": lazy_gettext("Invites"),
    "signing_key": lazy_gettext("Keys"),
    "sign_in_link": lazy_gettext("Links into administration"),
    "staff": lazy_gettext("Who runs programmes"),
    "join_request": lazy_gettext("Courses that want to join programmes"),
    "activity": lazy_gettext("Closing of activities"),
    "taxonomy": lazy_gettext("Words of profiles"),
    "reporting": lazy_gettext("Reporting lines"),
    "person": lazy_gettext("People"),
}
#: Name of a fact → what it is called. What a new registration changed is told as it was before.
FACTS: Final[Mapping[str, LazyString]] = {
    "name": lazy_gettext("Name"),
    "before": lazy_gettext("Before"),
    "issuer": lazy_gettext("LMS"),
    "invite": lazy_gettext("Invite"),
    "auth_url": lazy_gettext("Authorization address before"),
    "token_url": lazy_gettext("Token address before"),
    "jwks_url": lazy_gettext("Key set address before"),
    "audience": lazy_gettext("Audience before"),
    "token_audience": lazy_gettext("Audience before"),
    "family": lazy_gettext("Product before"),
    "auto_approve": lazy_gettext("Approved by themselves before"),
    "label": lazy_gettext("Label before"),
    "product": lazy_gettext("Product before"),
    "scopes": lazy_gettext("Rights before"),
    "client_id": lazy_gettext("Client id"),
    "deployment": lazy_gettext("Deployment"),
    "kid": lazy_gettext("Key"),
    "count": lazy_gettext("How many"),
    "person": lazy_gettext("Person"),
    "course": lazy_gettext("Course"),
    "added": lazy_gettext("Added"),
    "changed": lazy_gettext("Changed"),
    "removed": lazy_gettext("Taken away"),
}


@dataclass(frozen=True)
class Line:
    """One entry, in words."""

    at: datetime
    who: str
    what: str
    where: str | None
    facts: tuple[tuple[str, str], ...]


@blueprint.get("/changes")
@requires(Action.READ, Kind.AUDIT, of=Reach.TOOL)
def changes() -> ResponseReturnValue:
    """Show what was changed, the newest first."""
    chosen = _chosen()
    rows = list_page(chosen, _PAGE_SIZE + 1)
    shown = rows[:_PAGE_SIZE]
    last = shown[-1][0] if len(rows) > _PAGE_SIZE else None
    narrowed = {name: request.args[name] for name in _NARROWING if request.args.get(name)}
    return render_template(
        "admin/changes.html",
        lines=[_line(entry, whose, name) for entry, whose, name in shown],
        kinds=KINDS,
        organisations=list_organisations(),
        administrators=list_administrators(),
        chosen=chosen,
        older=last and _address({"before": _cursor(last), **narrowed}),
        newest=chosen.before and _address(narrowed),
        is_narrowed=bool(narrowed),
    )


def _chosen() -> Chosen:
    """Read what the list is narrowed to; words that mean nothing narrow to nothing less.

    Raises:
        MalformedRequest: an id or the place of a page is none.
    """
    asked = request.args.get("what", "")
    try:
        return Chosen(
            object_kind=asked if asked in KINDS else "",
            organisation_id=_uuid(request.args.get("organisation", "")),
            actor_id=_uuid(request.args.get("who", "")),
            before=_place(request.args.get("before", "")),
        )
    except ValueError as error:
        raise MalformedRequest(detail="what the record is narrowed to") from error


def _uuid(text: str) -> UUID | None:
    return UUID(text) if text else None


def _place(text: str) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    at, _, entry_id = text.partition(_AND)
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment, UUID(entry_id)


def _address(values: dict[str, str]) -> str:
    return f"{url_for('.changes')}?{urlencode(values)}"


def _cursor(entry: AuditEntry) -> str:
    return f"{entry.created_at.isoformat()}{_AND}{entry.id}"


def _line(entry: AuditEntry, whose: str | None, name: str | None) -> Line:
    return Line(
        at=entry.created_at,
        who=_who(entry, name),
        what=str(ACTIONS.get(entry.action, entry.action)),
        where=whose,
        facts=tuple(_facts(entry)),
    )


def _who(entry: AuditEntry, name: str | None) -> str:
    if name is not None:
        return name
    if not entry.by_person:
        is_invited = "invite" in entry.details
        return gettext("An LMS, by an invite") if is_invited else gettext("Command line")
    if entry.actor_id is None:
        return gettext("Somebody who was erased since")
    return gettext("Person no. %(id)s", id=_short(entry.actor_id))


def _facts(entry: AuditEntry) -> list[tuple[str, str]]:
    """Return what is known of an entry besides; of people no more than a number."""
    facts = [(str(FACTS.get(name, name)), str(value)) for name, value in entry.details.items()]
    if entry.activity_id is not None:
        facts.append((gettext("Activity"), _short(entry.activity_id)))
    return facts


def _short(identifier: UUID) -> str:
    return str(identifier)[:_SHOWN_OF_AN_ID]
