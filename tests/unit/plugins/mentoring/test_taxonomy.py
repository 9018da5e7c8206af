"""Codes that are stored, and the words for them."""

import re

import pytest

from lti_app.api import Side
from plugins.mentoring import taxonomy
from plugins.mentoring.taxonomy import GOAL_AREAS, SIDES, SKILLS, WHO_SIGNS_UP, Labels


@pytest.mark.parametrize("labels", [SIDES, SKILLS, GOAL_AREAS, WHO_SIGNS_UP])
def test_every_code_fits_its_column_and_has_words_of_its_own(labels: Labels) -> None:
    assert all(re.fullmatch(r"[a-z_]{1,40}", code) for code in labels)
    assert len({str(words) for words in labels.values()}) == len(labels)


def test_both_sides_have_words() -> None:
    assert set(SIDES) == set(Side)


def test_unknown_and_repeated_codes_are_dropped_and_the_order_is_the_lists_own() -> None:
    assert taxonomy.known(["feedback", "flying", "listening", "feedback"], SKILLS) == [
        "listening",
        "feedback",
    ]


def test_stored_codes_become_words() -> None:
    assert taxonomy.words(GOAL_AREAS, ["team"]) == {"team": "Building a strong team"}


def test_a_code_that_is_no_longer_listed_is_left_out_of_the_words() -> None:
    assert taxonomy.words(SKILLS, ["listening", "gone"]) == {"listening": "Listening well"}


def test_without_codes_all_words_are_returned() -> None:
    assert list(taxonomy.words(SKILLS)) == list(SKILLS)
