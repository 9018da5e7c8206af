"""Codes survive being read out, mailed and typed; what cannot be one is told."""

import pytest

from lti_app.domain.join_codes import label_of, new_code, read_code


def test_a_new_code_is_read_as_itself_and_no_two_are_the_same() -> None:
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert read_code(code) == code.replace("-", "")
        assert code.endswith(label_of(code))


@pytest.mark.parametrize(
    "typed",
    [
        "7K4M-0QXT-93BD",
        "7k4m0qxt93bd",
        " 7k4m oqxt 93bd ",
        "7K4M\u20130QXT\u201393BD",
        "7K4M\u00a00QXT\t93BD",
    ],
)
def test_capitals_blanks_dashes_and_look_alikes_do_not_matter(typed: str) -> None:
    assert read_code(typed) == "7K4M0QXT93BD"


def test_a_letter_that_looks_like_a_one_is_one() -> None:
    assert read_code("iLIl-0000-0000") == "111100000000"


@pytest.mark.parametrize(
    "typed", ["", "7K4M-0QXT-93B", "7K4M-0QXT-93BDE", "7K4M-0QXT-93BU", "ß" * 12]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None
