"""Everything that changes something about people in programmes, done by somebody who may.

Who may not is in `expectations.py`, and is tried in `test_crawl.py`. An act without a row here
fails in `tests/rules/test_routes.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.functional.desk.people import PLAN
from tests.functional.desk.test_courses import SECOND
from tests.functional.mentoring.visitors import read
from tests.functional.privacy.crawl import fingerprint
from tests.functional.privacy.world import LINES, TERMS, World, file_of


@dataclass(frozen=True)
class Act:
    """Something that changes something.

    Attributes:
        path: below the visit; `{…}` are ids of the world.
        by: who does it.
        values: of the form.
        status: of the answer.
    """

    path: str
    by: str
    values: Callable[[World], Mapping[str, Any]]
    status: int = 303


def programme(rest: str) -> str:
    """Return the path of something of the programme."""
    return f"desk/programmes/{{lead}}/{rest}"


def own_pair(rest: str) -> str:
    """Return the path of something of the pair."""
    return f"pairs/{{pair}}/{rest}"


def nothing(_: World) -> Mapping[str, Any]:
    """Return an empty form."""
    return {}


def given(**values: Any) -> Callable[[World], Mapping[str, Any]]:
    """Return a form with these values."""
    return lambda _: values


def course_of_tina(world: World) -> Mapping[str, Any]:
    """Return the form that names the second course."""
    return {"course": str(world.ids[SECOND])}


def changed_programme(world: World) -> Mapping[str, Any]:
    """Return the form of the programme with another text to agree to."""
    page = read(world.people["lena"].get(world.at_desk("edit")))
    form = next(one for one in page.forms if "consent_text" in one.names())
    values = dict(form.pairs({"consent_text": "I agree to another text than before."}))
    values.pop("csrf_token")
    return values


def fresh_code(world: World) -> Mapping[str, Any]:
    """Return the form with a code that the programme team has just made."""
    made = world.post("dana", world.at_desk("courses/codes"), {"days": "30"})
    html = made.get_data(as_text=True)
    return {"code": html.split("<code>")[1].split("</code>")[0]}


def agreement(world: World) -> Mapping[str, Any]:
    """Return the form that agrees to the programme's text as it is shown to Alice."""
    page = read(world.people["alice"].get("mentoring/"))
    form = next(one for one in page.forms if one.action.endswith("/consent"))
    shown = {one.name: one.value for one in form.fields if one.name == "consent_version"}
    return {"consent": "y", **shown}


WISH: Final = "I want to learn how to listen to people."
#: In this order, each act finds what it needs.
ACTS: Final[Mapping[str, Act]] = {
    "mentoring.save_step": Act(
        "mentoring/step/goals", "charlie", given(goal_areas=["team"], wish=WISH)
    ),
    "mentoring.discard": Act("mentoring/discard", "charlie", nothing),
    "mentoring.submit": Act("mentoring/check", "charlie", nothing),
    "mentoring.save_private": Act("mentoring/private", "charlie", given(people="Zoe Zander")),
    "mentoring.save_groups": Act("mentoring/groups", "charlie", given(groups=["carer"])),
    "desk.pair_up": Act(
        programme("pairing/{charlie}/{bob}"), "lena", given(act="propose", code="knows_both")
    ),
    "mentoring.change_place": Act(
        "mentoring/place",
        "charlie",
        given(act="pause"),
    ),
    "desk.decide": Act(programme("people/{charlie}"), "lena", given(act="resume")),
    "desk.approve_all": Act(
        programme("people"), "lena", lambda world: {"person": str(world.ids["sven"])}
    ),
    "pairs.seats": Act(
        "pairs/seats/{lead}",
        "bob",
        given(seats="3"),
    ),
    "pairs.answer": Act(own_pair("answer"), "alice", given(answer="accepted")),
    "pairs.pause": Act(own_pair("pause"), "alice", given(weeks="2")),
    "pairs.resume": Act(own_pair("resume"), "bob", nothing),
    "goals.write": Act(own_pair("goals/{goal}/updates"), "alice", given(note="It goes.")),
    "goals.mark": Act(
        own_pair("goals/{goal}/mark"), "bob", given(mark="met", seen="open", words="Well.")
    ),
    "desk.save": Act(programme("edit"), "lena", changed_programme),
    "mentoring.agree": Act("mentoring/consent", "alice", agreement),
    "pairs.leave": Act(own_pair("leave"), "alice", nothing),
    "desk.move_pair": Act(
        programme("pairs/{other pair}"), "lena", given(act="end", reason="other")
    ),
    "desk.create": Act("desk/programmes/new", "dana", given(**PLAN)),
    "desk.make_code": Act(programme("courses/codes"), "lena", given(days="30"), 200),
    "desk.revoke_code": Act(programme("courses/codes/{code}/revoke"), "lena", nothing),
    "desk.answer_request": Act(
        programme("courses/requests/{request}"), "lena", given(answer="refuse")
    ),
    "programme.ask": Act(
        "programme/ask",
        "tina in another course",
        given(note="Please let my course in."),
    ),
    "programme.join": Act("programme/join", "tina in another course", fresh_code),
    "desk.unlink_course": Act(programme("courses/unlink"), "lena", course_of_tina),
    "desk.link_course": Act(programme("courses/link"), "lena", course_of_tina),
    "desk.move_on": Act(programme(""), "lena", given(step="begin_matching")),
    "desk.import_terms": Act("desk/taxonomy", "dana", lambda _: file_of(TERMS)),
    "desk.export_terms": Act("desk/taxonomy/export", "dana", nothing, 200),
    "desk.import_lines": Act("desk/reporting-lines", "dana", lambda _: file_of(LINES)),
    "desk.export_lines": Act("desk/reporting-lines/export", "dana", nothing, 200),
    "mentoring.copy": Act("mentoring/copy", "alice in another activity", nothing),
}


#: What has to be there first.
_BEFORE: Final[Mapping[str, Callable[[World], None]]] = {
    "desk.move_pair": World.find_other_pair,
    "goals.write": World.agree_on_a_goal,
}


def test_every_act_works_for_who_may_do_it(world: World) -> None:
    world.people["alice in another activity"] = world.at_another_activity("alice")
    for name, act in ACTS.items():
        if name in _BEFORE:
            _BEFORE[name](world)
        ids = {"lead": world.programme_id, **world.ids}
        values, before = act.values(world), fingerprint(world.tool.database)
        done = world.post(act.by, act.path.format(**ids), values)
        assert done.status_code == act.status, (name, done.get_data(as_text=True))
        assert fingerprint(world.tool.database) != before, f"{name} did nothing"
