"""The people of a programme at the desk: found, approved, sent back, paused, taken out, noted."""

from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import select, update

from lti_app.clock import now
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState
from lti_app.store.audit import AuditEntry
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.desk.words import ACTS
from tests.functional.desk.people import Desk
from tests.functional.desk.test_courses import link
from tests.functional.mentoring.visitors import Visitor, read, visit

S = ParticipantState
#: What the programme team does → from which state → to which; everything else is refused.
ALLOWED: dict[tuple[str, ParticipantState], ParticipantState] = {
    ("approve", S.SUBMITTED): S.APPROVED,
    ("return", S.SUBMITTED): S.DRAFT,
    ("return", S.APPROVED): S.DRAFT,
    ("return", S.WAITING): S.DRAFT,
    ("return", S.PAUSED): S.DRAFT,
    ("pause", S.APPROVED): S.PAUSED,
    ("pause", S.WAITING): S.PAUSED,
    ("resume", S.PAUSED): S.APPROVED,
    ("withdraw", S.DRAFT): S.WITHDRAWN,
    ("withdraw", S.SUBMITTED): S.WITHDRAWN,
    ("withdraw", S.APPROVED): S.WITHDRAWN,
    ("withdraw", S.WAITING): S.WITHDRAWN,
    ("withdraw", S.PAUSED): S.WITHDRAWN,
}
NOTE = "Please name a goal that you can reach."


@pytest.fixture
def programme_id(desk: Desk) -> UUID:
    """Return an open programme that the first course is in."""
    opened = desk.open()
    link(desk, opened)
    return opened


@pytest.fixture
def alice(programme_id: UUID, registered_tool: ToolUnderTest, lms: Sandbox) -> Visitor:
    """Return Alice, who has signed up as a mentee."""
    visitor = visit(registered_tool, lms, "alice")
    assert visitor.sign_up().status_code == 303
    return visitor


def person_id(desk: Desk, name: str = "Alice Adams") -> UUID:
    """Return somebody's id."""
    with transaction(desk.tool.database, read_only=True):
        return db().scalars(select(Person.id).where(Person.name == name)).one()


def state(desk: Desk) -> ParticipantState:
    """Return how far the only participant is."""
    with transaction(desk.tool.database, read_only=True):
        return ParticipantState(db().scalars(select(Participant.state)).one())


def states(desk: Desk) -> dict[str | None, ParticipantState]:
    """Return how far everybody is, by name."""
    with transaction(desk.tool.database, read_only=True):
        query = select(Person.name, Participant.state).join_from(Participant, Person)
        return {name: ParticipantState(found) for name, found in db().execute(query)}


def put(desk: Desk, to: ParticipantState) -> None:
    """Put the only participant into a state, whatever led there."""
    with transaction(desk.tool.database):
        db().execute(update(Participant).values(state=to.value))


def act(desk: Desk, programme_id: UUID, what: str, **values: str) -> int:
    """Decide something about Alice; returns the status of the answer."""
    path = f"programmes/{programme_id}/people/{person_id(desk)}"
    return desk.post(path, act=what, **values).status_code


def test_before_anybody_signed_up_the_page_says_how_they_do(desk: Desk, programme_id: UUID) -> None:
    page = desk.read(f"programmes/{programme_id}/people")
    assert "Nobody has signed up yet." in page.text
    assert page.tables == []


def test_every_decision_leads_on_from_some_states_and_is_refused_in_the_others(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    what = ("approve", "return", "pause", "resume", "withdraw")
    for decision, before in product(what, ParticipantState):
        put(desk, before)
        status = act(desk, programme_id, decision, note=NOTE)
        after = ALLOWED.get((decision, before))
        assert (status, state(desk)) == ((303, after) if after else (409, before)), (
            decision,
            before,
        )


def test_the_page_of_a_person_offers_what_is_possible_and_no_more(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    for before in ParticipantState:
        put(desk, before)
        page = desk.read(f"programmes/{programme_id}/people/{person_id(desk)}")
        offered = {
            button.value for form in page.forms for button in form.buttons if button.name == "act"
        }
        assert offered == {decision for decision, source in ALLOWED if source is before}, before


def test_a_sign_up_that_was_sent_back_is_changed_and_sent_again(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    assert act(desk, programme_id, "return", note=NOTE) == 303
    again = visit(registered_tool, lms, "alice")
    assert NOTE in read(again.first).text
    assert NOTE not in visit(registered_tool, lms, "tina").first.get_data(as_text=True)
    assert again.sign_up(goal_areas=["career"]).status_code == 303
    assert state(desk) is S.SUBMITTED
    assert NOTE not in again.get().get_data(as_text=True)


def test_people_are_told_of_decisions_that_concern_them_in_no_words_of_the_team(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    act(desk, programme_id, "return", note=NOTE)
    alice.sign_up()
    act(desk, programme_id, "approve")
    inbox = read(alice.get("me/inbox")).text
    assert "Please look at your sign-up again" in inbox
    assert "You can be paired now" in inbox
    assert NOTE not in inbox


@pytest.mark.parametrize(
    ("note", "sentence"), [("", "Please say what"), ("x" * 401, "at most 400")]
)
def test_nothing_is_sent_back_without_a_note_that_fits_and_what_was_typed_stays(
    desk: Desk, programme_id: UUID, alice: Visitor, note: str, sentence: str
) -> None:
    path = f"programmes/{programme_id}/people/{person_id(desk)}"
    answer = desk.post(path, act="return", note=note)
    assert answer.status_code == 422
    page = read(answer)
    assert sentence in page.text
    kept = [one.value for form in page.forms for one in form.fields if one.name == "note"]
    assert [value.strip() for value in kept] == [note]
    assert state(desk) is S.SUBMITTED


def test_what_cannot_be_decided_cannot_be_read(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    for what in ("", "offer", "accept", "explode"):
        assert act(desk, programme_id, what) == 400
    path = f"programmes/{programme_id}/people"
    assert desk.get(f"{path}/{UUID(int=7)}").status_code == 404
    assert desk.post(f"{path}/{UUID(int=7)}", act="approve").status_code == 404
    assert desk.post(f"{path}/{person_id(desk, 'Dana Example')}", act="approve").status_code == 404


def test_in_the_archive_nothing_is_decided(desk: Desk, programme_id: UUID, alice: Visitor) -> None:
    with transaction(desk.tool.database):
        db().get_one(Programme, programme_id).state = ProgrammeState.ARCHIVED.value
    assert act(desk, programme_id, "approve") == 409
    assert "Approve" not in desk.read(f"programmes/{programme_id}/people").text
    assert desk.read(f"programmes/{programme_id}/people/{person_id(desk)}").forms[1:] == []


def test_approving_in_the_list_comes_back_to_the_list_as_it_was(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    path = f"programmes/{programme_id}/people/{person_id(desk)}"
    answer = desk.post(path, act="approve", from_list="1", was_state="submitted", was_side="mentee")
    assert answer.status_code == 303
    assert "state=submitted" in answer.headers["Location"]
    assert "side=mentee" in answer.headers["Location"]


def test_all_who_wait_on_a_page_are_approved_with_one_form_and_told(
    desk: Desk,
    programme_id: UUID,
    alice: Visitor,
    registered_tool: ToolUnderTest,
    lms: Sandbox,
) -> None:
    path = f"programmes/{programme_id}/people"
    assert "on this page" not in desk.read(path).text, "one is approved by a button of their own"
    for name in ("bob", "charlie"):
        visit(registered_tool, lms, name).sign_up()
    page = desk.read(f"{path}?side=mentee")
    assert "Approve all 3 people on this page" in page.text
    posts = (form for form in page.forms if form.method == "post")
    form = next(form for form in posts if form.action.endswith("/people"))
    shown = [one.value for one in form.fields if one.name == "person"]
    # Bob is decided in the meantime: he stays as he is.
    bob = person_id(desk, "Bob Brown")
    assert desk.post(f"{path}/{bob}", act="withdraw").status_code == 303
    answer = desk.post(path, person=shown, was_side="mentee")
    assert answer.status_code == 303
    assert "side=mentee" in answer.headers["Location"]
    assert "all of them can be paired" in read(desk.visitor.browser.get(answer.location)).text
    assert states(desk) == {"Alice Adams": S.APPROVED, "Bob Brown": S.WITHDRAWN} | {
        "Charlie Clark": S.APPROVED
    }
    assert "You can be paired now" in read(alice.get("me/inbox")).text
    again = desk.post(path, person=shown)
    assert "Nobody of them waits" in read(desk.visitor.browser.get(again.location)).text


def test_nobody_else_is_approved_at_once(desk: Desk, programme_id: UUID, alice: Visitor) -> None:
    path, waiting = f"programmes/{programme_id}/people", str(person_id(desk))
    stranger = str(person_id(desk, "Dana Example"))
    for people in ([], ["nobody"], [waiting] * 51):
        assert desk.post(path, person=people).status_code == 400
    assert desk.post(path, person=[waiting, stranger]).status_code == 404
    with transaction(desk.tool.database):
        db().get_one(Programme, programme_id).state = ProgrammeState.ARCHIVED.value
    assert desk.post(path, person=[waiting]).status_code == 409
    assert state(desk) is S.SUBMITTED


def crowd(desk: Desk, programme_id: UUID) -> None:
    """Let 120 people take part: of every three one mentor, every fourth approved."""
    with transaction(desk.tool.database):
        organisation_id = db().get_one(Programme, programme_id).organisation_id
        for number in range(120):
            person = Person(organisation_id=organisation_id, name=f"Person {number:03} 50%")
            db().add(person)
            db().flush()
            db().add(
                Participant(
                    programme_id=programme_id,
                    person_id=person.id,
                    side="mentee" if number % 3 else "mentor",
                    seats=0 if number % 3 else 2,
                    state="submitted" if number % 4 else "approved",
                    state_since=now(),
                )
            )


def names(desk: Desk, programme_id: UUID, query: str) -> list[str]:
    """Return the names on a page of the list."""
    page = desk.read(f"programmes/{programme_id}/people?{query}")
    return [row[0] for row in page.tables[0].rows[1:]] if page.tables else []


def test_people_are_narrowed_searched_and_shown_in_pages(desk: Desk, programme_id: UUID) -> None:
    crowd(desk, programme_id)
    page = desk.read(f"programmes/{programme_id}/people")
    assert "120 people, by name" in page.text
    assert "Waits for approval (90)" in page.text
    assert len(names(desk, programme_id, "")) == 50
    assert names(desk, programme_id, "page=3")[-1] == "Person 119 50%"
    assert len(names(desk, programme_id, "page=99")) == 20
    assert len(names(desk, programme_id, "state=approved")) == 30
    assert len(names(desk, programme_id, "state=approved&side=mentor")) == 10
    assert names(desk, programme_id, "q=PERSON%20007") == ["Person 007 50%"]
    assert len(names(desk, programme_id, "q=50%25")) == 50
    assert names(desk, programme_id, "q=5_%25") == []
    assert len(names(desk, programme_id, "q=%00")) == 50, "no text of a database holds it"
    assert "Nobody in this list." in desk.read(f"programmes/{programme_id}/people?q=zzz").text
    assert len(names(desk, programme_id, "state=nonsense&side=both&page=x")) == 50


def test_answers_stand_on_the_page_of_their_person_and_nowhere_else_at_the_desk(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    for path in ("people", "audit", "", "courses"):
        html = desk.get(f"programmes/{programme_id}/{path}").get_data(as_text=True)
        assert "I lead a team for the first time." not in html
    page = desk.read(f"programmes/{programme_id}/people/{person_id(desk)}")
    for answer in ("I lead a team for the first time.", "Listening well", "Building a strong team"):
        assert answer in page.text


def test_what_was_done_is_listed_with_who_did_it_and_every_kind_of_act_has_words(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    act(desk, programme_id, "approve")
    act(desk, programme_id, "pause")
    rows = desk.read(f"programmes/{programme_id}/audit").tables[0].rows[1:]
    assert [row[1:] for row in rows[:3]] == [
        ["Dana Example", "began a pause", "Alice Adams"],
        ["Dana Example", "approved a sign-up", "Alice Adams"],
        ["Alice Adams", "submitted a sign-up", "Alice Adams"],
    ]
    with transaction(desk.tool.database, read_only=True):
        noted = db().scalars(
            select(AuditEntry.action).where(AuditEntry.programme_id == programme_id)
        )
        assert set(noted) <= ACTS.keys()


def test_what_was_done_comes_in_pages(desk: Desk, programme_id: UUID) -> None:
    with transaction(desk.tool.database):
        for _ in range(60):
            db().add(
                AuditEntry(
                    action="programme.edit",
                    programme_id=programme_id,
                    by_person=False,
                    created_at=now(),
                )
            )
    assert len(desk.read(f"programmes/{programme_id}/audit").tables[0].rows) == 51
    second = desk.read(f"programmes/{programme_id}/audit?page=2").tables[0].rows
    assert len(second) == 1 + 13
