"""Marking: the queue of what was released, one session with its evidence, and publishing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    ActivityError,
    Kind,
    Reach,
    current_placement,
    current_visit,
    find_people,
    lazy_gettext,
    requires,
    shown_name,
)
from plugins.coaching import publishing, rules, words
from plugins.coaching.evidence import USUAL_BAND, find_evidence, read_copy
from plugins.coaching.mark_form import MarkForm
from plugins.coaching.models import marks
from plugins.coaching.models.marks import Queue, Released
from plugins.coaching.options import Terms
from plugins.coaching.publishing import Change
from plugins.coaching.release import PARTNER
from plugins.coaching.rubric import WEIGHTS, WORDS, Row, percent_of, points_of
from plugins.coaching.rules import Event, SessionState
from plugins.coaching.views.blueprint import blueprint
from plugins.coaching.views.board import MARKING

PAGE_SIZE = 50
_UNPROCESSABLE, _CONFLICT = 422, 409
FILTERS: Final[Mapping[Queue, object]] = {
    Queue.TO_MARK: lazy_gettext("To mark"),
    Queue.MARKED: lazy_gettext("Marked, not published"),
    Queue.PUBLISHED: lazy_gettext("Published"),
    Queue.ALL: lazy_gettext("All"),
}
DONE: Final[Mapping[str, object]] = {
    "saved": lazy_gettext("Saved. The learner does not see it before you publish."),
    "marked": lazy_gettext(
        "Marked: every row has a level. The learner does not see it before you publish."
    ),
    "published": lazy_gettext("Published. The learners are told, and grades are on their way."),
}


@dataclass(frozen=True)
class Pages:
    """Which page of a list is shown; there are `count`."""

    number: int
    count: int
    total: int


@dataclass(frozen=True)
class Entry:
    """A released session in the queue."""

    item: Released
    name: str
    state: object
    percent: object


@blueprint.get("/marking")
@requires(Action.READ, Kind.PRACTICE_MARK, of=Reach.ACTIVITY)
def marking() -> ResponseReturnValue:
    """Show what was released, those that wait longest first."""
    placement = current_placement()
    asked = request.args.get("show", Queue.TO_MARK.value)
    show = Queue(asked) if asked in {*Queue} else Queue.TO_MARK
    counts = marks.count_queue(placement.activity_id)
    pages = _pages(counts[show], request.args.get("page", 1, type=int))
    items = marks.list_queue(
        placement.activity_id, show, limit=PAGE_SIZE, offset=(pages.number - 1) * PAGE_SIZE
    )
    return render_template(
        "coaching/marking.html",
        entries=_entries(items),
        pages=pages,
        show=show,
        filters=FILTERS,
        counts=counts,
        to_publish=len(marks.list_marked_people(placement.activity_id)),
        done=DONE.get(request.args.get("done", "")),
    )


@blueprint.get("/marking/<uuid:release_id>")
@requires(Action.READ, Kind.PRACTICE_RELEASE, of=Reach.ACTIVITY)
def mark(release_id: UUID) -> ResponseReturnValue:
    """Show one released session, with the evidence beside each row."""
    found = _find(release_id)
    return _show(found, MarkForm.about(found.levels, found.remark))


@blueprint.post("/marking/<uuid:release_id>")
@requires(Action.WRITE, Kind.PRACTICE_MARK, of=Reach.ACTIVITY)
def save_marks(release_id: UUID) -> ResponseReturnValue:
    """Keep the levels that were chosen; nobody but staff sees them before they are published."""
    found = _find(release_id, lock=True)
    form = MarkForm.about(found.levels, found.remark)
    if not form.validate():
        return _show(found, form), _UNPROCESSABLE
    levels, remark = {**found.levels, **form.levels}, form.remark.data or ""
    is_same = levels == found.levels and remark == found.remark
    if not is_same and request.form.get("seen", found.stamp) != found.stamp:
        return _show(found, form, is_overtaken=True), _CONFLICT
    if not is_same:
        marks.save_marks(release_id, levels, remark, current_visit().person.id)
        _move_on(found, levels)
    following = marks.find_next(found.session.activity_id, found.release)
    if "next" in request.form and following is not None:
        return redirect(url_for(".mark", release_id=following, done="saved"), 303)
    done = "marked" if len(levels) == len(Row) else "saved"
    return redirect(url_for(".mark", release_id=release_id, done=done), 303)


@blueprint.get("/publish")
@requires(Action.WRITE, Kind.PRACTICE_MARK, of=Reach.ACTIVITY)
def publishing_page() -> ResponseReturnValue:
    """Show what publishing would change: for one learner, or for all who are marked."""
    return _show_changes(_wanted(request.args.get("person", "")))


@blueprint.post("/publish")
@requires(Action.WRITE, Kind.PRACTICE_MARK, of=Reach.ACTIVITY)
def publish() -> ResponseReturnValue:
    """Publish what the page showed, and nothing else."""
    placement = current_placement()
    shown = dict(zip(request.form.getlist("person"), request.form.getlist("shown"), strict=False))
    people = [_person_id(text) for text in shown]
    marks.list_released(placement.activity_id, people, lock=True)
    wanted = publishing.changes(placement, people)
    if people and not wanted:
        # Sent twice: the first time has published it.
        return redirect(url_for(".marking", show=Queue.PUBLISHED, done="published"), 303)
    if {str(one.person.id): one.shown for one in wanted} != shown:
        return _show_changes(wanted, is_overtaken=True), _CONFLICT
    publishing.publish(placement, wanted, by=current_visit().person.id)
    return redirect(url_for(".marking", show=Queue.PUBLISHED, done="published"), 303)


def _find(release_id: UUID, *, lock: bool = False) -> Released:
    found = marks.find_released(current_placement().activity_id, release_id, lock=lock)
    if found is None:
        raise ActivityError("not_found", "release", status=404)
    return found


def _move_on(found: Released, levels: Mapping[Row, int]) -> None:
    """Move a session on once every row has a level; until then it stays to be marked."""
    state = SessionState(found.session.state)
    if len(levels) == len(Row):
        found.session.state = rules.after(state, Event.MARK).value


def _show(found: Released, form: MarkForm, *, is_overtaken: bool = False) -> str:
    terms = Terms.of(current_placement().options)
    person_id = found.session.person_id
    log, answer = read_copy(found.release.copy)
    return render_template(
        "coaching/mark.html",
        found=found,
        name=_names([person_id])[person_id],
        state=MARKING[found.session.state],
        form=form,
        rows=[(row, WORDS[row], form[row.value]) for row in Row],
        weights=WEIGHTS,
        evidence=find_evidence(found.release.copy),
        band=USUAL_BAND,
        log=log,
        answer=answer,
        held_on=_day(found.release.copy.get("held_on")),
        partner_mark=PARTNER,
        words=words,
        percent=percent_of(found.levels) if found.is_marked else None,
        points=points_of(found.levels, terms.rubric) if found.is_marked else None,
        terms=terms,
        is_overtaken=is_overtaken,
        done=DONE.get(request.args.get("done", "")),
    )


def _show_changes(wanted: Sequence[Change], *, is_overtaken: bool = False) -> str:
    return render_template(
        "coaching/publish.html",
        changes=wanted,
        falling=[one for one in wanted if one.falls],
        terms=Terms.of(current_placement().options),
        is_overtaken=is_overtaken,
    )


def _wanted(person: str) -> Sequence[Change]:
    """Return what the one learner, or everybody who is marked and was not told, would get."""
    placement = current_placement()
    if person:
        return publishing.changes(placement, [_person_id(person)])
    return publishing.changes(placement, marks.list_marked_people(placement.activity_id))


def _person_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise ActivityError("malformed", "person") from error


def _entries(items: Sequence[Released]) -> list[Entry]:
    names = _names([one.session.person_id for one in items])
    return [
        Entry(
            one,
            names[one.session.person_id],
            MARKING[one.session.state],
            percent_of(one.levels) if one.is_marked else None,
        )
        for one in items
    ]


def _names(ids: Sequence[UUID]) -> Mapping[UUID, str]:
    return {id_: shown_name(person.name, id_) for id_, person in find_people(ids).items()}


def _pages(total: int, asked: int) -> Pages:
    count = max(1, -(-total // PAGE_SIZE))
    return Pages(min(max(asked, 1), count), count, total)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
