"""Programmes at the desk: from nothing to the archive, and what each step refuses."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState, Side, Step, last_day
from lti_app.domain.taxonomy import DEFAULTS
from lti_app.services.programmes import find_programme
from lti_app.store.audit import AuditEntry
from lti_app.store.courses import Activity
from lti_app.store.pairs import Pair
from lti_app.store.participants import Participant
from lti_app.store.people import Person
from lti_app.store.programmes import Programme
from lti_app.store.session import db, transaction
from lti_app.store.taxonomy import Term
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.days import A_YEAR_LATER, FIRST_DAY
from tests.functional.desk.people import PLAN, PURPOSE, Desk
from tests.functional.mentoring.visitors import read, visit

S = ProgrammeState


def stored(desk: Desk, programme_id: UUID) -> Any:
    """Return a programme as it is now."""
    with transaction(desk.tool.database, read_only=True):
        return find_programme(programme_id)


def put(desk: Desk, programme_id: UUID, state: ProgrammeState) -> None:
    """Put a programme into a state, whatever led there."""
    with transaction(desk.tool.database):
        db().get_one(Programme, programme_id).state = state.value


def add_pair(desk: Desk, programme_id: UUID, state: str) -> None:
    """Let two people of the programme be a pair in a state."""
    with transaction(desk.tool.database):
        people = list(db().scalars(select(Person.id).limit(2)))
        db().add(
            Pair(programme_id=programme_id, mentor_id=people[0], mentee_id=people[1], state=state)
        )


def approve_somebody(desk: Desk, programme_id: UUID, *sides: Side) -> None:
    """Let somebody of each side be approved."""
    with transaction(desk.tool.database):
        organisation_id = db().get_one(Programme, programme_id).organisation_id
        for side in sides:
            person = Person(organisation_id=organisation_id, name=f"An approved {side}")
            db().add(person)
            db().flush()
            db().add(
                Participant(
                    programme_id=programme_id,
                    person_id=person.id,
                    side=side.value,
                    state=ParticipantState.APPROVED.value,
                    state_since=person.created_at,
                )
            )


def test_a_desk_without_programmes_says_how_to_begin(desk: Desk) -> None:
    page = desk.read()
    assert "There is no programme yet." in page.text
    assert any(link.text == "Make the first programme" for link in page.links)


def test_a_programme_is_made_with_what_its_purpose_suggests(desk: Desk) -> None:
    made = stored(desk, desk.create())
    assert made.state is S.DRAFT
    assert (made.title, made.purpose) == ("Lead and stay", PURPOSE)
    assert made.measures[0].due_on == A_YEAR_LATER
    assert made.rules.seniority_gap == 2
    assert made.ends_on == last_day(FIRST_DAY, 9)
    assert len(made.goal_templates) == 3
    assert "I agree" in made.consent_text


def test_the_first_programme_brings_the_words_of_the_organisation_and_the_second_none(
    desk: Desk,
) -> None:
    desk.create()
    desk.create(title="Another")
    with transaction(desk.tool.database, read_only=True):
        codes = list(db().scalars(select(Term.code)))
    assert len(codes) == sum(len(labels) for labels in DEFAULTS.values())


def test_only_a_title_is_needed_for_a_draft_and_it_tells_what_it_lacks(desk: Desk) -> None:
    bare = dict.fromkeys(PLAN, "") | {
        "title": "Bare",
        "relationship_kind": "mentoring",
        "time_zone": "UTC",
    }
    page = desk.read(f"programmes/{desk.create(**bare)}/")
    for sentence in (
        "Choose what the programme is for.",
        "Write its purpose, in 20 to 400 characters.",
        "Name one to three measures of success, each with a target and a date.",
        "Say when it starts and when it ends.",
    ):
        assert sentence in page.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"title": " "}, "Please give the programme a title."),
        ({"title": "x" * 121}, "Please write at most 120 characters; these are 121."),
        ({"purpose": "Too short."}, "Please write at least 20 characters; these are 10."),
        ({"purpose": "x" * 401}, "Please write at most 400 characters; these are 401."),
        ({"purpose_type": "fun"}, "Not a valid choice."),
        ({"relationship_kind": ""}, "Please choose one."),
        ({"metric_2": "Promotions"}, "Measure 2: please give the target."),
        ({"target_3": "5"}, "Measure 3: please say what is measured."),
        ({"due_1": ""}, "Measure 1: please say by when."),
        ({"due_1": "2028-02-30"}, "Please give a day, such as 2027-01-31."),
        ({"starts_on": "0001-01-01"}, "Please give a day, such as 2027-01-31."),
        ({"starts_on": "soon"}, "Please give a day, such as 2027-01-31."),
        ({"ends_on": str(FIRST_DAY)}, "The last day has to come after the first one."),
        ({"time_zone": ""}, "Please choose a time zone."),
        ({"time_zone": "Mars/Olympus"}, "Not a valid choice."),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_said_and_what_was_typed_stays(
    desk: Desk, changes: dict[str, str], sentence: str
) -> None:
    answer = desk.post("programmes/new", **(PLAN | changes))
    assert answer.status_code == 422
    page = read(answer)
    assert sentence in page.text
    kept = {one.name: one.value for one in page.forms[-1].fields}
    assert kept["metric_1"] == PLAN["metric_1"]
    with transaction(desk.tool.database, read_only=True):
        assert list(db().scalars(select(Programme))) == []


def test_a_programme_goes_all_the_way_and_every_step_is_noted(desk: Desk) -> None:
    programme_id = desk.create()
    assert desk.step(programme_id, "open").status_code == 303
    approve_somebody(desk, programme_id, *Side)
    assert desk.step(programme_id, "begin_matching").status_code == 303
    add_pair(desk, programme_id, "active")
    assert desk.step(programme_id, "begin_running").status_code == 303
    assert desk.step(programme_id, "close").status_code == 303
    with transaction(desk.tool.database):
        db().scalars(select(Pair)).one().state = "ended"
    assert desk.step(programme_id, "archive").status_code == 303
    assert stored(desk, programme_id).state is S.ARCHIVED
    with transaction(desk.tool.database, read_only=True):
        rows = (
            db()
            .scalars(
                select(AuditEntry)
                .where(AuditEntry.programme_id == programme_id)
                .order_by(AuditEntry.created_at)
            )
            .all()
        )
    assert [row.action for row in rows] == [
        "programme.create",
        "programme.open",
        "programme.begin_matching",
        "programme.begin_running",
        "programme.close",
        "programme.archive",
    ]
    assert all(row.actor_id is not None and row.organisation_id is not None for row in rows)


@pytest.mark.parametrize(
    ("state", "step", "sentence"),
    [
        (S.OPEN, "begin_matching", "No mentor is approved yet."),
        (S.MATCHING, "begin_running", "No pair is at work yet."),
        (S.CLOSING, "archive", "Some pairs or offers are still open: end them first."),
    ],
    ids=str,
)
def test_a_step_that_lacks_something_is_refused_with_what_is_missing(
    desk: Desk, state: ProgrammeState, step: str, sentence: str
) -> None:
    programme_id = desk.create()
    put(desk, programme_id, state)
    approve_somebody(desk, programme_id, Side.MENTEE)
    if state is S.CLOSING:
        add_pair(desk, programme_id, "offered")
    answer = desk.step(programme_id, step)
    assert answer.status_code == 409
    assert sentence in read(answer).text
    assert stored(desk, programme_id).state is state


def test_a_programme_without_a_purpose_does_not_open(desk: Desk) -> None:
    programme_id = desk.create(purpose="")
    answer = desk.step(programme_id, "open")
    assert answer.status_code == 409
    assert "Write its purpose, in 20 to 400 characters." in read(answer).text
    assert stored(desk, programme_id).state is S.DRAFT


def test_a_step_that_does_not_lead_on_from_a_state_is_refused_from_every_state(desk: Desk) -> None:
    programme_id = desk.create()
    allowed = {
        (S.DRAFT, Step.OPEN),
        (S.DRAFT, Step.ARCHIVE),
        (S.OPEN, Step.BEGIN_MATCHING),
        (S.OPEN, Step.CLOSE),
        (S.MATCHING, Step.BEGIN_RUNNING),
        (S.MATCHING, Step.CLOSE),
        (S.RUNNING, Step.CLOSE),
        (S.CLOSING, Step.ARCHIVE),
    }
    for state in ProgrammeState:
        for step in set(Step) - {step for source, step in allowed if source is state}:
            put(desk, programme_id, state)
            assert desk.step(programme_id, step).status_code == 409, (state, step)
            assert stored(desk, programme_id).state is state


def test_a_step_that_does_not_exist_cannot_be_read(desk: Desk) -> None:
    assert desk.step(desk.create(), "explode").status_code == 400


def edited(desk: Desk, programme_id: UUID, **changes: Any) -> Any:
    """Send the form of a programme as it stands, with changes; returns the answer."""
    form = desk.read(f"programmes/{programme_id}/edit").forms[-1]
    button = "suggest" if "suggest" in changes else None
    changes.pop("suggest", None)
    pairs = form.pairs(changes, button) if button else form.pairs(changes)
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name != "suggest" or button:
            values.setdefault(name, []).append(value)
    return desk.visitor.browser.post(
        f"{desk.visitor.visit}desk/programmes/{programme_id}/edit",
        data=values,
        headers={"Origin": "http://127.0.0.1:5000"},
    )


def test_purpose_and_rules_can_be_changed(desk: Desk) -> None:
    programme_id = desk.create()
    answer = edited(
        desk,
        programme_id,
        title="Stay and lead",
        seniority_gap="0",
        must_match=["language", "channel"],
        auto_approve_mentees=True,
        programme_language="de",
        goal_templates="Learn to wait\n\n  Say no  \n",
        consent_text="I agree to everything.",
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    now = stored(desk, programme_id)
    assert now.title == "Stay and lead"
    assert now.rules.seniority_gap == 0
    assert now.rules.auto_approve_mentees
    assert now.rules.programme_language == "de"
    assert {*now.rules.must_match} == {"language", "channel"}
    assert now.goal_templates == ("Learn to wait", "Say no")
    assert now.consent_version == 1, "nobody could have agreed to the draft's text"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"must_match": ["language", "channel", "goal_area"]}, "Please tick at most 2"),
        ({"goal_templates": "\n".join("abcdefghijk")}, "Please write at most 10 goals."),
        ({"goal_templates": "x" * 201}, "Goal 1 has 201 characters; 200 are possible."),
        ({"consent_text": "x" * 2001}, "Please write at most 2000 characters"),
    ],
    ids=["too many matches", "too many goals", "long goal", "long consent"],
)
def test_rules_that_make_no_sense_are_refused(
    desk: Desk, changes: dict[str, Any], sentence: str
) -> None:
    programme_id = desk.create()
    answer = edited(desk, programme_id, **changes)
    assert answer.status_code == 422
    assert sentence in read(answer).text


def test_loading_what_another_purpose_suggests_fills_the_form_and_saves_nothing(
    desk: Desk,
) -> None:
    programme_id = desk.create()
    answer = edited(desk, programme_id, purpose_type="onboard", suggest=True)
    assert answer.status_code == 200
    page = read(answer)
    assert "Nothing is saved yet." in page.text
    fields = {one.name: one for one in page.forms[-1].fields}
    assert fields["seniority_gap"].value == "1"
    assert "one-to-one" in fields["goal_templates"].value
    assert stored(desk, programme_id).rules.seniority_gap == 2


def test_an_open_programme_cannot_lose_its_purpose(desk: Desk) -> None:
    programme_id = desk.open()
    answer = edited(desk, programme_id, purpose="")
    assert answer.status_code == 409
    assert "Write its purpose, in 20 to 400 characters." in read(answer).text
    assert stored(desk, programme_id).purpose == PURPOSE


def test_another_consent_text_of_an_open_programme_is_another_version(desk: Desk) -> None:
    programme_id = desk.open()
    edited(desk, programme_id, title="Same text")
    assert stored(desk, programme_id).consent_version == 1
    edited(desk, programme_id, consent_text="I agree to more.")
    assert stored(desk, programme_id).consent_version == 2


def test_in_the_archive_nothing_can_be_changed(desk: Desk) -> None:
    programme_id = desk.create()
    desk.step(programme_id, "archive")
    assert "archive" in desk.read(f"programmes/{programme_id}/").text
    assert desk.get(f"programmes/{programme_id}/edit").status_code == 303
    answer = desk.post(
        f"programmes/{programme_id}/edit", **(PLAN | {"ends_on": str(A_YEAR_LATER)}), **RULES
    )
    assert answer.status_code == 409


RULES = {
    "seniority_gap": "1",
    "reporting_levels": "2",
    "minimum_overlap_minutes": "60",
    "pairs_per_mentee": "1",
    "offer_days": "7",
    "programme_language": "",
}


def test_the_purpose_heads_the_pages_of_the_programmes_activities_once_it_is_open(
    desk: Desk, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    programme_id = desk.create()
    alice = visit(registered_tool, lms, "alice", activity=101)
    put_activities(desk, programme_id)
    assert PURPOSE not in alice.get().get_data(as_text=True)
    desk.step(programme_id, "open")
    for person, pages in (("alice", ["mentoring/"]), ("tina", ["mentoring/board", "grades/"])):
        visitor = visit(registered_tool, lms, person, activity=101)
        for page in pages:
            assert PURPOSE in visitor.get(page).get_data(as_text=True)
    assert PURPOSE not in visit(registered_tool, lms, "tina", activity=104).first.text


def put_activities(desk: Desk, programme_id: UUID) -> None:
    """Let all activities that exist belong to a programme."""
    from_store = desk.tool.database
    with transaction(from_store):
        for activity in db().scalars(select(Activity)):
            activity.programme_id = programme_id
