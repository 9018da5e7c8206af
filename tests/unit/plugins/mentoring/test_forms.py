"""What the steps ask that need no words of an organisation: what they accept, and refuse."""

from collections.abc import Iterator
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import Babel
from werkzeug.datastructures import MultiDict

from lti_app.api import ActivityForm, LanguageLevel, Person, Side
from plugins.mentoring import forms
from plugins.mentoring.answers import Answers
from plugins.mentoring.forms import clock_of
from plugins.mentoring.models import Wishes
from plugins.mentoring.rules import Setting

ALICE = Person(uuid4(), uuid4(), name="Alice Example", has_lms_name=True, time_zone="Asia/Tokyo")
NAMELESS = Person(uuid4(), uuid4())
MENTOR = Answers(side=Side.MENTOR)
MEETING = {"channels": "video", "language_1": "en", "language_level_1": "C1"}

F = TypeVar("F", bound=forms.StepForm)


class WithoutToken(ActivityForm.Meta):
    """No CSRF token, which only a visit can make."""

    csrf = False


class PartForm(forms.PartForm):
    """The form without its token."""

    Meta = WithoutToken


class MeetingForm(forms.MeetingForm):
    """The form without its token."""

    Meta = WithoutToken


class TimesForm(forms.TimesForm):
    """The form without its token."""

    Meta = WithoutToken


class PrivateForm(forms.PrivateForm):
    """The form without its token."""

    Meta = WithoutToken


class ConsentForm(forms.ConsentForm):
    """The form without its token."""

    Meta = WithoutToken


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
    app: Flask,
    kind: type[F],
    given: dict[str, Any],
    *,
    person: Person = ALICE,
    answers: Answers | None = None,
    setting: Setting | None = None,
) -> F:
    """Return a step as somebody sent it."""
    with app.test_request_context("/", method="POST", data=MultiDict(given)):
        return kind.ask(person, answers or Answers(side=Side.MENTEE), setting or Setting())


def errors_of(form: ActivityForm) -> dict[str, list[str]]:
    form.validate()
    return {str(name): [str(error) for error in errors] for name, errors in form.errors.items()}


def test_whoever_has_a_name_is_not_asked_for_one(app: Flask) -> None:
    form = sent(app, PartForm, {"side": "mentee", "own_name": "Somebody Else"})
    assert "own_name" not in form
    assert form.name_given() is None
    assert errors_of(form) == {}


def test_whoever_has_no_name_gives_one_within_limits(app: Flask) -> None:
    asked = Setting(asks_name=True)
    given = {"side": "mentee", "own_name": "  Sam \n Smith "}
    form = sent(app, PartForm, given, person=NAMELESS, setting=asked)
    assert errors_of(form) == {}
    assert form.name_given() == "Sam Smith"
    none = sent(app, PartForm, {"side": "boss"}, person=NAMELESS, setting=asked)
    assert errors_of(none) == {
        "own_name": ["Please give a name."],
        "side": ["Not a valid choice."],
    }
    long = sent(app, PartForm, {"own_name": "x" * 101}, person=NAMELESS, setting=asked)
    assert errors_of(long)["own_name"] == ["Please write at most 100 characters; these are 101."]


def test_with_one_side_on_offer_nobody_is_asked_and_nobody_can_choose(app: Flask) -> None:
    form = sent(app, PartForm, {"side": "mentee"}, setting=Setting(sides=(Side.MENTOR,)))
    assert "side" not in form
    assert form.take(MENTOR) == MENTOR


def test_ways_to_meet_are_taken_as_they_were_given(app: Flask) -> None:
    given = MEETING | {
        "seats": "0",
        "cadence_weeks": "3",
        "language_2": "nl",
        "language_level_2": "A2",
    }
    form = sent(app, MeetingForm, given, answers=MENTOR)
    assert errors_of(form) == {}
    taken = form.take(MENTOR)
    assert taken.languages == {"en": LanguageLevel.C1, "nl": LanguageLevel.A2}
    assert (taken.seats, taken.cadence_weeks, taken.channels) == (0, 3, ("video",))


def test_a_mentee_has_no_seats_to_give(app: Flask) -> None:
    form = sent(app, MeetingForm, MEETING | {"seats": "3"})
    assert errors_of(form) == {}
    assert form.take(Answers(side=Side.MENTEE)).seats is None


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"language_1": ""}, "language_1", "Please say which language this is."),
        (
            {"language_1": "", "language_level_1": ""},
            "language_1",
            "Please name at least one language that you can meet in.",
        ),
        ({"language_level_1": ""}, "language_level_1", "Please say how well you speak it."),
        (
            {"language_3": "en", "language_level_3": "A1"},
            "language_3",
            "Please name each language once.",
        ),
        ({"language_2": "xx"}, "language_2", "Not a valid choice."),
        ({"language_level_1": "D1"}, "language_level_1", "Not a valid choice."),
        ({"channels": ""}, "channels", "'' is not a valid choice for this field."),
        ({"cadence_weeks": "9"}, "cadence_weeks", "Not a valid choice."),
    ],
)
def test_a_bad_answer_about_meeting_is_refused_in_words(
    app: Flask, changes: dict[str, str], field: str, message: str
) -> None:
    assert message in errors_of(sent(app, MeetingForm, MEETING | changes))[field]


@pytest.mark.parametrize("seats", ["", "6", "-1", "many"])
def test_seats_are_none_to_five(app: Flask, seats: str) -> None:
    given = MEETING | {"seats": seats}
    assert list(errors_of(sent(app, MeetingForm, given, answers=MENTOR))) == ["seats"]


def test_a_draft_of_nonsense_keeps_what_makes_sense(app: Flask) -> None:
    given = {"language_1": "xx", "language_level_1": "C1", "language_2": "nl", "cadence_weeks": "x"}
    taken = sent(app, MeetingForm, given).take(Answers(side=Side.MENTEE))
    assert (taken.languages, taken.cadence_weeks, taken.channels) == ({}, None, ())


def test_a_week_is_taken_with_its_zone(app: Flask) -> None:
    given = {"time_zone": "Europe/Berlin", "cells": ["335", "0", "0"]}
    form = sent(app, TimesForm, given)
    assert errors_of(form) == {}
    taken = form.take(Answers())
    assert (taken.time_zone, taken.cells) == ("Europe/Berlin", (0, 335))


def test_a_programme_can_want_more_time_than_half_an_hour(app: Flask) -> None:
    given = {"time_zone": "UTC", "cells": ["1", "2", "3"]}
    form = sent(app, TimesForm, given, setting=Setting(minimum_minutes=120))
    assert errors_of(form) == {"cells": ["Please tick at least 120 minutes; these are 90."]}
    assert "120 minutes a week at least" in str(form.cells.description)


def test_a_place_that_is_no_zone_and_an_empty_week_are_refused(app: Flask) -> None:
    form = sent(app, TimesForm, {"time_zone": "Europe/Atlantis"})
    assert errors_of(form) == {
        "time_zone": ["Not a valid choice."],
        "cells": ["Please tick when you could meet."],
    }
    assert form.take(Answers()).time_zone is None


def test_the_zone_that_somebody_gave_elsewhere_is_there_to_begin_with(app: Flask) -> None:
    with app.test_request_context("/"):
        assert TimesForm.ask(ALICE, Answers(), Setting()).time_zone.data == "Asia/Tokyo"
        own = TimesForm.ask(ALICE, Answers(time_zone="UTC"), Setting())
        assert own.time_zone.data == "UTC"


def wishes(app: Flask, people: str, *, in_programme: bool = False, again: str = "") -> PrivateForm:
    given = {"people": people, "again": again}
    with app.test_request_context("/", method="POST", data=given):
        return PrivateForm.ask(Wishes(), Setting(is_of_programme=in_programme))


def test_each_line_is_one_person_and_empty_lines_are_nobody(app: Flask) -> None:
    form = wishes(app, "\r\n Bob   Brown \r\n\r\nboss@example.org\r\n")
    assert errors_of(form) == {}
    assert form.take(Wishes()).excluded == ["Bob Brown", "boss@example.org"]
    assert wishes(app, "").take(Wishes()).excluded == []


def test_who_was_a_pair_before_is_asked_for_in_a_programme_alone(app: Flask) -> None:
    form = wishes(app, "", in_programme=True, again="Mona\n\nMax")
    assert form.take(Wishes()).again == ["Mona", "Max"]
    alone = wishes(app, "", again="Mona")
    assert alone.take(Wishes([], ["Max"])).again == ["Max"]
    assert list(errors_of(wishes(app, "", in_programme=True, again="---"))) == ["again"]


@pytest.mark.parametrize(
    ("people", "message"),
    [
        ("a\nb\nc\nd\ne\nf", "Please name at most 5 people; these are 6 lines."),
        ("x" * 101, "of at most 100 characters on each line."),
        ("Bob\n---", "Please write a name or an address"),
    ],
)
def test_too_many_too_long_and_no_names_are_refused(app: Flask, people: str, message: str) -> None:
    assert message in errors_of(wishes(app, people))["people"][0]


def consent(app: Flask, version: int | None, **given: str) -> ConsentForm:
    with app.test_request_context("/", method="POST", data=given):
        return ConsentForm.about(version)


def test_agreeing_to_a_text_is_agreeing_to_the_one_that_was_shown(app: Flask) -> None:
    same = consent(app, 2, consent="y", consent_version="2")
    assert not same.refuse_old_text(2)
    assert same.validate()
    for shown in ("1", "", "x"):
        other = consent(app, 2, consent="y", consent_version=shown)
        assert other.refuse_old_text(2)
        assert not other.consent.data
        assert other.consent_version.data == "2"
        assert "has changed since this page was opened" in other.consent.errors[0]


@pytest.mark.parametrize("given", [{}, {"consent": "false"}, {"consent": ""}])
def test_consent_is_a_tick(app: Flask, given: dict[str, str]) -> None:
    assert errors_of(consent(app, None, **given)) == {
        "consent": ["Please tick the box: without it nobody can be paired."]
    }


def test_half_hours_are_told_as_times_of_day() -> None:
    assert [clock_of(half) for half in (0, 19, 48)] == ["00:00", "09:30", "24:00"]
