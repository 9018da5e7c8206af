"""A placement's gradebook column where no launch named it: found, or made if an author said so.

Called by the worker before it posts, outside transactions. One search at a time for each
placement, under a lease in the database: of two that found nothing, both would make a column.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.launch import Family
from lti_app.lti.line_items import (
    SCOPE_LINE_ITEM,
    SCOPE_LINE_ITEM_READ,
    Column,
    ColumnAnswer,
    create_column,
    find_column,
)
from lti_app.lti.scores import Platform
from lti_app.lti.tokens import TokenRefused
from lti_app.services import deliveries
from lti_app.services.access_tokens import get_token
from lti_app.services.runtime import Runtime
from lti_app.store import columns as store
from lti_app.store.courses import LineItem
from lti_app.store.session import db, transaction

#: Outlasts a token and two lists of several pages; a launch may bring the column earlier.
_SEARCH = timedelta(minutes=10)
_UNAUTHORISED = 401
_NOT_NOW = PostAnswer(Outcome.CONFIGURATION, reason="no_column")
#: After these it is not known whether there is a column; it is looked for again soon.
PASSING = frozenset({Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.NOT_ASKED})


@dataclass(frozen=True)
class _Search:
    """A search that is ours for a while, and what has to be known for it."""

    placement_id: UUID
    lease: UUID
    registration_id: UUID
    container_url: str
    known_url: str | None
    column: Column
    platform: Platform
    scopes: frozenset[str]
    may_create: bool


def ask_for_column(placement_id: UUID) -> None:
    """Note that an author wants a column made for a link that has none."""
    item = db().get(LineItem, placement_id)
    if item is not None:
        item.wanted_at = item.wanted_at or real_now()
        item.search_until = None
        deliveries.wake(placement_id)


def resolve(runtime: Runtime, placement_id: UUID) -> ColumnAnswer:
    """Find a placement's column, and keep its address.

    Returns:
        The address and the LMS's answer. Without an address there is no other column than the one
        that is known, or it could not be asked for, or somebody else is asking or has just asked.
    """
    with transaction(runtime.database):
        search = _begin(placement_id)
    if search is None:
        return ColumnAnswer(_NOT_NOW)
    try:
        found = _look(runtime, search)
    except TokenRefused as refused:
        found = ColumnAnswer(PostAnswer(refused.outcome, refused.status, refused.reason))
    with transaction(runtime.database):
        return replace(found, url=_keep(search, found))


def _begin(placement_id: UUID) -> _Search | None:
    now, lease = real_now(), uuid4()
    if not store.lease_search(placement_id, lease, now, now + _SEARCH):
        return None
    item, placement, activity, registration = store.read_column(placement_id)
    scopes = frozenset(item.scopes) & {SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ}
    if item.container_url is None or not scopes:
        item.search_lease = None
        return None
    return _Search(
        placement_id=placement_id,
        lease=lease,
        registration_id=registration.id,
        container_url=item.container_url,
        known_url=item.url,
        column=Column(
            link_id=placement.resource_link_id,
            resource_id=str(activity.id),
            label=placement.title or activity.title,
            tag=activity.kind,
            maximum=activity.points,
            copied_id=str(activity.origin_id) if activity.origin_id else None,
        ),
        platform=Platform(
            Family(registration.family), (registration.token_url, registration.auth_url)
        ),
        scopes=scopes,
        # A column that was there and is gone was deleted by somebody: no new one by itself.
        may_create=item.wanted_at is not None
        and item.url is None
        and SCOPE_LINE_ITEM in item.scopes,
    )


def _look(runtime: Runtime, search: _Search) -> ColumnAnswer:
    token = _token(runtime, search)
    found = _find(runtime, search, token)
    if found.answer.status == _UNAUTHORISED:
        token = _token(runtime, search, refresh_of=token)
        found = _find(runtime, search, token)
    if found.answer.outcome is Outcome.ACCEPTED and found.url is None and search.may_create:
        return create_column(
            runtime.client, token, search.container_url, search.column, search.platform
        )
    return found


def _find(runtime: Runtime, search: _Search, token: str) -> ColumnAnswer:
    return find_column(runtime.client, token, search.container_url, search.column, search.platform)


def _token(runtime: Runtime, search: _Search, refresh_of: str | None = None) -> str:
    return get_token(
        runtime.database,
        runtime.client,
        runtime.cipher,
        search.registration_id,
        search.scopes,
        refresh_of=refresh_of,
    )


def _keep(search: _Search, found: ColumnAnswer) -> str | None:
    """Keep what was found; the next search is not before some minutes, or the next launch."""
    item = store.find_searched(search.placement_id, search.lease)
    if item is None:
        return None
    item.search_lease = None
    if found.answer.outcome in PASSING:
        item.search_until = None
    # A launch that came meanwhile knows better.
    if found.url is None or found.url == search.known_url or item.url != search.known_url:
        return None
    item.url = found.url
    deliveries.wake(search.placement_id)
    return found.url
