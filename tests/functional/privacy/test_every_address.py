"""Every address of programmes, sign-up and pairs, for everybody: who is let in, and who is not.

An address without a row here fails in `tests/rules/test_routes.py`. Who may not do
something is refused (403) where their hat never reaches such things, and told that it is not there
(404) where it could be somebody else's, or where they are at no activity of the kind.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from lti_app.store.migrations import metadata
from lti_app.store.session import db, transaction
from tests.functional.desk.people import PLAN
from tests.functional.desk.test_courses import SECOND
from tests.functional.mentoring.visitors import OWN, read
from tests.functional.pairs.people import answer
from tests.functional.privacy.world import LINES, TERMS, World, file_of

LEARNERS: Final = ("alice", "bob", "charlie", "rita", "olga")
PEOPLE: Final = (*LEARNERS, "tina", "nina", "lena", "dana", "erin", "preview", "ada", "eve")
#: Tables that tell no more than that somebody has come.
TRACES: Final = frozenset({"visit", "launch_outcome", "launch_count", "login_transaction"})

Address = Callable[[World], str]


@dataclass(frozen=True)
class Row:
    """Who opens an address, and what the others are answered.

    Attributes:
        address: below the visit.
        opens: who is let in.
        hidden: who is told that it is not there; everybody else is refused.
    """

    address: Address
    opens: tuple[str, ...]
    hidden: tuple[str, ...] = ()


@dataclass(frozen=True)
class Act:
    """Something that changes something.

    Attributes:
        row: who may, at which address.
        by: who does it, when all others have been refused.
        values: of the form.
        status: of the answer to who does it.
    """

    row: Row
    by: str
    values: Callable[[World], Mapping[str, Any]]
    status: int = 303


def programme(rest: str) -> Row:
    """Return the row of a page of the programme; `{…}` are ids of the world."""
    return Row(
        lambda world: world.at_desk(rest.format(**world.ids)), ("lena", "dana"), ("erin", "eve")
    )


def organisation(rest: str, *, opens: tuple[str, ...] = ("dana", "eve")) -> Row:
    """Return the row of a page of the organisation; Eve opens that of her own."""
    hidden = () if "eve" in opens else ("eve",)
    return Row(lambda world: "desk/" + rest.format(**world.ids), opens, hidden)


def sign_up(rest: str) -> Row:
    """Return the row of a page of the sign-up: each learner's own, and that of a preview."""
    return Row(lambda _: f"mentoring/{rest}", (*LEARNERS, "preview"), ("ada",))


def course(rest: str) -> Row:
    """Return the row of a page about the learners of a course."""
    return Row(lambda world: "mentoring/" + rest.format(**world.ids), ("tina", "nina"), ("ada",))


def own_pair(rest: str) -> Row:
    """Return the row of what the two of a pair can do with it."""
    hidden = tuple(one for one in (*LEARNERS, "tina", "nina") if one not in {"alice", "bob"})
    return Row(lambda world: "pairs/" + rest.format(**world.ids), ("alice", "bob"), hidden)


TWO: Final = "{alice}/{bob}"
PAGES: Final[Mapping[str, Row]] = {
    "desk.programmes": Row(lambda _: "desk/", ("lena", "dana", "erin", "eve")),
    "desk.new": organisation("programmes/new"),
    "desk.programme": programme(""),
    "desk.edit": programme("edit"),
    "desk.courses": programme("courses"),
    "desk.people": programme("people"),
    "desk.person": programme("people/{alice}"),
    "desk.pairing": programme("pairing?person={charlie}"),
    "desk.two": programme(f"pairing/{TWO}"),
    "desk.pairs": programme("pairs"),
    "desk.pair": programme("pairs/{pair}"),
    "desk.waiting": programme("waiting"),
    "desk.audit": programme("audit"),
    "desk.terms": organisation("taxonomy"),
    "desk.term_import": organisation("taxonomy/imports/{taxonomy}", opens=("dana",)),
    "desk.reporting_lines": organisation("reporting-lines"),
    "desk.line_import": organisation("reporting-lines/imports/{reporting-lines}", opens=("dana",)),
    "programme.course": Row(lambda _: "programme/", ("tina",)),
    "room.page": own_pair("{pair}/"),
    "goals.page": own_pair("{pair}/goals/"),
    "goals.goal": own_pair("{pair}/goals/{goal}"),
    "pairs.mine": Row(lambda _: "pairs/", (*LEARNERS, "tina", "nina")),
    "mentoring.sign_up": sign_up(""),
    "mentoring.step": sign_up("step/goals"),
    "mentoring.private": sign_up("private"),
    "mentoring.check": sign_up("check"),
    "mentoring.groups": sign_up("groups"),
    "mentoring.board": course("board"),
    "mentoring.review": course("review/{alice}"),
}


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
        sign_up("step/goals"), "charlie", given(goal_areas=["team"], wish=WISH)
    ),
    "mentoring.discard": Act(sign_up("discard"), "charlie", nothing),
    "mentoring.submit": Act(sign_up("check"), "charlie", nothing),
    "mentoring.save_private": Act(sign_up("private"), "charlie", given(people="Zoe Zander")),
    "mentoring.save_groups": Act(sign_up("groups"), "charlie", given(groups=["carer"])),
    "desk.pair_up": Act(
        programme("pairing/{charlie}/{bob}"), "lena", given(act="propose", code="knows_both")
    ),
    "mentoring.change_place": Act(
        Row(
            lambda _: "mentoring/place",
            ("alice", "bob", "charlie", "rita"),
            ("olga", "tina", "nina", "preview", "ada"),
        ),
        "charlie",
        given(act="pause"),
    ),
    "desk.decide": Act(programme("people/{charlie}"), "lena", given(act="resume")),
    "desk.approve_all": Act(
        programme("people"), "lena", lambda world: {"person": str(world.ids["sven"])}
    ),
    "pairs.seats": Act(
        Row(
            lambda world: f"pairs/seats/{world.programme_id}",
            ("bob",),
            ("alice", "charlie", "rita", "olga", "tina", "nina", "preview"),
        ),
        "bob",
        given(seats="3"),
    ),
    "pairs.answer": Act(own_pair("{pair}/answer"), "alice", given(answer="accepted")),
    "pairs.pause": Act(own_pair("{pair}/pause"), "alice", given(weeks="2")),
    "pairs.resume": Act(own_pair("{pair}/resume"), "bob", nothing),
    "goals.write": Act(own_pair("{pair}/goals/{goal}/updates"), "alice", given(note="It goes.")),
    "goals.mark": Act(
        own_pair("{pair}/goals/{goal}/mark"), "bob", given(mark="met", seen="open", words="Well.")
    ),
    "desk.save": Act(programme("edit"), "lena", changed_programme),
    "mentoring.agree": Act(sign_up("consent"), "alice", agreement),
    "pairs.leave": Act(own_pair("{pair}/leave"), "alice", nothing),
    "desk.move_pair": Act(
        programme("pairs/{other pair}"), "lena", given(act="end", reason="other")
    ),
    "desk.create": Act(organisation("programmes/new"), "dana", given(**PLAN)),
    "desk.make_code": Act(programme("courses/codes"), "lena", given(days="30"), 200),
    "desk.revoke_code": Act(programme("courses/codes/{code}/revoke"), "lena", nothing),
    "desk.answer_request": Act(
        programme("courses/requests/{request}"), "lena", given(answer="refuse")
    ),
    "programme.ask": Act(
        Row(lambda _: "programme/ask", ("tina",)),
        "tina in another course",
        given(note="Please let my course in."),
    ),
    "programme.join": Act(
        Row(lambda _: "programme/join", ("tina",)), "tina in another course", fresh_code
    ),
    "desk.unlink_course": Act(programme("courses/unlink"), "lena", course_of_tina),
    "desk.link_course": Act(programme("courses/link"), "lena", course_of_tina),
    "desk.move_on": Act(programme(""), "lena", given(step="begin_matching")),
    "desk.import_terms": Act(organisation("taxonomy"), "dana", lambda _: file_of(TERMS)),
    "desk.export_terms": Act(organisation("taxonomy/export"), "dana", nothing, 200),
    "desk.import_lines": Act(organisation("reporting-lines"), "dana", lambda _: file_of(LINES)),
    "desk.export_lines": Act(organisation("reporting-lines/export"), "dana", nothing, 200),
    "mentoring.copy": Act(sign_up("copy"), "alice in another activity", nothing),
}


#: What has to be there first.
_BEFORE: Final[Mapping[str, Callable[[World], None]]] = {
    "desk.move_pair": World.find_other_pair,
    "goals.write": World.agree_on_a_goal,
}


def stored(world: World) -> dict[str, list[str]]:
    """Return all rows of all tables, but for the traces of having come."""
    with transaction(world.tool.database, read_only=True):
        return {
            table.name: sorted(str(tuple(row)) for row in db().execute(select(table)))
            for table in metadata().sorted_tables
            if table.name not in TRACES
        }


def expected(row: Row, who: str) -> set[int]:
    """Return what somebody is answered."""
    if who in row.opens:
        return {200, 303}
    return {404} if who in row.hidden else {403}


def refused(row: Row) -> Iterator[tuple[str, int]]:
    """Return who is not let in, and with which answer."""
    for who in PEOPLE:
        if who not in row.opens:
            yield who, 404 if who in row.hidden else 403


def test_every_page_opens_for_those_of_its_row_and_for_nobody_else(world: World) -> None:
    assert answer(world.people["alice"], world.ids["pair"], "accepted").status_code == 303
    world.agree_on_a_goal()
    before = stored(world)
    wrong = {
        f"{who} {name}": status
        for name, row in PAGES.items()
        for who in PEOPLE
        if (status := world.people[who].get(row.address(world)).status_code)
        not in expected(row, who)
    }
    assert wrong == {}
    assert stored(world) == before, "looking changes nothing"


def test_every_act_is_refused_to_all_but_those_of_its_row_and_works_for_them(world: World) -> None:
    world.people["alice in another activity"] = world.at_another_activity("alice")
    for name, act in ACTS.items():
        if name in _BEFORE:
            _BEFORE[name](world)
        address, values, before = act.row.address(world), act.values(world), stored(world)
        for who, status in refused(act.row):
            assert world.post(who, address, values).status_code == status, (name, who)
        visitor = world.people[act.by]
        without = visitor.browser.post(visitor.visit + address, data=values, headers=OWN)
        assert without.status_code == 403, f"{name} without the token of the visit"
        from_there = {"Origin": "https://evil.example"}
        elsewhere = visitor.browser.post(visitor.visit + address, headers=from_there)
        assert elsewhere.status_code == 403, f"{name} from another site"
        assert stored(world) == before, name
        done = world.post(act.by, address, act.values(world))
        assert done.status_code == act.status, (name, done.get_data(as_text=True))
        assert stored(world) != before, f"{name} did nothing"
