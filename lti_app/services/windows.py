"""A page of a visit in a window of its own, where other cookies are kept (visits.md rule 8).

A window that a frame opens is another cookie partition: nothing of the visit's cookie arrives
there. What the page sends instead is a code that it got when it was shown; it opens a visit of the
window's own, which ends with the one that it comes from.

Whoever learns the address of a visit that no cookie proves, and forges what browsers send, could
ask for such a code. So such a visit's windows also need what the LMS keeps for it: only a page of
ours in the LMS's frame gets that.
"""

from collections.abc import Sequence
from hmac import compare_digest
from hmac import new as new_hmac
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.errors import VisitRefused
from lti_app.domain.proof import Mode
from lti_app.domain.secrets import hash_secret, matches, new_secret
from lti_app.services.visits import KEPT_OF_EACH, OpenedVisit, find_row
from lti_app.store import visits as store
from lti_app.store.session import db
from lti_app.store.visits import Visit as VisitRow

#: Different pages of one visit; whoever has a visit could make up addresses without end.
MOST_PAGES = 500


def window_code(keys: Sequence[str], visit_id: UUID, page: str) -> str:
    """Return the code that opens a page in a window, once.

    It is the same until it is used, so that a page that is shown twice is the same twice.

    Args:
        keys: the tool's secrets; the first one signs.
        visit_id: from which visit.
        page: the page's address within the visit, without a slash in front.
    """
    return _codes(keys[:1], visit_id, page, store.count_windows(visit_id, hash_secret(page)))[0]


def first_window_code(keys: Sequence[str], token: str) -> str:
    """Return the code that opens the first page of a visit, for whom `enter_visit` let see it."""
    return window_code(keys, find_row(token).id, "")


def open_window(
    keys: Sequence[str], token: str, page: str, code: str, stored: str | None = None
) -> OpenedVisit:
    """Use up a code, and make the visit of a window.

    Args:
        keys: the tool's secrets, all of which may have signed the code.
        token: from the address of the visit that the window comes from.
        page: the page's address within the visit.
        code: as `window_code` gave it.
        stored: what the LMS keeps for the visit, if no cookie proves it.

    Raises:
        VisitRefused: the visit is over, or the code is another page's, or spent (`window_spent`),
            or the LMS's storage did not answer (`window_unproven`).
    """
    parent = find_row(token)
    if parent.mode == Mode.URL and not matches(stored, parent.storage_hash or ""):
        raise VisitRefused("window_unproven", "not what the LMS keeps")
    so_far = store.count_windows(parent.id, hash_secret(page))
    if so_far == 0 and store.count_pages_in_windows(parent.id) >= MOST_PAGES:
        raise VisitRefused("window_spent", "too many pages")
    is_right = any(
        compare_digest(known.encode(), code.encode("utf-8", "surrogatepass"))
        for known in _codes(keys, parent.id, page, so_far)
    )
    if not is_right or not store.note_window(parent.id, hash_secret(page), so_far):
        raise VisitRefused("window_spent", "code of a window")
    return _open_child(parent)


def _open_child(parent: VisitRow) -> OpenedVisit:
    opened = OpenedVisit(new_secret(), new_secret())
    now = real_now()
    store.note_use(parent.id, now)
    store.trim_visits(parent.person_id, KEPT_OF_EACH - 1)
    db().add(
        VisitRow(
            token_hash=hash_secret(opened.token),
            cookie_hash=hash_secret(opened.cookie),
            entered_at=now,
            # The browser's, as its frame knows it: whatever ends the visit there ends this one.
            browser_hash=parent.browser_hash,
            person_id=parent.person_id,
            registration_id=parent.registration_id,
            deployment_id=parent.deployment_id,
            course_id=parent.course_id,
            placement_id=parent.placement_id,
            parent_id=parent.parent_id or parent.id,
            role_names=parent.role_names,
            granted_hats=parent.granted_hats,
            hat=parent.hat,
            locale=parent.locale,
            return_url=parent.return_url,
            # Whoever came after the frame's visit began ends this one as well.
            created_at=parent.created_at,
            used_at=now,
            expires_at=parent.expires_at,
        )
    )
    return opened


def _codes(keys: Sequence[str], visit_id: UUID, page: str, so_far: int) -> list[str]:
    message = f"window:{visit_id}:{so_far}:{page}".encode("utf-8", "surrogatepass")
    return [new_hmac(key.encode(), message, "sha256").hexdigest() for key in keys]
