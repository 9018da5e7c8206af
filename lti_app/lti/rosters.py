"""A course's people as the LMS lists them, page by page (NRPS 2.0)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.launch import Family, Profile
from lti_app.domain.roles import Roles, roles_from_uris
from lti_app.lti.addresses import add_to_query
from lti_app.lti.claims import OptionalClaims, identifier
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.links import next_page
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.scores import Platform, check_service_url, class_answer, class_failure

SCOPE_ROSTER: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
ROSTER_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
_ACTIVE = frozenset({"active", "http://purl.imsglobal.org/vocab/lis/v2/status#active"})
#: What is enough for a page of 200 is enough for as many people in smaller ones.
_FEWEST_PAGES = 200
_MOST_PEOPLE = 40_000
#: Some LMSs know no pages: this holds some 25,000 people at once.
_LARGEST_PAGE = 10_000_000
_DEADLINE = 30.0

#: What the answers of a grade service mean where a roster was asked for.
_MEANINGS: Final[Mapping[Outcome, tuple[Outcome, str]]] = {
    Outcome.NOT_GRADABLE: (Outcome.CONFIGURATION, "roster_refused"),
    Outcome.GONE: (Outcome.GONE, "roster_gone"),
    # Nobody can lock a roster, and nothing in it is stale.
    Outcome.HELD: (Outcome.TRANSIENT, "lms_error"),
    Outcome.STALE: (Outcome.TRANSIENT, "unexpected_answer"),
}


@dataclass(frozen=True)
class Member:
    """One person of a course, as the LMS lists them.

    Attributes:
        subject: what launches call the person (`sub`).
        roles: what the LMS's roles give.
        is_active: False for whatever is not said to be active.
        profile: names and address, as far as the LMS tells them.
    """

    subject: str
    roles: Roles
    is_active: bool = True
    profile: Profile = Profile()


@dataclass(frozen=True)
class RosterPage:
    """One page of a roster.

    Attributes:
        answer: `ACCEPTED` if the page could be read, and only then do the others mean anything.
        members: each person once.
        unreadable: how many entries name nobody.
        next_url: of the next page, or None; not checked.
    """

    answer: PostAnswer
    members: tuple[Member, ...] = ()
    unreadable: int = 0
    next_url: str | None = None


def first_page(roster_url: str, family: Family) -> str:
    """Return the address of a roster's first page.

    Without a role: Moodle's next page forgets it, so roles are looked at by us (R-5.1).
    """
    limit = QUIRKS[family].roster_limit
    return roster_url if limit is None else add_to_query(roster_url, {"limit": str(limit)})


def most_pages(family: Family) -> int:
    """Return after how many pages a roster of this product has to have ended."""
    limit = QUIRKS[family].roster_limit or _MOST_PEOPLE
    return max(_FEWEST_PAGES, _MOST_PEOPLE // limit)


def read_page(client: HttpClient, token: str, page_url: str, platform: Platform) -> RosterPage:
    """Read one page.

    Args:
        client: makes the call.
        token: granted for `SCOPE_ROSTER`.
        page_url: of the first page, or what the page before named.
        platform: the LMS; the token goes to nobody else.
    """
    if not check_service_url(page_url, platform.endpoints):
        return RosterPage(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    headers = {"Authorization": f"Bearer {token}", "Accept": ROSTER_TYPE}
    try:
        answer = client.get(page_url, headers, deadline=_DEADLINE, largest=_LARGEST_PAGE)
    except HttpFailure as failure:
        return RosterPage(class_failure(failure))
    classed = _classed(answer, platform.family)
    if classed.outcome is not Outcome.ACCEPTED:
        return RosterPage(classed)
    entries = _entries(answer)
    if entries is None:
        return RosterPage(PostAnswer(Outcome.TRANSIENT, answer.status, "roster_unreadable"))
    members = _members(entries)
    return RosterPage(
        classed,
        tuple(members.values()),
        sum(_subject(entry) is None for entry in entries),
        next_page(answer.headers.get("Link"), page_url),
    )


def _classed(answer: Response, family: Family) -> PostAnswer:
    classed = class_answer(answer, family)
    outcome, reason = _MEANINGS.get(classed.outcome, (classed.outcome, classed.reason))
    return replace(classed, outcome=outcome, reason=reason)


def _entries(answer: Response) -> list[object] | None:
    """Return what a page lists, or None if it is no roster."""
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    members = document.get("members") if isinstance(document, dict) else None
    return members if isinstance(members, list) else None


def _members(entries: list[object]) -> dict[str, Member]:
    """Return the people of a page by subject; who is listed twice has the roles of both."""
    uris: dict[str, list[str]] = {}
    members: dict[str, Member] = {}
    for entry in entries:
        subject = _subject(entry)
        if subject is None or not isinstance(entry, dict):
            continue
        known = members.get(subject)
        uris.setdefault(subject, []).extend(_role_uris(entry))
        members[subject] = Member(
            subject,
            roles_from_uris(uris[subject]),
            _is_active(entry) or (known is not None and known.is_active),
            OptionalClaims(entry).profile(),
        )
    return members


def _subject(entry: object) -> str | None:
    """Return what an entry calls its person; some LMSs write the number as a number."""
    user_id = entry.get("user_id") if isinstance(entry, dict) else None
    is_number = isinstance(user_id, int) and not isinstance(user_id, bool)
    return identifier(str(user_id) if is_number else user_id)


def _role_uris(entry: Mapping[str, object]) -> list[str]:
    roles = entry.get("roles")
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []


def _is_active(entry: Mapping[str, object]) -> bool:
    """R-5.4: without a word somebody is active, with any other word than that they are not."""
    status = entry.get("status")
    return status is None or (isinstance(status, str) and status.strip().lower() in _ACTIVE)
