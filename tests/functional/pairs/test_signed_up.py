"""From two sign-ups to a pair: what people answered decides what the desk and the two read."""

import pytest
from sqlalchemy import select

from lti_app.domain.programmes import ProgrammeRules
from lti_app.store.pairs import Pair
from lti_app.store.programmes import Programme, from_rules
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import PURPOSE, Desk, open_desk
from tests.functional.desk.test_courses import link
from tests.functional.mentoring.visitors import NOONS, WHY, Visitor, read, visit
from tests.functional.pairs.people import Team, answer, page_of

#: A Tuesday evening: no hour of it is one of the others'.
TUESDAY_EVENING = [48 + half for half in range(38, 42)]


@pytest.fixture
def desk(registered_tool: ToolUnderTest, lms: Sandbox) -> Desk:
    """Return Dana's desk."""
    return open_desk(registered_tool, lms)


@pytest.fixture
def team(desk: Desk, lms: Sandbox) -> Team:
    """Return an open programme that the first course is in, with an account for Mona."""
    programme_id = desk.open()
    link(desk, programme_id)
    lms.add_person("mona", "Mona", "Mentor")
    for course in lms.courses.values():
        lms.enrol(course, "mona", Role.STUDENT)
    return Team(desk, programme_id)


def sign_up(team: Team, username: str, **answers: object) -> Visitor:
    """Let somebody sign up and be approved; returns their visit."""
    visitor = team.visit(username)
    sent = visitor.sign_up(**answers)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    path = team.path(f"people/{team.id_of(username)}")
    assert team.desk.post(path, act="approve").status_code == 303
    return visitor


def mentor(team: Team, **answers: object) -> Visitor:
    """Let Mona sign up as a mentor two steps ahead, and be approved."""
    return sign_up(team, "mona", **({"side": "mentor", "band": "4"} | answers))


def options(team: Team, username: str = "alice") -> str:
    """Return what the desk says of the partners that somebody could have."""
    return team.read(f"pairing?person={team.id_of(username)}").text


def test_the_desk_says_in_words_what_fits_and_the_two_read_the_same_in_theirs(team: Team) -> None:
    alice = sign_up(team, "alice", skills=["feedback", "strategy"])
    mona = mentor(team, skills=["feedback", "presenting"])
    page = options(team)
    for sentence in (
        "1 of 1 mentor with a free seat can be paired",
        "Not covered: Giving feedback and Thinking strategically.",
        "Goals in common: Building a strong team.",
        "10 h a week in common, on Monday, Tuesday, Wednesday, Thursday, and Friday.",
        "The mentor is 2 steps ahead at work.",
        "Both can meet by video.",
        "Both would like to meet every 2 weeks.",
        "Both speak English well.",
    ):
        assert sentence in page, sentence
    side_by_side = team.read(f"pairing/{team.id_of('alice')}/{team.id_of('mona')}").text
    assert WHY in side_by_side
    pair_id = team.offer()
    offered = page_of(alice).text
    assert offered.count(PURPOSE) == 1, "it heads the page"
    assert "Goals in common: Building a strong team." in offered
    assert "Not covered: Giving feedback and Thinking strategically." in offered
    assert WHY not in page_of(mona).text, "reasons, and nothing that anybody wrote"
    assert answer(alice, pair_id, "accepted").status_code == 303


def test_too_little_time_is_told_and_can_be_overridden(team: Team) -> None:
    sign_up(team, "alice", cells=NOONS)
    mentor(team, cells=TUESDAY_EVENING)
    assert "Time in common: 0 min a week; the programme wants 1 h." in options(team)
    assert team.pair_up("alice", "mona").status_code == 422
    assert team.pair_up("alice", "mona", code="knows_both").status_code == 303


@pytest.mark.parametrize("who", ["alice", "mona"])
def test_whom_somebody_does_not_want_is_blocked_and_nobody_learns_whose_wish_it_is(
    team: Team, who: str
) -> None:
    wish = {"alice": "Mona Mentor", "mona": "Alice Adams"}[who]
    sign_up(team, "alice", people=wish if who == "alice" else "")
    mentor(team, people=wish if who == "mona" else "")
    pages = {options(team), team.read(f"pairing/{team.id_of('alice')}/{team.id_of('mona')}").text}
    assert all("Blocked. Nobody is told why." in page for page in pages)
    assert team.pair_up("alice", "mona", code="knows_both").status_code == 409
    with transaction(team.tool.database, read_only=True):
        assert list(db().scalars(select(Pair))) == []


def board(team: Team) -> list[list[str]]:
    """Return the instructor's list."""
    visitor = visit(team.tool, team.desk.lms, "tina")
    return [list(row) for row in read(visitor.get("mentoring/board")).tables[0].rows]


def let_instructors_see(team: Team) -> None:
    """Change the programme's rules so that instructors see pairs."""
    with transaction(team.tool.database):
        programme = db().get_one(Programme, team.programme_id)
        programme.rules = from_rules(ProgrammeRules(instructors_see_pairs=True))


def test_instructors_see_who_is_offered_and_paired_only_where_the_programme_lets_them(
    team: Team,
) -> None:
    alice, mona = sign_up(team, "alice"), mentor(team)
    team.visit("bob")
    pair_id = team.offer()
    assert board(team)[0] == ["Learner", "Signed up", "Grade"]
    let_instructors_see(team)
    rows = {row[0]: row[3] for row in board(team)}
    assert rows["Learner"] == "Pair"
    assert rows["Alice Adams"] == rows["Mona Mentor"] == "offered"
    assert rows["Bob Brown"] == ""
    for visitor in (alice, mona):
        assert answer(visitor, pair_id, "accepted").status_code == 303
    rows = {row[0]: row[3] for row in board(team)}
    assert (rows["Alice Adams"], rows["Mona Mentor"]) == ("with Mona Mentor", "with Alice Adams")


def test_what_somebody_was_changing_while_they_were_paired_is_shown_to_them(team: Team) -> None:
    alice = sign_up(team, "alice")
    mentor(team)
    team.offer()
    typed = "I would rather learn how to lead a team of other leaders."
    late = alice.save("step/goals", wish=typed)
    assert late.status_code == 409
    page = read(late).text
    assert "What you wrote was not saved" in page
    assert typed in page
