"""Codes that are stored, and the words for them."""

import re

import pytest

from lti_app.api import Channel, LanguageLevel, Side, Style
from plugins.mentoring import taxonomy
from plugins.mentoring.taxonomy import (
    BANDS,
    CADENCES,
    CHANNELS,
    DAY_CHOICES,
    DAY_SETS,
    GROUPS,
    LANGUAGE_LEVELS,
    OFFERED_LEVELS,
    OWN_LEVELS,
    PRIORITIES,
    SIDES,
    STYLES,
    WHO_SIGNS_UP,
    Labels,
)

EVERY = {
    "sides": SIDES,
    "who signs up": WHO_SIGNS_UP,
    "priorities": PRIORITIES,
    "own levels": OWN_LEVELS,
    "offered levels": OFFERED_LEVELS,
    "bands": BANDS,
    "channels": CHANNELS,
    "cadences": CADENCES,
    "language levels": LANGUAGE_LEVELS,
    "days": DAY_CHOICES,
    "groups": GROUPS,
}


@pytest.mark.parametrize("labels", EVERY.values(), ids=EVERY)
def test_every_code_is_short_and_has_words_of_its_own(labels: Labels) -> None:
    assert all(re.fullmatch(r"[A-Za-z0-9_]{1,40}", code) for code in labels)
    assert len({str(words) for words in labels.values()}) == len(labels)


def test_whatever_pairing_knows_has_words_and_nothing_else_has() -> None:
    assert set(SIDES) == set(Side)
    assert set(CHANNELS) == set(Channel)
    assert set(LANGUAGE_LEVELS) == set(LanguageLevel)
    assert set(STYLES) == set(Style)


def test_the_numbers_are_those_that_pairing_counts_with() -> None:
    assert sorted(map(int, PRIORITIES)) == [1, 2, 3]
    assert sorted(map(int, OWN_LEVELS)) == [0, 1, 2, 3, 4, 5]
    assert sorted(map(int, OFFERED_LEVELS)) == [1, 2, 3, 4, 5]
    assert sorted(map(int, BANDS)) == [0, 1, 2, 3, 4, 5, 6]
    assert sorted(map(int, CADENCES)) == [1, 2, 3, 4]


def test_every_choice_of_days_says_which_days_they_are() -> None:
    assert DAY_CHOICES.keys() == DAY_SETS.keys()
    assert {day for days in DAY_SETS.values() for day in days} == set(range(7))


def test_unknown_and_repeated_codes_are_dropped_and_the_order_is_the_lists_own() -> None:
    assert taxonomy.known(["video", "flying", "in_person", "video"], CHANNELS) == [
        "in_person",
        "video",
    ]


def test_stored_codes_become_words_and_those_no_longer_listed_are_left_out() -> None:
    assert taxonomy.words(CHANNELS, ["video", "gone"]) == {"video": "Video call"}


def test_without_codes_all_words_are_returned() -> None:
    assert list(taxonomy.words(BANDS)) == list(BANDS)


def test_a_blank_comes_first() -> None:
    assert list(taxonomy.with_blank({"a": "A"}, "none")) == ["", "a"]
