"""What the form asks, what it accepts, and what it says to the rest."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from lti_app.api import ActivityForm, Person, Side, is_time_zone, tidy
from plugins.mentoring.forms import LONGEST_DRAFT, SignUpForm
from plugins.mentoring.models import Answers

BOTH = tuple(Side)
ALICE = Person(uuid4(), uuid4(), name="Alice Example", has_lms_name=True)
NAMELESS = Person(uuid4(), uuid4())
WHY = "I lead a team for the first time."
GOOD: dict[str, Any] = {
    "side": "mentee",
    "why": WHY,
    "skills": ["feedback", "listening"],
    "goal_areas": ["team"],
    "time_zone": "Europe/Berlin",
    "consent": "y",
}


class FormWithoutToken(SignUpForm):
    """The form without its CSRF token, which only a visit can make."""

    class Meta(ActivityForm.Meta):
        csrf = False


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    Babel(app)
    return app


@pytest.fixture(autouse=True)
def _in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def sent(
    app: Flask, *, person: Person = ALICE, sides: Sequence[Side] = BOTH, **changes: Any
) -> FormWithoutToken:
    """Return the form as somebody sent it: good answers with changes, None for no answer."""
    answers = {name: value for name, value in (GOOD | changes).items() if value is not None}
    with app.test_request_context("/", method="POST", data=MultiDict(answers)):
        return FormWithoutToken.for_person(person, sides, None)


def errors_of(form: FormWithoutToken) -> dict[str, list[str]]:
    form.validate()
    return {str(name): [str(error) for error in errors] for name, errors in form.errors.items()}


def test_good_answers_are_accepted_as_they_are(app: Flask) -> None:
    form = sent(app)
    assert errors_of(form) == {}
    assert form.answers(BOTH) == Answers(
        Side.MENTEE, WHY, ["listening", "feedback"], ["team"], "Europe/Berlin"
    )


def test_an_empty_form_names_every_question(app: Flask) -> None:
    nothing: dict[str, Any] = dict.fromkeys(GOOD)
    form = sent(app, person=NAMELESS, **nothing)
    assert errors_of(form) == {
        "own_name": ["Please give a name."],
        "side": ["Please choose mentee or mentor."],
        "why": ["Please say why you want to take part."],
        "skills": ["Please tick at least one skill."],
        "goal_areas": ["Please tick at least one goal."],
        "time_zone": ["Please choose a time zone."],
        "consent": ["Please tick the box: without it nobody can be paired."],
    }


BAD_ANSWERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a side that does not exist": ({"side": "boss"}, "side", "Not a valid choice."),
    "a reason that is too short": (
        {"why": "x" * 19},
        "why",
        "Please write at least 20 characters; these are 19.",
    ),
    "a reason that is too long": (
        {"why": "x" * 401},
        "why",
        "Please write at most 400 characters; these are 401.",
    ),
    "a reason of blanks": (
        {"why": " \n" * 30},
        "why",
        "Please say why you want to take part.",
    ),
    "seven skills": (
        {"skills": "listening feedback conflict change strategy deciding inclusion".split()},
        "skills",
        "Please tick at most 6; 7 are ticked.",
    ),
    "four goals": (
        {"goal_areas": ["team", "career", "network", "plan"]},
        "goal_areas",
        "Please tick at most 3; 4 are ticked.",
    ),
    "a place that is no time zone": (
        {"time_zone": "Europe/Atlantis"},
        "time_zone",
        "Not a valid choice.",
    ),
    "consent that says false": (
        {"consent": "false"},
        "consent",
        "Please tick the box: without it nobody can be paired.",
    ),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_a_bad_answer_is_refused_in_words(app: Flask, case: str) -> None:
    changes, field, message = BAD_ANSWERS[case]
    assert errors_of(sent(app, **changes)) == {field: [message]}


def test_a_skill_that_does_not_exist_is_refused(app: Flask) -> None:
    assert list(errors_of(sent(app, skills=["listening", "flying"]))) == ["skills"]


@pytest.mark.parametrize("length", [20, 400])
def test_the_limits_themselves_are_allowed(app: Flask, length: int) -> None:
    assert errors_of(sent(app, why="x" * length)) == {}


def test_line_breaks_count_as_one_character(app: Flask) -> None:
    form = sent(app, why="x\r\n" * 199 + "xy")
    assert errors_of(form) == {}
    assert form.answers(BOTH).why == "x\n" * 199 + "xy"


def test_text_loses_outer_blanks_and_what_a_database_cannot_hold() -> None:
    assert tidy("  a\x00b\r\nc \n") == "ab\nc"
    assert tidy(None) == ""


def test_whoever_has_a_name_is_not_asked_for_one(app: Flask) -> None:
    form = sent(app, own_name="Somebody Else")
    assert "own_name" not in form
    assert form.name_given() is None


def test_whoever_has_no_name_gives_one(app: Flask) -> None:
    form = sent(app, person=NAMELESS, own_name="  Sam ")
    assert errors_of(form) == {}
    assert form.name_given() == "Sam"


def test_a_name_has_a_limit(app: Flask) -> None:
    form = sent(app, person=NAMELESS, own_name="x" * 101)
    assert errors_of(form) == {"own_name": ["Please write at most 100 characters; these are 101."]}


def test_with_one_side_on_offer_nobody_is_asked_and_nobody_can_choose(app: Flask) -> None:
    form = sent(app, sides=(Side.MENTOR,), side="mentee")
    assert "side" not in form
    assert errors_of(form) == {}
    assert form.answers((Side.MENTOR,)).side is Side.MENTOR


@pytest.mark.parametrize(
    ("sides", "question"),
    [
        (BOTH, "Which skills is it about?"),
        ((Side.MENTEE,), "Which skills do you want to grow in?"),
        ((Side.MENTOR,), "Which skills can you help others with?"),
    ],
)
def test_the_question_about_skills_fits_the_sides(
    app: Flask, sides: tuple[Side, ...], question: str
) -> None:
    assert str(sent(app, sides=sides).skills.label.text) == question


def test_a_draft_keeps_what_makes_sense_of_anything(app: Flask) -> None:
    form = sent(
        app,
        side="boss",
        why="x" * (LONGEST_DRAFT + 1),
        skills=["flying", "change"],
        goal_areas=None,
        time_zone="Atlantis",
    )
    assert form.answers(BOTH) == Answers(None, "x" * LONGEST_DRAFT, ["change"], [], None)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_places_and_utc_are_time_zones(name: str) -> None:
    assert is_time_zone(name)


@pytest.mark.parametrize("name", [None, "", "CET", "Etc/GMT+5", "../etc/passwd"])
def test_what_is_not_on_the_list_is_no_time_zone(name: str | None) -> None:
    assert not is_time_zone(name)
