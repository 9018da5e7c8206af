"""What a kind of notice may hold: ids, numbers and instants, and never a word."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from lti_app.domain.notices import Holds, NoticeKind, Told, Urgency, Words, object_key, to_stored

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def say(told: Told) -> Words:
    return Words(f"{told.number('count')} by {told.instant('until')}", told.place)


def kind(key: str = "knitting.rows") -> NoticeKind:
    return NoticeKind(
        key=key,
        urgency=Urgency.DIGEST,
        say=say,
        parameters={"count": Holds.NUMBER, "until": Holds.INSTANT},
    )


def test_numbers_and_instants_are_what_a_notice_holds() -> None:
    kind().check({"count": 3, "until": NOON})
    assert to_stored({"count": 3, "until": NOON}) == {
        "count": 3,
        "until": "2026-11-25T12:00:00+00:00",
    }


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"count": 3},
        {"count": 3, "until": NOON, "why": 1},
        {"count": "three", "until": NOON},
        {"count": True, "until": NOON},
        {"count": 3, "until": "tomorrow"},
        {"count": 3, "until": NOON.replace(tzinfo=None)},
        {"count": NOON, "until": NOON},
    ],
    ids=str,
)
def test_anything_else_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="knitting.rows"):
        kind().check(given)


@pytest.mark.parametrize("key", ["rows", "knitting.", "Knitting.rows", "knitting.rows done", ""])
def test_a_key_says_who_tells_and_what(key: str) -> None:
    with pytest.raises(ValueError, match="not of the form"):
        kind(key)


def test_an_object_is_the_same_one_by_its_id_and_on_another_day_another_one() -> None:
    row = UUID(int=7)
    assert object_key(row) == str(row)
    assert object_key((row, date(2026, 11, 25), 2)) == f"{row}:2026-11-25:2"
