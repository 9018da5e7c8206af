"""Visits: made by a launch or a sign-in, proven by a cookie on every request, over after a while.

The address holds a random id, the browser a cookie that is sent to that visit's addresses only, the
database the hashes of both. Two tabs, two roles, two courses never mix (visits.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from lti_app import clock
from lti_app.clock import real_now
from lti_app.domain.errors import NotAllowed, VisitRefused
from lti_app.domain.launch import Launch
from lti_app.domain.permissions import Hat, hats_of
from lti_app.domain.proof import URL_IDLE, URL_LIFETIME, Evidence, Mode, PlatformStorage, why_not
from lti_app.domain.rulings import close_for
from lti_app.domain.secrets import hash_secret, matches, new_secret
from lti_app.domain.visit import FORMER_PARTICIPANT, Person, Placement, Visit
from lti_app.lti.platform_configuration import PlatformConfiguration
from lti_app.lti.quirks import frame_ancestors_of
from lti_app.store import visits as store
from lti_app.store.courses import Course, read_placement
from lti_app.store.people import Person as PersonRow
from lti_app.store.registrations import Registration
from lti_app.store.rulings import extensions
from lti_app.store.session import db
from lti_app.store.staff import StaffGrant, list_grants
from lti_app.store.visits import Visit as VisitRow

ENTRY_SECONDS = 60
IDLE = timedelta(hours=2)
LIFETIME = timedelta(hours=12)
#: Visits that are kept of one person, those used last; a browser keeps the cookies of fewer.
KEPT_OF_EACH = 200
#: A visit's last use is noted at most this often, so that reading pages hardly ever writes.
TOUCH_EVERY = timedelta(minutes=1)
_KEPT_AFTER_END = timedelta(days=1)
_STORAGE_KEYS = 300
#: For so long staff are told that a link leads to another activity than before.
_LATELY = timedelta(days=14)


@dataclass(frozen=True)
class OpenedVisit:
    """The secrets of a new visit; they are nowhere else in plain text.

    Attributes:
        entry_code: of the first request after a launch; a sign-in needs none.
        id: of the visit of a launch; it is no secret.
        stored: what the LMS is to keep, so that windows open from a frame without cookies, and
            under which name.
    """

    token: str
    cookie: str
    entry_code: str = ""
    id: UUID | None = None
    stored: str | None = None
    storage_key: str = ""


@dataclass(frozen=True)
class StoredProof:
    """What proved a launch whose browser brought no cookie.

    Attributes:
        target: the frame of the LMS's storage.
        agent: the browser's User-Agent.
    """

    target: str
    agent: str


class Entry(StrEnum):
    """How somebody gets from the launch to the first page (visits.md rule 4)."""

    #: By a redirect.
    COOKIE = "cookie"
    #: By a page that goes on by itself, so that what follows counts as our own requests.
    ADDRESS = "address"
    #: By a button that opens a window.
    WINDOW = "window"


@dataclass(frozen=True)
class Origin:
    """Where a visit comes from, and to what.

    Attributes:
        course_id: None for a launch from outside of courses.
        placement_id: None for one that is at no activity.
    """

    registration_id: UUID
    deployment_id: UUID
    course_id: UUID | None = None
    placement_id: UUID | None = None


def open_visit(
    person_id: UUID,
    origin: Origin,
    launch: Launch,
    browser_hash: str,
    proof: StoredProof | None = None,
) -> OpenedVisit:
    """Make a visit of a launch, and end those of another person in the same browser.

    Args:
        person_id: whose.
        origin: where it comes from.
        launch: what the LMS said.
        browser_hash: what names the browser.
        proof: what proved the launch; None if it was a cookie. Then only a cookie proves the visit.
    """
    opened = OpenedVisit(new_secret(), new_secret(), new_secret())
    now = real_now()
    hat = hats_of(launch.roles, runs_programmes=bool(list_grants(person_id)))[0]
    if proof and _does_own_work(hat, origin.placement_id):
        key = _storage_key(person_id, origin.placement_id)
        opened = replace(opened, stored=new_secret(), storage_key=key)
    if not launch.roles.is_preview:
        store.end_visits_of_others(browser_hash, origin.registration_id, person_id, now)
    visit = VisitRow(
        token_hash=hash_secret(opened.token),
        cookie_hash=hash_secret(opened.cookie),
        entry_hash=hash_secret(opened.entry_code),
        entry_expires_at=now + timedelta(seconds=ENTRY_SECONDS),
        browser_hash=browser_hash,
        person_id=person_id,
        registration_id=origin.registration_id,
        deployment_id=origin.deployment_id,
        course_id=origin.course_id,
        placement_id=origin.placement_id,
        role_names=launch.roles.names(),
        hat=hat.value,
        mode=Mode.OPEN.value if proof else Mode.COOKIE.value,
        agent_hash=hash_secret(proof.agent) if proof else None,
        storage_target=proof.target if proof else None,
        storage_hash=hash_secret(opened.stored) if opened.stored else None,
        locale=launch.profile.locale,
        return_url=launch.return_url,
        created_at=now,
        used_at=now,
        expires_at=now + LIFETIME,
    )
    store.trim_visits(person_id, KEPT_OF_EACH - 1)
    db().add(visit)
    db().flush()
    return replace(opened, id=visit.id)


def open_granted_visit(person_id: UUID, hat: Hat, browser_hash: str) -> OpenedVisit:
    """Make a visit of a sign-in at the tool itself: no LMS, no placement, the granted hat.

    Ends those of another person who signed in here in the same browser.
    """
    opened = OpenedVisit(new_secret(), new_secret())
    now = real_now()
    store.end_visits_of_others(browser_hash, None, person_id, now)
    store.trim_visits(person_id, KEPT_OF_EACH - 1)
    db().add(
        VisitRow(
            token_hash=hash_secret(opened.token),
            cookie_hash=hash_secret(opened.cookie),
            entered_at=now,
            browser_hash=browser_hash,
            person_id=person_id,
            granted_hats=[hat.value],
            hat=hat.value,
            created_at=now,
            used_at=now,
            expires_at=now + LIFETIME,
        )
    )
    return opened


def enter_visit(token: str, entry_code: str, shown: Evidence) -> Entry:
    """Use up the one-time code of the first request after a launch (visits.md rule 4).

    The first request decides what proves the visit, once and for all. The same code again, with the
    visit's cookie, is Back or a reload, and is let through.

    Raises:
        VisitRefused: no proof, wrong or late code, visit over.
    """
    row = find_row(token)
    has_cookie = matches(shown.cookie, row.cookie_hash)
    if not has_cookie and (shown.cookie is not None or row.mode != Mode.OPEN):
        raise VisitRefused(detail="no visit cookie at entry")
    if row.entry_hash is None or not matches(entry_code, row.entry_hash):
        raise VisitRefused(detail="wrong entry code")
    now = real_now()
    if row.entered_at is None and (row.entry_expires_at is None or now > row.entry_expires_at):
        raise VisitRefused(detail="entry code too late")
    if row.mode == Mode.COOKIE:
        row.entered_at = row.entered_at or now
        return Entry.COOKIE
    entry = Entry.COOKIE if has_cookie else _entry_without_cookie(row, shown)
    mode, expires_at = Mode.COOKIE, row.expires_at
    if entry is Entry.ADDRESS:
        mode, expires_at = Mode.URL, row.created_at + URL_LIFETIME
    if not store.enter(row.id, mode, now, expires_at):
        raise VisitRefused(detail="entered before")
    return entry


def _entry_without_cookie(row: VisitRow, shown: Evidence) -> Entry:
    # What gave the address to this browser is a page of ours; anybody else could give it to a
    # browser that is not theirs, which would then work in their account.
    if shown.site != "same-origin":
        raise VisitRefused(detail="not sent here by a page of ours")
    if not shown.agent or not matches(shown.agent, row.agent_hash or ""):
        raise VisitRefused(detail="another User-Agent at entry")
    if shown.marker is None and _does_own_work(Hat(row.hat), row.placement_id):
        return Entry.ADDRESS
    return Entry.WINDOW


def _does_own_work(hat: Hat, placement_id: UUID | None) -> bool:
    """Tell whether somebody comes to do their own work; nobody else gets in without a cookie."""
    return hat is Hat.LEARNER and placement_id is not None


def find_visit(token: str, shown: Evidence, *, holds: bool = False) -> Visit:
    """Return the visit that an address and its request prove.

    Args:
        token: from the address.
        shown: what the request brings. A browser can have got another marker since the launch
            (three frames of one page, each its first); then somebody else's launch under the new
            one ends the visit here, where the launch could not find it.
        holds: something is about to be stored: who erases the person waits until it is.

    Raises:
        VisitRefused: unknown, over, or another browser's; which of them is told only to the log.
    """
    row = find_row(token, holds=holds)
    reason = why_not(Mode(row.mode), shown, row.cookie_hash, row.agent_hash)
    if reason is not None:
        raise VisitRefused(detail=reason)
    if shown.marker is not None and _was_taken_over(row, hash_secret(shown.marker)):
        raise VisitRefused(detail="somebody else launched in this browser")
    return _to_visit(row)


def ancestors_of(token: str) -> tuple[str, ...]:
    """Return the origins that may frame a visit's pages, before it is proven whose it is."""
    registration = _registration_of(find_row(token))
    return frame_ancestors(registration) if registration else ()


def find_row(token: str, *, holds: bool = False) -> VisitRow:
    """Return the visit that an address names; that it is one's own is not proven yet.

    Raises:
        VisitRefused: there is none, or it is over.
    """
    row = store.find_visit(hash_secret(token), holds=holds)
    if row is None:
        raise VisitRefused(detail="unknown visit")
    now = real_now()
    idle = URL_IDLE if row.mode == Mode.URL else IDLE
    if row.ended_at is not None or now >= row.expires_at or now - row.used_at >= idle:
        raise VisitRefused(detail="ended" if row.ended_at else "expired")
    return row


def is_touch_due(visit: Visit) -> bool:
    """Return whether the visit's last use was noted too long ago."""
    return real_now() - visit.used_at >= TOUCH_EVERY


def touch_visit(visit_id: UUID) -> None:
    """Note that a visit is in use."""
    store.note_use(visit_id, real_now())


def switch_hat(visit_id: UUID, hat: Hat) -> None:
    """Let a person act under another of their hats.

    Raises:
        NotAllowed: the visit does not have that hat.
    """
    row = db().get_one(VisitRow, visit_id)
    if hat not in _hats(row, list_grants(row.person_id)):
        raise NotAllowed(detail=f"hat {hat}")
    row.hat = hat.value


def end_visit(visit_id: UUID) -> None:
    """End a visit: the person signs out."""
    store.end_visit(visit_id, real_now())


def end_visits_of_deployment(deployment_id: UUID) -> None:
    """End everything that was launched through a deployment."""
    store.end_visits_of_deployment(deployment_id, real_now())


def purge_visits(now: datetime) -> int:
    """Delete visits that ended a day ago or more; returns how many."""
    return store.delete_visits(now - _KEPT_AFTER_END)


def frame_ancestors(platform: Registration | PlatformConfiguration) -> tuple[str, ...]:
    """Return the origins that may hold the tool's pages in a frame (R-8.6)."""
    origins = {_origin(platform.issuer), _origin(platform.auth_url)}
    if platform.frame_origin:
        origins.add(platform.frame_origin)
    return tuple(sorted(origins | set(frame_ancestors_of(platform.family))))


def _was_taken_over(row: VisitRow, browser_hash: str) -> bool:
    return browser_hash != row.browser_hash and store.has_later_visit_of_another(row, browser_hash)


def _to_visit(row: VisitRow) -> Visit:
    person = db().get_one(PersonRow, row.person_id)
    registration = _registration_of(row)
    if row.deployment_id and store.is_blocked(row.deployment_id):
        raise VisitRefused(detail="deployment blocked")
    grants = list_grants(row.person_id)
    hats = _hats(row, grants)
    course = db().get(Course, row.course_id) if row.course_id else None
    is_framed = row.parent_id is None
    return Visit(
        id=row.id,
        person=to_person(person),
        organisation_id=person.organisation_id,
        roles=row.roles,
        # A grant that was revoked takes its hat off at once.
        hat=Hat(row.hat) if row.hat in hats else hats[0],
        hats=hats,
        is_launched=registration is not None,
        placement=find_placement(row.placement_id, row.person_id) if row.placement_id else None,
        locale=row.locale,
        return_url=row.return_url,
        used_at=row.used_at,
        # A window of its own stands in no frame.
        frame_ancestors=frame_ancestors(registration) if is_framed and registration else (),
        programme_ids=frozenset(grant.programme_id for grant in grants if grant.programme_id),
        runs_all_programmes=any(grant.programme_id is None for grant in grants),
        course_id=row.course_id,
        course_title=course.title if course else None,
        storage=_storage_of(row, registration),
    )


def _storage_of(row: VisitRow, registration: Registration | None) -> PlatformStorage | None:
    """Return where the LMS keeps what opens windows of a visit that no cookie proves."""
    if row.mode != Mode.URL or registration is None or row.storage_target is None:
        return None
    key = _storage_key(row.person_id, row.placement_id)
    return PlatformStorage(row.storage_target, registration.auth_url, key)


def _storage_key(person_id: UUID, placement_id: UUID | None) -> str:
    """Return under which name: a new launch of the same activity takes the place of the former.

    Names are few, as an LMS keeps few values of a tool (Canvas 500), and for long.
    """
    number = int(hash_secret(f"{person_id} {placement_id}"), 16) % _STORAGE_KEYS
    return f"throughline_visit_{number}"


def _registration_of(row: VisitRow) -> Registration | None:
    if row.registration_id is None:
        return None
    registration = db().get_one(Registration, row.registration_id)
    if not registration.is_active:
        raise VisitRefused(detail="registration disabled")
    return registration


def _hats(row: VisitRow, grants: Sequence[StaffGrant]) -> tuple[Hat, ...]:
    """Return the hats that a visit can act under, those that the tool granted last."""
    if row.mode == Mode.URL:
        return (Hat.LEARNER,)
    launched = hats_of(row.roles, runs_programmes=bool(grants)) if row.registration_id else ()
    return (*launched, *(Hat(name) for name in row.granted_hats))


def to_person(row: PersonRow) -> Person:
    """Return a stored person as a value."""
    return Person(
        id=row.id,
        organisation_id=row.organisation_id,
        name=FORMER_PARTICIPANT if row.erased_at else row.name or row.own_name,
        has_lms_name=row.name is not None,
        email=row.email,
        time_zone=row.time_zone,
        is_preview=row.is_preview,
        is_erased=row.erased_at is not None,
    )


def find_placement(placement_id: UUID, person_id: UUID | None = None) -> Placement:
    """Return a stored placement with its activity and course as one value.

    Args:
        placement_id: which.
        person_id: for whom; it closes for them when their extension says so.
    """
    placement, activity, course = read_placement(placement_id)
    closes_at = activity.closes_at
    if closes_at is not None and person_id is not None:
        extended = extensions(activity.id, [person_id])
        closes_at = close_for(closes_at, extended.get(person_id))
    return Placement(
        id=placement.id,
        organisation_id=activity.organisation_id,
        activity_id=activity.id,
        kind=activity.kind,
        title=activity.title,
        options=activity.options,
        course_id=course.id if course else None,
        course_title=course.title if course else None,
        closes_at=closes_at,
        programme_id=activity.programme_id,
        repointed_at=_if_lately(placement.repointed_at),
    )


def _if_lately(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and clock.now() - moment < _LATELY else None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
