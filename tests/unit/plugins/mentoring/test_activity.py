"""The sign-up as an activity: found like anybody's, strict about its options."""

import pytest

from lti_app.activity import catalogue
from lti_app.api import Activity, ActivityForm, InvalidOptions
from plugins.mentoring.activity import activity
from plugins.mentoring.forms import OptionsForm


class OptionsWithoutToken(OptionsForm):
    """The form without its CSRF token, which only a visit can make."""

    class Meta(ActivityForm.Meta):
        csrf = False


def test_it_is_found_through_its_entry_point() -> None:
    assert catalogue()["mentoring"] is activity
    assert isinstance(activity, Activity)


def test_its_endpoints_are_pages_of_its_own() -> None:
    assert activity.blueprint().name == activity.key
    assert activity.participant_endpoint.startswith("mentoring.")
    assert activity.staff_endpoint.startswith("mentoring.")


@pytest.mark.parametrize("given", [{}, {"sides": ""}, {"sides": "both"}, {"sides": " Both "}])
def test_mentees_and_mentors_may_sign_up_unless_the_link_says_otherwise(
    given: dict[str, str],
) -> None:
    assert activity.read_options(given) == {"sides": "both"}


@pytest.mark.parametrize("side", ["mentee", "mentor"])
def test_a_link_can_be_for_one_side_only(side: str) -> None:
    assert activity.read_options({"sides": side}) == {"sides": side}


def test_parameters_of_others_are_ignored() -> None:
    assert activity.read_options({"kind": "mentoring", "color": "red"}) == {"sides": "both"}


@pytest.mark.parametrize("sides", ["mentees", "all", "mentee,mentor", "$Sides"])
def test_a_side_that_does_not_exist_is_refused_with_the_ones_that_do(sides: str) -> None:
    with pytest.raises(InvalidOptions, match="both, mentee, mentor") as refused:
        activity.read_options({"sides": sides})
    assert refused.value.option == "sides"


def test_the_form_asks_for_options_that_exist_and_offers_only_valid_ones() -> None:
    assert activity.options_form() is OptionsForm
    asked = OptionsWithoutToken()
    assert set(asked.given()) == set(activity.read_options({}))
    for side, _, _, _ in asked.sides.iter_choices():
        assert activity.read_options({"sides": side}) == {"sides": side}


def test_what_it_returns_as_options_can_be_read_again() -> None:
    options = activity.read_options({"sides": "mentor"})
    assert activity.read_options({name: str(value) for name, value in options.items()}) == options
