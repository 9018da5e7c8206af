"""What happens around every view of a visit: find it, check it, one transaction, note its use.

Returning commits, raising rolls back. A GET opens a transaction that only reads; its visit's last
use is noted at most once a minute, in a short transaction of its own. A view that calls an LMS says
so, and opens its own.
"""

from collections.abc import Mapping
from functools import wraps
from uuid import UUID

import structlog
from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue, RouteCallable

from lti_app.activity import catalogue
from lti_app.domain.errors import NotFound
from lti_app.domain.permissions import Reach, Thing, can
from lti_app.domain.visit import Visit
from lti_app.services import visits
from lti_app.services.programmes import find_programme
from lti_app.store.session import OperationalError, transaction
from lti_app.web.evidence import check_origin, evidence
from lti_app.web.forms import FIELD, check_csrf
from lti_app.web.guards import Requires, guard_of, largest_request_of
from lti_app.web.limits import check_acts
from lti_app.web.pair_visits import admit_to_pair
from lti_app.web.runtime import runtime
from lti_app.web.visits import acting
from lti_app.web.window_pages import is_open_here, offer_window

log = structlog.get_logger()

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Views of Flask and its extensions: static files.
_FOREIGN = frozenset({"static", "bootstrap.static"})


class UnguardedView(Exception):
    """A view says neither `@requires` nor `@public`; the application does not start."""


def wrap_views(app: Flask) -> None:
    """Put guard and transaction around every registered view.

    Raises:
        UnguardedView: naming the endpoint.
    """
    for endpoint, view in app.view_functions.items():
        if endpoint in _FOREIGN:
            continue
        guard = guard_of(view)
        if guard is None:
            raise UnguardedView(f"{endpoint} has neither @requires nor @public")
        if isinstance(guard, Requires):
            app.view_functions[endpoint] = _in_visit(view, guard, endpoint)
        elif (largest := largest_request_of(view)) is not None:
            app.view_functions[endpoint] = _of_at_most(view, largest)


def carry_visit_in_address(app: Flask) -> None:
    """Take the visit's random id out of the address and put it into every `url_for`."""

    @app.url_value_preprocessor
    def take_out(_endpoint: str | None, values: dict[str, object] | None) -> None:
        g.visit_token = values.pop("visit_token", None) if values else None

    @app.url_defaults
    def put_in(endpoint: str, values: dict[str, object]) -> None:
        token = getattr(g, "visit_token", None)
        if token and app.url_map.is_endpoint_expecting(endpoint, "visit_token"):
            values.setdefault("visit_token", token)


def _of_at_most(view: RouteCallable, largest: int) -> RouteCallable:
    @wraps(view)
    def run(**values: object) -> ResponseReturnValue:
        request.max_content_length = largest
        answer: ResponseReturnValue = current_app.ensure_sync(view)(**values)
        return answer

    return run


def _in_visit(view: RouteCallable, guard: Requires, endpoint: str) -> RouteCallable:
    largest = largest_request_of(view)

    @wraps(view)
    def run(**values: object) -> ResponseReturnValue:
        if largest is not None and request.method not in _SAFE:
            _read_files(guard, largest)

        def answer_in(visit: Visit) -> ResponseReturnValue:
            with acting(visit):
                if not is_open_here(visit, guard):
                    return offer_window()
                answer: ResponseReturnValue = current_app.ensure_sync(view)(**values)
            return answer

        if guard.calls_out:
            with transaction(runtime().database, read_only=True):
                visit = _admit(guard, endpoint, values)
            answer = answer_in(visit)
        else:
            with transaction(runtime().database, read_only=request.method in _SAFE):
                visit = _admit(guard, endpoint, values)
                answer = answer_in(visit)
        _note_use(visit)
        return answer

    return run


def _admit(guard: Requires, endpoint: str, values: Mapping[str, object]) -> Visit:
    """Find the visit of the request, and let it in.

    Raises:
        VisitRefused: it is none, or over, or the request was not made from one of its pages.
        NotAllowed: the visit's hat does not open the page.
        NotFound: the address belongs to another kind of activity, to another programme, or to
            another pair.
    """
    holds = request.method not in _SAFE and not guard.calls_out
    visit = visits.find_visit(g.visit_token or "", evidence(), holds=holds)
    g.frame_ancestors = visit.frame_ancestors
    g.acting_person = str(visit.person.id)
    with acting(visit):
        if request.method not in _SAFE:
            check_origin()
            check_csrf(visit, request.form.get(FIELD))
            check_acts(visit)
        _check_kind(visit, endpoint.split(".", maxsplit=1)[0])
        guard.check(visit)
        _check_programme(visit, guard, values.get("programme_id"))
        admit_to_pair(visit, endpoint)
    return visit


def _read_files(guard: Requires, largest: int) -> None:
    """Read what somebody sends who may send it, before the transaction that stores it begins.

    A slow sender would hold that transaction open for minutes, and everybody else on SQLite.
    """
    with transaction(runtime().database, read_only=True):
        visit = visits.find_visit(g.visit_token or "", evidence())
        g.frame_ancestors = visit.frame_ancestors
        guard.check(visit)
    check_origin()
    request.max_content_length = largest
    # Asking for it reads all of the body, files included.
    request.form.get(FIELD)


def _check_kind(visit: Visit, kind: str) -> None:
    """Keep a visit inside the kind that it was launched into.

    Blueprints that no activity announces are the tool's own: there the permission table decides
    alone, and a page that needs a placement asks for it.

    Raises:
        NotFound: the address belongs to another kind of activity.
    """
    if kind not in catalogue():
        return
    if visit.placement is None or visit.placement.kind != kind:
        raise NotFound(detail=f"visit of another kind than {kind}")


def _check_programme(visit: Visit, guard: Requires, programme_id: object) -> None:
    """Keep people who run programmes to those that they were granted, whatever the address names.

    Raises:
        NotFound: there is no such programme, or none of theirs; nobody learns which.
    """
    if guard.of is not Reach.PROGRAMME or not isinstance(programme_id, UUID):
        return
    programme = find_programme(programme_id)
    thing = Thing(guard.kind, programme.organisation_id, None, programme_id=programme.id)
    if not can(visit.viewer, guard.action, thing):
        raise NotFound(detail="a programme of somebody else")


def _note_use(visit: Visit) -> None:
    if not visits.is_touch_due(visit):
        return
    try:
        with transaction(runtime().database):
            visits.touch_visit(visit.id)
    except OperationalError:
        # What the person did is done, and they are told so.
        log.warning("use_of_visit_not_noted", exc_info=True)
