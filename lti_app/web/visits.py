"""The visit of the current request."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from flask import g

from lti_app.domain.errors import NotFound
from lti_app.domain.visit import Placement, Visit

_visit: ContextVar[Visit | None] = ContextVar("visit", default=None)


def current_visit() -> Visit:
    """Return who is here.

    Raises:
        RuntimeError: the view is public, so there is no visit.
    """
    visit = _visit.get()
    if visit is None:
        raise RuntimeError("this request has no visit")
    return visit


def current_visit_or_none() -> Visit | None:
    """Return who is here, or None on a public page."""
    return _visit.get()


def current_placement() -> Placement:
    """Return the link that was launched.

    Raises:
        NotFound: the visit was not made by a link.
    """
    placement = current_visit().placement
    if placement is None:
        raise NotFound(detail="visit without placement")
    return placement


@contextmanager
def acting(visit: Visit) -> Iterator[None]:
    """Make `visit` the current one for a block."""
    token = _visit.set(visit)
    g.locale = visit.locale
    try:
        yield
    finally:
        _visit.reset(token)
