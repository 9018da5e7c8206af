"""Who practises with whom, for those who teach: as it is, by hand, and by the tool."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    Kind,
    Reach,
    current_placement,
    requires,
    roster,
)
from plugins.coaching import grouping, models
from plugins.coaching.options import Terms
from plugins.coaching.views.blueprint import blueprint

_UNPROCESSABLE = 422
_FEWEST, _MOST = 2, 4


@blueprint.get("/groups")
@requires(Action.READ, Kind.PRACTICE_GROUP, of=Reach.ACTIVITY)
def groups() -> ResponseReturnValue:
    """Show the groups of one round, and who has nobody."""
    return _show(request.args.get("round", 1, type=int))


@blueprint.post("/groups")
@requires(Action.WRITE, Kind.PRACTICE_GROUP, of=Reach.ACTIVITY)
def put_together() -> ResponseReturnValue:
    """Put people together by hand, wherever they sat before."""
    round_ = _round(request.form.get("round", 1, type=int))
    people = [_id(one) for one in request.form.getlist("person")]
    if not _FEWEST <= len(people) <= _MOST:
        return _show(round_, chosen=people), _UNPROCESSABLE
    grouping.seat_together(current_placement(), round_, people, "hand")
    return redirect(url_for(".groups", round=round_, done="made"), 303)


@blueprint.post("/groups/<uuid:group_id>/dissolve")
@requires(Action.WRITE, Kind.PRACTICE_GROUP, of=Reach.ACTIVITY)
def dissolve(group_id: UUID) -> ResponseReturnValue:
    """End a group in which nobody has begun a conversation."""
    grouping.dissolve(current_placement(), group_id)
    round_ = _round(request.form.get("round", 1, type=int))
    return redirect(url_for(".groups", round=round_, done="dissolved"), 303)


@blueprint.post("/groups/arrange")
@requires(Action.WRITE, Kind.PRACTICE_GROUP, of=Reach.ACTIVITY)
def arrange() -> ResponseReturnValue:
    """Let the tool place everybody who takes part and has nobody."""
    placement = current_placement()
    models.lock_groups(placement.activity_id)
    grouping.regroup(placement)
    round_ = _round(request.form.get("round", 1, type=int))
    return redirect(url_for(".groups", round=round_, done="arranged"), 303)


def _round(number: int) -> int:
    return min(max(number, 1), Terms.of(current_placement().options).sessions)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise ActivityError("malformed", "person") from fault


def _show(round_: int, chosen: list[UUID] | None = None) -> str:
    placement = current_placement()
    number = _round(round_)
    people = {person.id: person for person in roster(placement)}
    stored = models.list_groups(placement.activity_id, number)
    begun = models.begun_groups(placement.activity_id)
    sitting = {one for group in stored for one in group.people}
    joined = {one.person_id for one in models.list_joined(placement.activity_id)}
    return render_template(
        "coaching/groups.html",
        terms=Terms.of(placement.options),
        number=number,
        groups=[
            (group, [people[one] for one in group.people if one in people], group.id in begun)
            for group in stored
        ],
        free=[one for one in people.values() if one.id not in sitting and not one.is_preview],
        joined=joined,
        chosen=chosen,
        done=request.args.get("done"),
    )
