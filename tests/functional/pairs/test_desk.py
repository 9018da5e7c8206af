"""Pairing by hand at the desk: who fits whom, offers, overrides, ends, and what is noted of it."""

from collections.abc import Mapping
from itertools import product
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app.clock import now
from lti_app.domain.pairs import PairState
from lti_app.domain.programmes import ProgrammeRules, ProgrammeState
from lti_app.store.audit import AuditEntry
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme, from_rules
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Role
from lti_app.web.desk.words import ACTS
from tests.functional.pairs.people import Team, answer

S = PairState
NOTE = "They shared an office for years."
#: What the programme team does → from which state → to which; everything else is refused.
ALLOWED: Mapping[tuple[str, PairState], PairState] = {
    ("offer", S.PROPOSED): S.OFFERED,
    ("end", S.PROPOSED): S.ENDED,
    ("end", S.OFFERED): S.ENDED,
    ("end", S.ACTIVE): S.ENDED,
    ("end", S.PAUSED): S.ENDED,
}


def rule(team: Team, **rules: object) -> None:
    """Change the programme's rules."""
    with transaction(team.tool.database):
        programme = db().get_one(Programme, team.programme_id)
        # Each rule has a type of its own; a wrong one would fail here.
        programme.rules = from_rules(ProgrammeRules(**rules))  # type: ignore[arg-type]


def only_pair(team: Team) -> Pair:
    """Return the only pair that there is."""
    with transaction(team.tool.database, read_only=True):
        return db().scalars(select(Pair)).one()


def put(team: Team, pair_id: UUID, state: PairState) -> None:
    """Put a pair into a state, whatever led there."""
    with transaction(team.tool.database):
        pair = db().get_one(Pair, pair_id)
        pair.state = state.value
        pair.offered_at = None if state is S.PROPOSED else now()
        for offer in db().scalars(select(PairOffer)):
            if state is S.PROPOSED:
                db().delete(offer)


def test_both_sides_stand_side_by_side_and_lead_to_each_other(team: Team) -> None:
    page = team.read("pairing")
    assert "Mentees who wait (2)" in page.text
    assert "Mentors with a free seat (1)" in page.text
    for_alice = team.read(f"pairing?person={team.id_of('alice')}")
    assert "A mentor for Alice Adams" in for_alice.text
    assert "1 of 1 mentor with a free seat can be paired" in for_alice.text
    for_mona = team.read(f"pairing?person={team.id_of('mona')}")
    assert "A mentee for Mona Mentor" in for_mona.text
    assert "2 of 2 mentees who wait can be paired" in for_mona.text


def test_an_empty_side_says_what_would_stand_there(team: Team) -> None:
    team.put("mona", seats=0)
    for username in ("alice", "bob"):
        team.put(username, state="submitted")
    page = team.read("pairing")
    assert "No mentee waits." in page.text
    assert "No mentor has a free seat." in page.text
    assert "There is no pair yet." in team.read("pairs").text
    assert "No mentee waits" in team.read("waiting").text
    assert "No mentor waits" in team.read("waiting?side=mentor").text


def test_two_people_are_offered_to_each_other(team: Team) -> None:
    made = team.pair_up("alice", "mona")
    assert made.status_code == 303
    page = team.desk.visitor.browser.get(made.headers["Location"]).get_data(as_text=True)
    assert "Offered: both are told" in page
    assert only_pair(team).state == "offered"
    assert "Offered (1)" in team.read("pairs").text
    assert "Mentees who wait (1)" in team.read("pairing").text


def test_the_same_two_are_not_paired_twice_and_the_page_says_why(team: Team) -> None:
    team.offer()
    again = team.pair_up("alice", "mona")
    assert again.status_code == 409
    html = again.get_data(as_text=True)
    assert "The two are a pair already, or on the way to one." in html
    assert "This cannot be overridden." in html


def test_a_pair_that_is_only_noted_is_known_to_the_team_alone(team: Team) -> None:
    alice = team.visit("alice")
    assert team.pair_up("alice", "mona", "propose").status_code == 303
    pair = only_pair(team)
    assert pair.state == "proposed"
    assert "Mona" not in alice.get("pairs/").get_data(as_text=True)
    assert "a pair is noted, and not offered yet" in team.read("pairing").text
    assert "1 pair is noted, and not offered yet." in team.read().text
    assert team.desk.post(team.path(f"pairs/{pair.id}"), act="offer").status_code == 303
    assert "Mona" in alice.get("pairs/").get_data(as_text=True)


def test_a_rule_is_overridden_with_a_reason_and_the_two_never_read_it(team: Team) -> None:
    rule(team, required_training=("training",))
    page = team.read(f"pairing/{team.id_of('alice')}/{team.id_of('mona')}")
    assert "Not completed by both, and required: training." in page.text
    for given, sentence in (
        ({}, "Please choose a reason"),
        ({"code": "nonsense"}, "Not a valid choice"),
        ({"code": "other"}, "Please say why, in a few words."),
        ({"code": "other", "note": "x" * 401}, "at most 400"),
    ):
        refused = team.pair_up("alice", "mona", **given)
        assert refused.status_code == 422
        assert sentence in refused.get_data(as_text=True)
    assert team.pair_up("alice", "mona", code="other", note=NOTE).status_code == 303
    pair = only_pair(team)
    assert (pair.override_code, pair.override_note) == ("other", NOTE)
    assert NOTE in team.read(f"pairs/{pair.id}").text
    assert "paired against a rule" in team.read("pairs").text
    for username in ("alice", "mona"):
        visitor = team.visit(username)
        for path in ("pairs/", "me/inbox", "mentoring/"):
            assert NOTE not in visitor.get(path).get_data(as_text=True)
    assert NOTE not in team.desk.get(team.path("audit")).get_data(as_text=True)


def test_what_cannot_be_overridden_has_no_button_and_is_refused(team: Team) -> None:
    team.put("alice", consent_version=None)
    path = f"pairing/{team.id_of('alice')}/{team.id_of('mona')}"
    page = team.read(path)
    assert "Still to agree to the programme's text: the mentee." in page.text
    assert "This cannot be overridden." in page.text
    assert not [button for form in page.forms for button in form.buttons if button.name == "act"]
    refused = team.pair_up("alice", "mona", code="knows_both")
    assert refused.status_code == 409
    assert "They were not paired" in refused.get_data(as_text=True)


def test_every_decision_leads_on_from_some_states_and_is_refused_in_the_others(team: Team) -> None:
    for decision, before in product(("offer", "end"), PairState):
        with transaction(team.tool.database):
            for pair in db().scalars(select(Pair)):
                db().delete(pair)
            for row in db().scalars(select(Participant)):
                row.state = "approved"
        pair_id = team.offer()
        put(team, pair_id, before)
        path = team.path(f"pairs/{pair_id}")
        status = team.desk.post(path, act=decision, reason="other").status_code
        after = ALLOWED.get((decision, before))
        expected = (303, after) if after else (409, before)
        assert (status, team.state_of(pair_id)) == expected, (decision, before)


def test_the_page_of_a_pair_offers_what_is_possible_and_no_more(team: Team) -> None:
    pair_id = team.offer()
    for state in PairState:
        put(team, pair_id, state)
        page = team.read(f"pairs/{pair_id}")
        offered = {
            button.value for form in page.forms for button in form.buttons if button.name == "act"
        }
        assert offered == {decision for decision, source in ALLOWED if source is state}, state


def test_ending_wants_a_reason(team: Team) -> None:
    pair_id = team.offer()
    for given in ({}, {"reason": ""}, {"reason": "nonsense"}):
        refused = team.desk.post(team.path(f"pairs/{pair_id}"), act="end", **given)
        assert refused.status_code == 422
    assert team.state_of(pair_id) == "offered"


def test_an_offer_whose_time_is_over_can_be_made_again_from_its_page(team: Team) -> None:
    pair_id = team.offer()
    put(team, pair_id, S.DECLINED)
    for username in ("alice", "mona"):
        team.put(username, state="waiting")
    page = team.read(f"pairs/{pair_id}")
    assert "See whether they can be offered again" in page.text
    assert team.pair_up("alice", "mona").status_code == 303


def test_what_makes_no_sense_cannot_be_read(team: Team) -> None:
    pair_id = team.offer()
    alice, mona = team.id_of("alice"), team.id_of("mona")
    for path, values in (
        (f"pairing/{alice}/{mona}", {"act": "explode"}),
        (f"pairing/{alice}/{mona}", {}),
        (f"pairs/{pair_id}", {"act": "start"}),
    ):
        assert team.desk.post(team.path(path), **values).status_code == 400
    for path in (f"pairing/{mona}/{alice}", f"pairing/{alice}/{uuid4()}", f"pairs/{uuid4()}"):
        assert team.desk.get(team.path(path)).status_code == 404
        assert team.desk.post(team.path(path), act="offer").status_code == 404
    assert team.desk.get(team.path(f"pairing?person={uuid4()}")).status_code == 404
    for query in ("person=x", "page=x&mentors=-3", "q=%00"):
        assert team.desk.get(team.path(f"pairing?{query}")).status_code == 200
    for query in ("state=x", "page=99", "q=5_%25"):
        assert team.desk.get(team.path(f"pairs?{query}")).status_code == 200
    assert team.desk.get(team.path("waiting?side=x")).status_code == 200


@pytest.mark.parametrize("state", [ProgrammeState.CLOSING, ProgrammeState.ARCHIVED])
def test_a_programme_that_is_closing_pairs_nobody(team: Team, state: ProgrammeState) -> None:
    pair_id = team.offer("bob")
    with transaction(team.tool.database):
        db().get_one(Programme, team.programme_id).state = state.value
    assert team.pair_up("alice", "mona").status_code == 409
    assert "Nobody is paired in this programme now" in team.read("pairing").text
    ended = team.desk.post(team.path(f"pairs/{pair_id}"), act="end", reason="other").status_code
    assert ended == (303 if state is ProgrammeState.CLOSING else 409)


def test_the_pair_of_another_programme_is_not_there(team: Team) -> None:
    pair_id = team.offer()
    other = team.desk.open(title="Another")
    path = f"programmes/{other}/pairs/{pair_id}"
    assert team.desk.get(path).status_code == 404
    assert team.desk.post(path, act="end", reason="other").status_code == 404
    alice, mona = team.id_of("alice"), team.id_of("mona")
    assert team.desk.get(f"programmes/{other}/pairing/{alice}/{mona}").status_code == 404
    assert team.state_of(pair_id) == "offered"


def crowd(team: Team, count: int) -> None:
    """Let many mentees and mentors wait, and pair every third with somebody."""
    with transaction(team.tool.database):
        organisation_id = db().get_one(Programme, team.programme_id).organisation_id
        for number in range(count):
            two = []
            for side in ("mentee", "mentor"):
                person = Person(organisation_id=organisation_id, name=f"{side} {number:03} 50%")
                db().add(person)
                db().flush()
                two.append(person.id)
                db().add(
                    Participant(
                        programme_id=team.programme_id,
                        person_id=person.id,
                        side=side,
                        seats=0 if side == "mentee" else 1,
                        state="approved",
                        consent_version=1,
                        state_since=now(),
                        submitted_at=now(),
                        waited_rounds=number % 2,
                    )
                )
            if number % 3 == 0:
                db().add(
                    Pair(
                        programme_id=team.programme_id,
                        mentee_id=two[0],
                        mentor_id=two[1],
                        state="active",
                        started_at=now(),
                    )
                )


def names(team: Team, query: str) -> list[str]:
    """Return the names on a page of a list of the programme."""
    page = team.read(query)
    return [row[0] for row in page.tables[0].rows[1:]] if page.tables else []


def test_long_lists_are_searched_and_come_in_pages(team: Team) -> None:
    crowd(team, 90)
    assert "At work (30)" in team.read("pairs").text
    assert len(names(team, "pairs")) == 30
    assert names(team, "pairs?q=MENTEE%20003") == ["mentee 003 50% with mentor 003 50%"]
    assert len(names(team, "pairs?q=50%25&state=active")) == 30
    assert names(team, "pairs?state=ended") == []
    assert "Mentees who wait (62)" in team.read("pairing").text
    waiting = names(team, "waiting")
    assert len(waiting) == 20
    assert all(int(name.split()[1]) % 2 for name in waiting), "rounds in vain come first"
    assert len(names(team, "waiting?page=4")) == 2
    options = team.read(f"pairing?person={team.id_of('alice')}&page=4")
    assert "61 of 61 mentors with a free seat can be paired" in options.text
    found = team.read(f"pairing?person={team.id_of('alice')}&q=mentor%20001")
    assert "mentor 001 50%" in found.text
    assert "mentor 002 50%" not in found.text


def test_the_waiting_list_says_what_is_most_often_in_the_way(team: Team) -> None:
    team.put("mona", consent_version=None)
    rows = team.read("waiting").tables[0].rows[1:]
    assert [row[0] for row in rows] == ["Alice Adams", "Bob Brown"]
    assert all("0 of 1" in row[4] for row in rows)
    assert all("the programme's text is not agreed to (1)" in row[4] for row in rows)


def test_the_overview_says_what_waits_for_the_team(team: Team) -> None:
    page = team.read()
    assert "2 mentees wait for a mentor; mentors with a free seat: 1." in page.text
    team.put("bob", state="submitted")
    assert "1 person waits for your approval." in team.read().text


def test_who_marks_a_mentee_in_a_course_is_not_offered_to_them(team: Team) -> None:
    lms = team.desk.lms
    for course in lms.courses.values():
        lms.enrol(course, "mona", Role.TEACHER)
    team.visit("mona")
    page = team.read(f"pairing?person={team.id_of('alice')}")
    assert "The mentor marks the mentee's work in a course." in page.text


def test_every_act_is_noted_in_words(team: Team) -> None:
    pair_id = team.offer()
    for username in ("alice", "mona"):
        assert answer(team.visit(username), pair_id, "accepted").status_code == 303
    team.desk.post(team.path(f"pairs/{pair_id}"), act="end", reason="conflict")
    rows = team.read("audit").tables[0].rows[1:]
    assert [row[1:] for row in rows[:2]] == [
        ["Dana Example", "ended a pair", "Alice Adams"],
        ["Mona Mentor", "a pair began", "Alice Adams"],
    ]
    with transaction(team.tool.database, read_only=True):
        noted = set(db().scalars(select(AuditEntry.action)))
    assert {action for action in noted if action.startswith("pair.")} <= ACTS.keys()
