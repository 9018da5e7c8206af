"""A form's answers in the words of a link's custom parameters."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from wtforms import BooleanField, Field, HiddenField, StringField

from lti_app.web.forms import ActivityForm


class Form(ActivityForm):
    """A form without a token, which only a visit can make."""

    class Meta(ActivityForm.Meta):
        csrf = False

    answer = Field()
    text = StringField()
    yes = BooleanField()
    hidden = HiddenField()


@pytest.fixture(autouse=True)
def _in_request() -> Iterator[None]:
    with Flask(__name__).test_request_context("/"):
        yield


ANSWERS: dict[str, tuple[Any, str]] = {
    "nothing": (None, ""),
    "a number": (3, "3"),
    "a decimal": (Decimal("2.50"), "2.50"),
    "yes": (True, "yes"),
    "no": (False, "no"),
    "several": (["a", "b"], "a,b"),
    "a day": (date(2026, 11, 25), "2026-11-25"),
    "a moment": (datetime(2026, 11, 25, 8, 30), "2026-11-25T08:30:00"),  # noqa: DTZ001
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_of_any_type_has_a_text(name: str) -> None:
    answer, expected = ANSWERS[name]
    assert Form.from_request({"answer": answer}).given()["answer"] == expected


def test_hidden_fields_are_no_answers() -> None:
    assert set(Form.from_request({}).given()) == {"answer", "text", "yes"}
