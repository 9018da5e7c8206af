"""Whom a typed name or address means."""

import pytest

from lti_app.domain.recognising import means

NAMES = ("Zoë B. Adams",)
ADDRESSES = ("Zoe.Adams@example.org",)


@pytest.mark.parametrize(
    "typed",
    [
        "Zoë B. Adams",
        "zoe adams",
        "Adams, Zoe",
        "ADAMS",
        "  Zoë\tAdams ",
        "zoe.adams@EXAMPLE.org",
        " Zoe.Adams@example.org ",
    ],
)
def test_these_mean_her(typed: str) -> None:
    assert means(typed, NAMES, ADDRESSES)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "-", "Zoe Adamson", "Adam", "Zoe C. Adams", "adams@example.org", "zoe.adams@", "@"],
)
def test_these_do_not(typed: str) -> None:
    assert not means(typed, NAMES, ADDRESSES)


def test_somebody_of_whom_nothing_is_known_is_meant_by_nothing() -> None:
    assert not means("Zoe", (), ())
    assert not means("@", (), ())


def test_each_of_several_names_counts_and_they_are_not_mixed() -> None:
    names = ("Zoe Adams", "Kit Brown")
    assert means("Kit", names, ())
    assert not means("Kit Adams", names, ())
