"""The sign-up in a course of a programme: its text, its team, its states, and what pairing gets."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_app.clock import now
from lti_app.domain.availability import overlap_minutes
from lti_app.domain.pairing import LanguageLevel, MatchingProfile, OfferedSkill, WantedSkill
from lti_app.domain.participants import ParticipantState
from lti_app.services.profiles import answers_of, profiles_of
from lti_app.services.programmes import find_programme
from lti_app.store.notices import Notice
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme
from lti_app.store.session import db, transaction
from lti_app.store.taxonomy import Term
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.mentoring.models import SelfDescription
from tests.functional.desk.people import Desk, open_desk
from tests.functional.desk.test_courses import link
from tests.functional.mentoring.visitors import GOOD, WHY, Visitor, read, visit

NEW_TEXT = "I agree that the programme team reads my answers and asks me about them."
#: What nobody but its author may ever see.
SECRET = "secret-boss@example.org"


@pytest.fixture
def desk(registered_tool: ToolUnderTest, lms: Sandbox) -> Desk:
    return open_desk(registered_tool, lms)


@pytest.fixture
def programme_id(desk: Desk) -> UUID:
    """Return an open programme with the course of the activities 101 to 103 in it."""
    programme_id = desk.open()
    assert link(desk, programme_id) == 303
    return programme_id


@pytest.fixture
def alice(registered_tool: ToolUnderTest, lms: Sandbox, programme_id: UUID) -> Visitor:
    return visit(registered_tool, lms, "alice")


def person_of(name: str) -> UUID:
    return db().scalars(select(Person.id).where(Person.name == name)).one()


def person(desk: Desk, name: str = "Alice Adams") -> UUID:
    with transaction(desk.tool.database, read_only=True):
        return person_of(name)


def place(desk: Desk, name: str = "Alice Adams") -> Participant:
    with transaction(desk.tool.database, read_only=True):
        return (
            db().scalars(select(Participant).where(Participant.person_id == person_of(name))).one()
        )


def put(desk: Desk, state: ParticipantState) -> None:
    with transaction(desk.tool.database):
        db().scalars(select(Participant)).one().state = state.value


def change_text(desk: Desk, programme_id: UUID, text: str = NEW_TEXT) -> None:
    """Let the programme team write another text."""
    form = next(
        form
        for form in desk.read(f"programmes/{programme_id}/edit").forms
        if "consent_text" in form.names()
    )
    values = dict(form.pairs({"consent_text": text}))
    values.pop("csrf_token")
    answer = desk.post(f"programmes/{programme_id}/edit", **values)
    assert answer.status_code == 303, answer.get_data(as_text=True)


def profile(desk: Desk, programme_id: UUID, name: str = "Alice Adams") -> MatchingProfile:
    """Return what pairing is told of somebody."""
    with transaction(desk.tool.database, read_only=True):
        wanted = person_of(name)
        return profiles_of(find_programme(programme_id), [wanted])[wanted]


def test_the_team_is_named_among_those_who_read_the_answers(alice: Visitor) -> None:
    text = read(alice.first).text
    assert "What you answer: you and the programme team (L&D)." in text
    assert (
        "That you signed up, and when: you, the programme team (L&D), and these people of your"
        " course: instructors, teaching assistants."
    ) in text
    alice.save("step/part")
    assert "Whom you name here: only you." in read(alice.get("mentoring/private")).text


def test_the_team_reads_the_answers_and_neither_wishes_nor_groups(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    assert alice.sign_up(people=SECRET).status_code == 303
    assert alice.post("mentoring/groups", groups=["disability"]).status_code == 303
    pages = ("", "people", f"people/{person(desk)}", "audit", "courses")
    seen = [desk.get(f"programmes/{programme_id}/{page}").get_data(as_text=True) for page in pages]
    assert [WHY in html for html in seen] == [False, False, True, False, False]
    for words in ("Giving feedback: Important", "English (C1)", "Monday: 12:00–14:00"):
        assert words in seen[2]
    for html in seen:
        assert SECRET not in html
        assert "disability" not in html


def test_an_instructor_of_the_course_sees_who_and_when_and_nothing_else(
    alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice.sign_up(people=SECRET, wish=f"{WHY} It is new to me.")
    tina = visit(registered_tool, lms, "tina")
    assert "Alice Adams" in tina.first.get_data(as_text=True)
    assert WHY not in tina.first.get_data(as_text=True)
    for path in ("", "check", "private", "groups", *GOOD):
        assert tina.get(f"mentoring/{path}").status_code == 403
        assert tina.post(f"mentoring/{path}").status_code in {403, 405}


def test_nothing_that_somebody_answers_is_in_the_log(
    alice: Visitor,
    registered_tool: ToolUnderTest,
    lms: Sandbox,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert alice.sign_up(people=SECRET, wish="Too short").status_code == 422
    assert alice.sign_up(people=SECRET).status_code == 303
    alice.post("mentoring/groups", groups=["disability"])
    assert alice.post("mentoring/place", act=WHY).status_code == 400
    visit(registered_tool, lms, "alice")
    logged = capsys.readouterr().err
    assert "launch_verified" in logged
    for words in (WHY, SECRET, "disability", "Too short"):
        assert words not in logged


def test_charlie_sees_nothing_of_alice_under_any_address(
    alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice.sign_up(people=SECRET)
    alice.post("mentoring/groups", groups=["disability"])
    charlie = visit(registered_tool, lms, "charlie")
    charlie.save("step/part")
    for path in ("", "check", "private", "groups", *GOOD):
        html = charlie.get(f"mentoring/{path}").get_data(as_text=True)
        assert WHY not in html
        assert SECRET not in html
        assert "Alice" not in html


def test_people_agree_to_the_text_that_they_were_shown(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    alice.sign_up(consent=None)
    shown = alice.shown_terms()
    assert shown == {"consent_version": "1"}
    change_text(desk, programme_id)
    answer = alice.post("mentoring/check", consent="y", **shown)
    assert answer.status_code == 422
    assert "The text has changed since this page was opened." in read(answer).text
    assert NEW_TEXT in read(answer).text
    assert alice.post("mentoring/check", consent="y", **alice.shown_terms()).status_code == 303
    assert place(desk).consent_version == 2


def test_who_agreed_to_another_text_is_told_and_asked_anew(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    alice.sign_up()
    change_text(desk, programme_id)
    text = read(alice.get()).text
    assert "The programme's text has changed since you agreed to it." in text
    assert NEW_TEXT in text
    assert "Please read what you agree to" in read(alice.get("me/inbox")).text
    refused = alice.post("mentoring/consent", consent_version="2")
    assert refused.status_code == 422
    old = alice.post("mentoring/consent", consent="y", consent_version="1")
    assert old.status_code == 422
    assert place(desk).consent_version == 1
    assert alice.post("mentoring/consent", consent="y", consent_version="2").status_code == 303
    assert place(desk).consent_version == 2
    assert "What you agree to" not in read(alice.get()).text
    with transaction(desk.tool.database, read_only=True):
        kinds = set(db().scalars(select(Notice.key)))
    assert "participation.consent" not in kinds


def test_who_signed_up_before_the_course_joined_is_asked_once_it_has(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    alice.sign_up()
    programme_id = desk.create()
    link(desk, programme_id)
    assert "What you agree to" not in read(alice.get()).text
    assert desk.step(programme_id, "open").status_code == 303
    again = visit(registered_tool, lms, "alice")
    assert "What you agree to" in read(again.first).text
    assert "Please read what you agree to" in read(again.get("me/inbox")).text
    assert again.post("mentoring/consent", consent="y", consent_version="1").status_code == 303
    assert place(desk).consent_version == 1


def test_sent_changes_keep_somebodys_place_and_need_no_second_consent(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    alice.sign_up()
    put(desk, ParticipantState.APPROVED)
    alice.save("step/goals", wish="By now I would rather learn to delegate.")
    assert profile(desk, programme_id).goal_areas == ("team",)
    assert alice.post("mentoring/check").status_code == 303
    assert place(desk).state == ParticipantState.APPROVED
    text = read(alice.get("mentoring/?done=changed")).text
    assert "Your changes are sent." in text
    assert "You can be paired." in text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ParticipantState.SUBMITTED, "The programme team reads your answers next."),
        (ParticipantState.APPROVED, "You can be paired."),
        (ParticipantState.WAITING, "You are on the waiting list"),
        (ParticipantState.PAUSED, "You have a pause"),
        (ParticipantState.OFFERED, "Somebody is proposed to you"),
        (ParticipantState.MATCHED, "You are paired."),
        (ParticipantState.WITHDRAWN, "You have left the programme"),
        (ParticipantState.DONE, "You have been through the programme."),
    ],
)
def test_each_state_says_what_happens_next(
    desk: Desk, alice: Visitor, state: ParticipantState, words: str
) -> None:
    alice.sign_up()
    put(desk, state)
    text = read(alice.get()).text
    assert words in text
    is_settled = state in {ParticipantState.OFFERED, ParticipantState.MATCHED}
    assert ("Change my answers" in text or "Sign up again" in text) is not is_settled
    assert alice.get("mentoring/step/goals").status_code == (303 if is_settled else 200)


def test_who_is_being_paired_cannot_change_the_answers_any_more(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    alice.sign_up()
    alice.save("step/goals", goal_areas=["career"])
    put(desk, ParticipantState.OFFERED)
    assert alice.save("step/goals", goal_areas=["network"]).status_code == 409
    assert alice.post("mentoring/check").status_code == 409
    assert profile(desk, programme_id).goal_areas == ("team",)


def test_somebody_takes_a_pause_goes_on_leaves_and_comes_back(desk: Desk, alice: Visitor) -> None:
    alice.sign_up()
    assert alice.post("mentoring/place", act="pause").status_code == 409
    put(desk, ParticipantState.APPROVED)
    for act, state in (("pause", "paused"), ("resume", "approved"), ("withdraw", "withdrawn")):
        assert alice.post("mentoring/place", act=act).status_code == 303
        assert place(desk).state == state
    assert "100 of 100" in read(alice.get()).text
    refused = alice.post("mentoring/check")
    assert refused.status_code == 422
    assert alice.post("mentoring/check", consent="y", **alice.shown_terms()).status_code == 303
    assert place(desk).state == "submitted"


@pytest.mark.parametrize("act", ["", "approve", "return", "matched"])
def test_nobody_decides_for_the_team(desk: Desk, alice: Visitor, act: str) -> None:
    alice.sign_up()
    assert alice.post("mentoring/place", act=act).status_code == 400
    assert place(desk).state == "submitted"


def test_without_a_programme_there_is_no_place_to_change_and_no_groups_to_tell(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob", activity=104)
    bob.sign_up()
    assert bob.post("mentoring/place", act="withdraw").status_code == 404
    assert bob.get("mentoring/groups").status_code == 303
    assert bob.post("mentoring/groups", groups=["woman"]).status_code == 303
    with transaction(registered_tool.database, read_only=True):
        assert db().scalars(select(SelfDescription)).all() == []


def test_groups_are_kept_apart_and_can_be_taken_back(desk: Desk, alice: Visitor) -> None:
    alice.sign_up()
    assert "Help the programme to see whom it reaches" in read(alice.get()).text
    page = read(alice.get("mentoring/groups"))
    assert "What you tick here: only you." in page.text
    assert alice.post("mentoring/groups", groups=["woman", "carer"]).status_code == 303
    html = alice.get("mentoring/groups").get_data(as_text=True)
    assert html.count("checked") == 2
    assert "woman" not in alice.get().get_data(as_text=True)
    assert alice.post("mentoring/groups", groups=["royalty"]).status_code == 422
    alice.post("mentoring/groups")
    assert "checked" not in alice.get("mentoring/groups").get_data(as_text=True)


def test_the_first_sign_up_counts_and_the_second_course_says_so(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice.sign_up()
    second = visit(registered_tool, lms, "alice", activity=102)
    assert second.sign_up(goal_areas=["career"]).status_code == 303
    text = read(second.get()).text
    assert "that sign-up is the one that counts" in text
    assert profile(desk, programme_id).goal_areas == ("team",)


def test_pairing_is_told_everything_that_its_rules_ask_and_no_words(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob")
    bob.sign_up(side="mentor", tags=["remote"], interests=["music"], job_family="sales")
    alice.sign_up(people="brown, BOB\nnobody@example.org", again="Bob Brown\nNobody")
    mentee, mentor = profile(desk, programme_id), profile(desk, programme_id, "Bob Brown")
    assert mentee.wanted == (WantedSkill("listening", 2, 2), WantedSkill("feedback", 2, 2))
    assert mentor.offered == (OfferedSkill("listening", 2), OfferedSkill("feedback", 2))
    assert (mentor.tags, mentor.interests, mentor.job_family) == (("remote",), ("music",), "sales")
    assert (mentee.band, mentee.cadence_weeks) == (2, 2)
    assert mentee.languages == {"en": LanguageLevel.C1}
    assert mentee.excluded == {person(desk, "Bob Brown")}
    assert mentee.asked_again_for == {person(desk, "Bob Brown")}
    assert (mentor.excluded, mentor.asked_again_for) == (frozenset(), frozenset())
    assert place(desk, "Bob Brown").seats == 2
    assert WHY not in repr(mentee)
    with transaction(desk.tool.database, read_only=True):
        programme = find_programme(programme_id)
        assert profiles_of(programme, [person_of("Dana Example")]) == {}
        assert answers_of(programme, person_of("Dana Example")) == ()


def test_seats_that_were_changed_beside_the_sign_up_stay_when_it_is_changed(
    desk: Desk, programme_id: UUID, alice: Visitor
) -> None:
    alice.sign_up(side="mentor", seats="2")
    assert alice.post(f"pairs/seats/{programme_id}", seats="4").status_code == 303
    assert "Mentees at a time 4" in read(alice.get()).text
    page = desk.read(f"programmes/{programme_id}/people/{person(desk)}")
    assert "Mentees at a time 4" in page.text
    alice.save("step/goals", wish="I have led teams for ten years.")
    assert alice.post("mentoring/check").status_code == 303
    assert place(desk).seats == 4
    alice.save("step/meeting", seats="1")
    assert alice.post("mentoring/check").status_code == 303
    assert place(desk).seats == 1


def test_a_draft_and_unsent_changes_are_nothing_to_pairing(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    bob = visit(registered_tool, lms, "bob")
    bob.save("step/part")
    with transaction(desk.tool.database, read_only=True):
        assert profiles_of(find_programme(programme_id), [person_of("Bob Brown")]) == {}


def test_a_name_that_is_typed_before_its_person_signs_up_holds_once_they_have(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice.sign_up(people="Bob Brown")
    assert profile(desk, programme_id).excluded == frozenset()
    visit(registered_tool, lms, "bob").sign_up(side="mentor")
    assert profile(desk, programme_id).excluded == {person(desk, "Bob Brown")}


#: Half hours from 14:00 to 16:00 on Monday in Berlin, and from 09:00 to 11:00 in New York.
BERLIN: dict[str, Any] = {"time_zone": "Europe/Berlin", "cells": list(range(30, 34))}
NEW_YORK: dict[str, Any] = {"time_zone": "America/New_York", "cells": list(range(18, 22))}


def test_weeks_of_two_zones_meet_as_their_clocks_do(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice.sign_up(**BERLIN)
    visit(registered_tool, lms, "bob").sign_up(side="mentor", **NEW_YORK)
    mentee = profile(desk, programme_id).availability
    mentor = profile(desk, programme_id, "Bob Brown").availability
    assert mentee is not None
    assert mentor is not None
    # Six hours apart in winter: 15:00 to 17:00 in Berlin, all of it.
    assert overlap_minutes(mentee, mentor, date(2027, 1, 4)) == 120
    # New York changes on 14 March, Berlin on 28 March: five hours apart in between.
    assert overlap_minutes(mentee, mentor, date(2027, 3, 1)) == 60
    assert overlap_minutes(mentee, mentor, date(2027, 4, 5)) == 120


def test_a_programme_can_ask_for_the_kind_of_work_and_more_time(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.open()
    link(desk, programme_id)
    with transaction(desk.tool.database):
        row = db().get_one(Programme, programme_id)
        row.rules = {**row.rules, "must_match": ["job_family"], "minimum_overlap_minutes": 240}
    bob = visit(registered_tool, lms, "bob")
    answer = bob.sign_up(job_family="")
    assert "Please say what kind of work you do." in read(answer).text
    answer = bob.sign_up(job_family="sales", cells=[1, 2])
    assert "Please tick at least 240 minutes; these are 60." in read(answer).text
    assert bob.sign_up(job_family="sales").status_code == 303


def test_an_organisations_own_words_are_offered_and_a_retired_one_stays_where_it_was_chosen(
    desk: Desk, programme_id: UUID, alice: Visitor, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    with transaction(desk.tool.database):
        term = db().scalars(select(Term).where(Term.code == "feedback")).one()
        term.label = "Giving and taking feedback"
    assert alice.sign_up().status_code == 303
    assert "Giving and taking feedback" in read(alice.get()).text
    with transaction(desk.tool.database):
        db().scalars(select(Term).where(Term.code == "feedback")).one().retired_at = now()
    assert "Giving and taking feedback" in read(alice.get("mentoring/step/skills")).text
    assert alice.save("step/skills").status_code == 303
    bob = visit(registered_tool, lms, "bob")
    bob.save("step/part")
    assert "feedback" not in bob.get("mentoring/step/skills").get_data(as_text=True)
    assert bob.save("step/skills").status_code == 422
