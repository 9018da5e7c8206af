"""Goals in a charter: in one's own answers, and in the common text; one page each."""

from dataclasses import replace
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import (
    Action,
    GoalDraft,
    GoalFields,
    Kind,
    NotFound,
    Reach,
    advice_of,
    check_goal,
    goal_templates,
    requires,
)
from plugins.charter import acts, rules
from plugins.charter.acts import Clash, Refused
from plugins.charter.rules import Section
from plugins.charter.terms import Terms
from plugins.charter.views.apart import CONFLICT, UNPROCESSABLE
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here
from plugins.charter.views.page import show_page
from plugins.charter.views.together import LONGEST_NUMBER

#: In one's own answers, and in the text of both.
_APART: Final[dict[str, Any]] = {"where": "answers"}
_TOGETHER: Final[dict[str, Any]] = {"where": "text"}
_NEW: Final = "new"


@pair_blueprint.get("/answers/goals", defaults=_APART)
@pair_blueprint.get("/text/goals", defaults=_TOGETHER)
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def goals(where: str) -> ResponseReturnValue:
    """Show the goals so far, with what each still lacks."""
    here = find_here()
    if not _is_open(here, where):
        return redirect(url_for(".page"), 303)
    return _show_goals(here, where)


@pair_blueprint.get("/answers/goals/<goal>", defaults=_APART)
@pair_blueprint.get("/text/goals/<goal>", defaults=_TOGETHER)
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def goal(where: str, goal: str) -> ResponseReturnValue:
    """Ask for one goal: a new one, or one that is to be changed."""
    here = find_here()
    if not _is_open(here, where):
        return redirect(url_for(".page"), 303)
    found = _template(here) if goal == _NEW else _find(_terms(here, where), goal)
    form = GoalFields.asked(found, today=here.setting.today)
    if request.args.get("help"):
        form.find(signing_on=here.setting.today, last_day=here.setting.last_day)
    return _show_goal(here, where, goal, form, revision=here.revision_of(Section.GOALS))


@pair_blueprint.post("/answers/goals/<goal>", defaults=_APART)
@pair_blueprint.post("/text/goals/<goal>", defaults=_TOGETHER)
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def save_goal(where: str, goal: str) -> ResponseReturnValue:
    """Keep a goal as it is; what it still lacks is shown, and keeps nobody from going on."""
    here = find_here()
    form = GoalFields.asked(today=here.setting.today)
    revision = _revision()
    if not form.validate() or form.is_empty:
        return _show_goal(here, where, goal, form, revision=revision), UNPROCESSABLE
    draft = form.draft()
    if goal != _NEW:
        draft = replace(draft, key=_find(_terms(here, where), goal).key)
    most = rules.most_goals(is_coaching=here.setting.is_coaching)

    def change(terms: Terms) -> Terms:
        changed = terms.with_goal(draft)
        if len(changed.goals) > most:
            raise Refused(acts.GOALS_FULL)
        return changed

    try:
        _save(here, where, revision, change)
    except Clash as clash:
        shown = _show_goal(here, where, goal, form, revision=clash.revision, clash=clash.text)
        return shown, CONFLICT
    except Refused as refused:
        return show_page(find_here(), refused=refused.why), CONFLICT
    if form.find(signing_on=here.setting.today, last_day=here.setting.last_day):
        return redirect(url_for(".goals", where=where, done="saved"), 303)
    return redirect(url_for(".goal", where=where, goal=draft.key, help="1"), 303)


@pair_blueprint.post("/answers/goals/<goal>/remove", defaults=_APART)
@pair_blueprint.post("/text/goals/<goal>/remove", defaults=_TOGETHER)
@requires(Action.WRITE, Kind.CHARTER, of=Reach.SELF)
def remove_goal(where: str, goal: str) -> ResponseReturnValue:
    """Take a goal out again; where there is none any more, nothing has to be done."""
    here = find_here()
    if goal not in {str(one.key) for one in _terms(here, where).goals}:
        return redirect(url_for(".goals", where=where), 303)

    def change(terms: Terms) -> Terms:
        return replace(terms, goals=tuple(one for one in terms.goals if str(one.key) != goal))

    try:
        _save(here, where, _revision(), change)
    except (Clash, Refused):
        return show_page(find_here(), refused=acts.CHANGED), CONFLICT
    return redirect(url_for(".goals", where=where, done="removed"), 303)


def findings_of(here: Here, draft: GoalDraft) -> list[str]:
    """Return what keeps a goal from being agreed on, in words."""
    found = check_goal(draft, signing_on=here.setting.today, last_day=here.setting.last_day)
    return [advice_of(one) for one in found if one.blocks]


def _is_open(here: Here, where: str) -> bool:
    return here.can_answer if where == "answers" else here.may_edit


def _terms(here: Here, where: str) -> Terms:
    return here.my_answers if where == "answers" else here.text


def _save(here: Here, where: str, revision: int, change: acts.Change) -> None:
    if where == "answers":
        acts.save_answers(here.pair, change)
    else:
        acts.save_text(here.pair, Section.GOALS, revision, change)


def _revision() -> int:
    return request.form.get("revision", -1, type=int)


def _find(terms: Terms, goal: str) -> GoalDraft:
    for one in terms.goals:
        if str(one.key) == goal:
            return one
    raise NotFound(detail="no such goal in the text")


def _template(here: Here) -> GoalDraft | None:
    """Return what a new goal begins with: nothing, a template, or what one of the two answered."""
    begins = request.args.get("from", "")
    if begins.isascii() and begins.isdigit() and len(begins) < LONGEST_NUMBER:
        known = _templates(here)
        return known[int(begins)] if int(begins) < len(known) else None
    theirs = here.their_answers
    answered = [*here.my_answers.goals, *(theirs.goals if theirs else ())]
    return next((one for one in answered if str(one.key) == begins), None)


def _templates(here: Here) -> list[GoalDraft]:
    programme = here.pair.programme
    return goal_templates(programme.purpose_type, programme.goal_templates)


def _show_goals(here: Here, where: str) -> str:
    terms, theirs = _terms(here, where), here.their_answers
    keys = {goal.key for goal in terms.goals}
    answered = (
        [] if where == "answers" else [*here.my_answers.goals, *(theirs.goals if theirs else ())]
    )
    most = rules.most_goals(is_coaching=here.setting.is_coaching)
    following = here.sections[here.sections.index(Section.GOALS) + 1]
    return render_template(
        "charter/goals.html",
        here=here,
        where=where,
        goals=[(one, findings_of(here, one)) for one in terms.goals],
        answered=[one for one in answered if one.key not in keys],
        templates=_templates(here),
        can_add=len(terms.goals) < most,
        most=most,
        revision=here.revision_of(Section.GOALS),
        following=url_for(".answer", section=following) if where == "answers" else url_for(".page"),
        number=here.sections.index(Section.GOALS) + 1,
        done=request.args.get("done", ""),
    )


def _show_goal(
    here: Here,
    where: str,
    goal: str,
    form: GoalFields,
    *,
    revision: int,
    clash: Terms | None = None,
) -> str:
    return render_template(
        "charter/goal.html",
        here=here,
        where=where,
        goal=goal,
        form=form,
        revision=revision,
        clash=_clashing(clash, goal),
        is_clash=clash is not None,
        is_empty=request.method == "POST" and form.is_empty,
    )


def _clashing(text: Terms | None, goal: str) -> GoalDraft | None:
    """Return what the other has made of a goal meanwhile; None where they took it out."""
    found = [one for one in text.goals if str(one.key) == goal] if text is not None else []
    return found[0] if found else None
