"""A person's own offers and pairs: what each can do, see and never see, over HTTP."""

from collections.abc import Mapping
from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app.clock import now
from lti_app.domain.pairs import Answer, PairState
from lti_app.store.mails import Mail
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role, Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import open_desk, register_elsewhere
from tests.functional.mentoring.visitors import MEMBERSHIP, PREVIEW, Visitor, claims, visit
from tests.functional.pairs.people import Team, answer, page_of

S = PairState
#: What one of the two does → from which state → to which; everything else is refused.
ALLOWED: Mapping[tuple[str, PairState], PairState] = {
    ("accepted", S.OFFERED): S.OFFERED,
    ("meet_first", S.OFFERED): S.OFFERED,
    ("declined", S.OFFERED): S.DECLINED,
    ("pause", S.ACTIVE): S.PAUSED,
    ("resume", S.PAUSED): S.ACTIVE,
    ("leave", S.ACTIVE): S.ENDED,
    ("leave", S.PAUSED): S.ENDED,
}
ACTS = ("accepted", "meet_first", "declined", "pause", "resume", "leave")


def act(visitor: Visitor, pair_id: UUID, what: str, form_of: str = "pairs/") -> int:
    """Do something with a pair; returns the status of the answer."""
    if what in {*Answer}:
        path, values = f"pairs/{pair_id}/answer", {"answer": what}
    else:
        path, values = f"pairs/{pair_id}/{what}", {"weeks": "2"}
    return visitor.post(path, form_of=form_of, **values).status_code


def put(team: Team, pair_id: UUID, state: PairState) -> None:
    """Put a pair into a state with nothing answered, whatever led there."""
    with transaction(team.tool.database):
        pair = db().get_one(Pair, pair_id)
        pair.state, pair.started_at = state.value, now()
        for offer in db().scalars(select(PairOffer)):
            offer.answer = "none" if state is S.OFFERED else "accepted"


@pytest.mark.parametrize("username", ["alice", "mona"])
def test_each_of_the_two_can_do_what_the_state_allows_and_nothing_else(
    team: Team, username: str
) -> None:
    visitor, pair_id = team.visit(username), team.offer()
    for what, before in product(ACTS, set(PairState) - {S.PROPOSED}):
        put(team, pair_id, before)
        status = act(visitor, pair_id, what)
        after = ALLOWED.get((what, before))
        expected = (303, after) if after else (409, before)
        assert (status, team.state_of(pair_id)) == expected, (what, before)


def test_two_who_both_accept_become_a_pair_and_learn_how_to_reach_each_other(team: Team) -> None:
    alice, mona, pair_id = team.visit("alice"), team.visit("mona"), team.offer()
    offered = page_of(alice)
    assert "An offer: Mona Mentor as your mentor" in offered.text
    assert "mona@example.org" not in offered.text
    assert answer(alice, pair_id, "accepted").status_code == 303
    assert "You become a pair when Mona Mentor accepts, too." in page_of(alice).text
    assert "alice@example.org" not in page_of(mona).text, "Mona has said nothing yet"
    assert answer(mona, pair_id, "accepted").status_code == 303
    assert "Your mentor: Mona Mentor" in page_of(alice).text
    assert "mona@example.org" in page_of(alice).text
    assert "Your mentee: Alice Adams" in page_of(mona).text
    assert "alice@example.org" in page_of(mona).text


def test_who_wants_to_meet_first_sees_an_address_once_the_other_is_willing_too(
    team: Team,
) -> None:
    alice, mona, pair_id = team.visit("alice"), team.visit("mona"), team.offer()
    assert answer(alice, pair_id, "meet_first").status_code == 303
    assert "mona@example.org" not in page_of(alice).text
    assert answer(mona, pair_id, "meet_first").status_code == 303
    assert "mona@example.org" in page_of(alice).text
    assert "alice@example.org" in page_of(mona).text
    assert "has accepted" not in page_of(alice).text


def test_nobody_learns_what_the_other_has_answered_or_why(team: Team) -> None:
    alice, mona, pair_id = team.visit("alice"), team.visit("mona"), team.offer()
    before = page_of(mona).text
    answer(alice, pair_id, "accepted")
    assert page_of(mona).text == before
    answer(alice, pair_id, "declined", reason="too_close")
    after = page_of(mona).text
    assert "an offer that did not become a pair" in after
    for page in (after, mona.get("me/inbox").get_data(as_text=True)):
        assert "too close" not in page.lower().replace("we are too close at work", "too close")
    assert "We are too close at work" in team.read(f"pairs/{pair_id}").text


def test_a_reason_that_is_none_of_the_list_cannot_be_read(team: Team) -> None:
    alice, pair_id = team.visit("alice"), team.offer()
    assert answer(alice, pair_id, "declined", reason="hm").status_code == 400
    assert answer(alice, pair_id, "none").status_code == 400
    assert answer(alice, pair_id, "perhaps").status_code == 400
    for weeks in ("5", "x", ""):
        put(team, pair_id, S.ACTIVE)
        pause = alice.post(f"pairs/{pair_id}/pause", form_of="pairs/", weeks=weeks)
        assert pause.status_code == 400
    assert team.state_of(pair_id) == "active"


@pytest.mark.parametrize("username", ["bob", "charlie", "tina"])
def test_whoever_is_not_one_of_the_two_finds_nothing(team: Team, username: str) -> None:
    pair_id = team.offer()
    visitor = team.visit(username)
    for what, state in product(ACTS, (S.OFFERED, S.ACTIVE, S.PAUSED)):
        put(team, pair_id, state)
        assert act(visitor, pair_id, what, "programme/") == 404, what
        assert act(visitor, uuid4(), what, "programme/") == 404
        assert team.state_of(pair_id) == state
    text = page_of(visitor).text
    assert "Mona" not in text
    assert "Alice" not in text


def test_under_the_hat_of_the_desk_and_as_a_preview_there_is_no_page_of_ones_own(
    team: Team, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    pair_id = team.offer()
    dana = team.desk.visitor
    preview = visit(registered_tool, lms, "alice", claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW]))
    for visitor in (preview, dana):
        assert visitor.get("pairs/").status_code == 403
        assert {act(visitor, pair_id, what, "mentoring/") for what in ACTS} == {403}
    assert team.state_of(pair_id) == "offered"


def test_who_runs_another_programme_sees_nothing_of_this_one(
    team: Team, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    pair_id = team.offer()
    erin = open_desk(registered_tool, lms, "erin", team.desk.open(title="Hers"))
    for path in ("pairs", f"pairs/{pair_id}", "pairing", "waiting"):
        assert erin.get(team.path(path)).status_code == 404


def test_people_of_another_organisation_find_nothing(
    team: Team, registered_tool: ToolUnderTest, lms_key: SandboxKey
) -> None:
    pair_id = team.offer()
    elsewhere = Sandbox.demo("http://localhost:0", "http://127.0.0.1:5000", name="Elsewhere")
    elsewhere.use_key(lms_key)
    with serve(elsewhere):
        register_elsewhere(registered_tool, elsewhere)
        alice = visit(registered_tool, elsewhere, "alice")
        assert {act(alice, pair_id, what) for what in ACTS} == {404}
        assert "Mona" not in page_of(alice).text


def test_a_mentor_answers_from_any_launch_of_theirs_under_any_hat(team: Team, lms: Sandbox) -> None:
    pair_id = team.offer()
    for course in lms.courses.values():
        lms.enrol(course, "mona", Role.TEACHER)
    mona = team.visit("mona", activity=103)
    page = page_of(mona)
    assert "An offer: Alice Adams as your mentee" in page.text
    assert "You are here as Mona Mentor · Instructor" in page.text
    assert answer(mona, pair_id, "accepted").status_code == 303


def test_whoever_takes_part_finds_the_page_on_top_and_nobody_else_does(team: Team) -> None:
    def leads_there(username: str) -> bool:
        return "/pairs/" in team.visit(username).first.get_data(as_text=True)

    assert {name: leads_there(name) for name in ("alice", "mona", "charlie", "tina")} == {
        "alice": True,
        "mona": True,
        "charlie": False,
        "tina": False,
    }


def test_a_mentor_says_how_many_mentees_they_take(team: Team) -> None:
    mona = team.visit("mona")
    path = f"pairs/seats/{team.programme_id}"

    def choose(seats: str, visitor: Visitor = mona) -> int:
        return visitor.post(path, form_of="pairs/", seats=seats).status_code

    assert choose("3") == 303
    team.offer()
    assert choose("0") == 409
    assert choose("6") == choose("x") == choose("") == 400
    assert choose("1", team.visit("bob")) == 404
    assert choose("1", team.visit("charlie")) == 404
    assert "1 is paired with you or offered to you now." in page_of(mona).text


def test_notices_lead_to_the_page_and_name_nobody(team: Team) -> None:
    alice, pair_id = team.visit("alice"), team.offer()
    inbox = alice.get("me/inbox").get_data(as_text=True)
    assert "There is an offer for you: please say yes or no" in inbox
    assert "Mona" not in inbox
    answer(alice, pair_id, "declined")
    mona = team.visit("mona").get("me/inbox").get_data(as_text=True)
    assert "An offer to you will not become a pair" in mona
    assert "Alice" not in mona
    assert "There is an offer for you" not in alice.get("me/inbox").get_data(as_text=True)
    with transaction(team.tool.database, read_only=True):
        assert list(db().scalars(select(Mail))) == [], "mail waits until things have settled"


def test_who_declined_and_who_was_left_wait_and_are_first_in_line(team: Team) -> None:
    alice, pair_id = team.visit("alice"), team.offer()
    answer(alice, pair_id, "declined")
    assert "You are on the waiting list" in page_of(alice).text
    rows = team.read("waiting").tables[0].rows[1:]
    assert [(row[0], row[3]) for row in rows] == [("Alice Adams", "1"), ("Bob Brown", "0")]
