"""Who may call a view, stated on the view; `create_app` refuses to start with a view that lacks it.

@blueprint.post("/")
@requires(Action.WRITE, Kind.SIGN_UP)
def save_sign_up(): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from lti_app.domain.errors import NotAllowed
from lti_app.domain.permissions import Action, Kind, Reach, reach_of
from lti_app.domain.visit import Visit

View = TypeVar("View", bound=Callable[..., Any])
_ATTRIBUTE = "guard"
_LARGEST = "largest_request"


@dataclass(frozen=True)
class Public:
    """Anybody may call the view, for the reason given; it handles its own transactions."""

    reason: str


@dataclass(frozen=True)
class Requires:
    """Only a visit whose hat reaches objects of `kind` with `action` may call the view."""

    action: Action
    kind: Kind
    of: Reach = Reach.OWN
    #: The view opens its own transactions, because it calls an LMS in between.
    calls_out: bool = False

    def allows(self, visit: Visit) -> bool:
        """Return whether a hat reaches far enough."""
        reach = reach_of(visit.hat, self.action, self.kind)
        is_whole = reach is not Reach.ORGANISATION or visit.viewer.runs_all_programmes
        return is_whole and reach.covers(self.of)

    def check(self, visit: Visit) -> None:
        """Refuse a hat that does not reach far enough.

        Raises:
            NotAllowed: with the row of the table that refused.
        """
        if not self.allows(visit):
            raise NotAllowed(detail=f"{visit.hat} {self.action} {self.kind}")


Guard = Public | Requires


def public(reason: str) -> Callable[[View], View]:
    """Mark a view that needs no visit, and say why."""
    return _mark(Public(reason))


def requires(
    action: Action, kind: Kind, *, of: Reach = Reach.OWN, calls_out: bool = False
) -> Callable[[View], View]:
    """Mark a view with the row of the permission table that opens it.

    Args:
        action: what the view does.
        kind: with what.
        of: whose the view shows: the person's own, in the activity or wherever it comes from,
            everybody's in the activity, in a programme or in the organisation, or all there is. Of
            a programme, the one that the address names as `programme_id` must be one that the
            person may run, or the answer is 404.
        calls_out: the view opens its own transactions, because it calls an LMS in between.
    """
    return _mark(Requires(action, kind, of, calls_out))


def takes_at_most(largest: int) -> Callable[[View], View]:
    """Let a view be sent so many bytes all in all.

    More than others take is for files; less is for public views, which anybody may call.
    """

    def decorate(view: View) -> View:
        setattr(view, _LARGEST, largest)
        return view

    return decorate


def largest_request_of(view: Callable[..., Any]) -> int | None:
    """Return how many bytes a view may be sent, or None where it is like the others."""
    return getattr(view, _LARGEST, None)


def guard_of(view: Callable[..., Any]) -> Guard | None:
    """Return a view's guard, or None if its author forgot it."""
    return getattr(view, _ATTRIBUTE, None)


def _mark(guard: Guard) -> Callable[[View], View]:
    def decorate(view: View) -> View:
        setattr(view, _ATTRIBUTE, guard)
        return view

    return decorate
