"""What a course says of a charter: which sections, and by when."""

import pytest

from lti_app.api import InvalidOptions
from plugins.charter import rules
from plugins.charter.activity import CharterActivity
from plugins.charter.setting import read_sections

READ = CharterActivity().read_options


def test_a_link_that_says_nothing_has_what_is_usual() -> None:
    options = READ({})
    assert read_sections(options["sections"]) == set(rules.USUAL)
    assert options["due_days"] == 28


def test_an_author_may_tick_nothing_and_everything() -> None:
    assert READ({"sections": ""})["sections"] == ""
    everything = ",".join(reversed(rules.OPTIONAL))
    assert READ({"sections": everything})["sections"] == ",".join(rules.OPTIONAL)


@pytest.mark.parametrize(
    ("given", "option"),
    [
        ({"sections": "why"}, "sections"),
        ({"sections": "nonsense,exit"}, "sections"),
        ({"due_days": "6"}, "due_days"),
        ({"due_days": "121"}, "due_days"),
        ({"due_days": "soon"}, "due_days"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(given: dict[str, str], option: str) -> None:
    with pytest.raises(InvalidOptions) as refused:
        READ(given)
    assert refused.value.option == option
