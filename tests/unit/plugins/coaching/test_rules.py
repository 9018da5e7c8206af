"""The rules of a practice: which states a session goes through, and who has how many points."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_app.api import ActivityError, InvalidOptions, State
from plugins.coaching import rules
from plugins.coaching.options import Terms, read_options
from plugins.coaching.rules import Event, Facts, RubricResult, SessionState, after, completion

#: A busy machine draws slowly; that says nothing about the rule.
SLOW = (HealthCheck.too_slow,)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
WITH_RUBRIC = Terms(sessions=3, rubric=20)
EVERYTHING = Facts(has_begun=True, coached=3, answered=3, reflected=3, is_prepared=True, released=1)


def published(points: str) -> RubricResult:
    return RubricResult(Decimal(points), NOON)


def test_who_is_on_the_way_has_the_points_of_what_is_done_and_is_not_posted() -> None:
    # K=3: 2 confirmed; of 3 answers 2 given and 1 excused; 2 of 3 reflections; drill done.
    facts = Facts(has_begun=True, coached=2, answered=2, granted=1, reflected=2, is_prepared=True)
    found = completion(WITH_RUBRIC, facts)
    assert (found.score, found.state) == (Decimal("63.33"), State.STARTED)


def test_levels_3_2_2_2_and_all_else_done_give_95_33() -> None:
    found = completion(WITH_RUBRIC, EVERYTHING, published("76.67"))
    assert (found.score, found.state) == (Decimal("95.33"), State.COMPLETED)
    assert not found.needs_marking


def test_before_the_rubric_is_published_everything_done_waits_for_a_person() -> None:
    found = completion(WITH_RUBRIC, EVERYTHING)
    assert (found.score, found.state) == (Decimal("80.00"), State.SUBMITTED)
    assert found.needs_marking


def test_where_nobody_marks_everything_done_is_everything() -> None:
    found = completion(Terms(sessions=3), EVERYTHING)
    assert (found.score, found.state) == (Decimal(100), State.COMPLETED)


def test_what_is_not_asked_leaves_the_sum() -> None:
    alone = Terms(partner="team", sessions=2, preparation=False)
    found = completion(alone, Facts(has_begun=True, coached=1, reflected=1))
    assert found.score == Decimal(50)
    parts = rules.components(alone, Facts())
    assert [(part.name, int(part.weight)) for part in parts] == [("coach", 80), ("reflection", 20)]


def test_a_rubric_weighs_what_its_author_says() -> None:
    terms = Terms(sessions=1, rubric=50)
    facts = Facts(has_begun=True, coached=1, answered=1, reflected=1, is_prepared=True, released=1)
    assert completion(terms, facts, published("50")).score == Decimal(75)


def test_nothing_is_to_be_marked_before_something_is_released() -> None:
    facts = Facts(has_begun=True, coached=3, answered=3, reflected=3, is_prepared=True)
    found = completion(WITH_RUBRIC, facts)
    assert (found.state, found.needs_marking) == (State.STARTED, False)


counts = st.integers(0, 12)


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(
    st.builds(
        Terms,
        partner=st.sampled_from(["peer", "team"]),
        sessions=st.integers(1, 10),
        rubric=st.integers(0, 60),
        preparation=st.booleans(),
    ),
    st.builds(
        Facts, coached=counts, answered=counts, granted=counts, reflected=counts, released=counts
    ),
)
def test_weights_make_a_hundred_and_a_score_never_leaves_its_range(
    terms: Terms, facts: Facts
) -> None:
    assert sum(part.weight for part in rules.components(terms, facts)) == 100
    for rubric in (None, published("0"), published("100")):
        found = completion(terms, facts, rubric)
        assert found.score is not None
        assert 0 <= found.score <= 100
        if found.state is State.COMPLETED and terms.rubric == 0:
            assert found.score == 100


#: The way of a session, and every event that is refused on it.
ALLOWED = {
    "planned": {"save": "logged", "cancel": "cancelled"},
    "logged": {"save": "logged", "hand_over": "awaiting_confirmation", "cancel": "cancelled"},
    "awaiting_confirmation": {
        "answer": "confirmed",
        "lapse": "unconfirmed",
        "cancel": "cancelled",
    },
    "confirmed": {"release": "released", "cancel": "cancelled"},
    "unconfirmed": {"release": "released", "answer": "confirmed", "cancel": "cancelled"},
    "released": {"mark": "marked", "answer": "released"},
    "marked": {"mark": "marked", "publish": "done", "answer": "marked"},
    "done": {"mark": "marked", "publish": "done", "answer": "done"},
    "cancelled": {},
}


def every_step() -> Iterator[tuple[SessionState, Event, str | None]]:
    for state, event in product(SessionState, Event):
        yield state, event, ALLOWED[state].get(event)


def test_a_session_goes_its_way_and_no_other() -> None:
    for state, event, following in every_step():
        if following is None:
            with pytest.raises(ActivityError) as refused:
                after(state, event)
            assert refused.value.status == 409
        else:
            assert after(state, event) == following


def test_a_session_lapses_after_seven_days_and_not_before() -> None:
    assert not rules.has_lapsed(NOON, NOON + timedelta(days=7, seconds=-1))
    assert rules.has_lapsed(NOON, NOON + timedelta(days=7))


def test_work_counts_from_the_first_day_until_the_close() -> None:
    terms = Terms(opens=date(2026, 12, 1))
    assert not rules.is_open(terms, None, datetime(2026, 11, 30, 23, 59, tzinfo=UTC))
    assert rules.is_open(terms, None, datetime(2026, 12, 1, tzinfo=UTC))
    assert not rules.is_open(terms, NOON, NOON)


def test_options_are_read_by_one_rule_from_a_form_and_from_a_link() -> None:
    assert Terms.of(read_options({})) == Terms()
    given = {"partner": "TEAM", "sessions": "10", "rubric": "yes", "preparation": "no"}
    assert Terms.of(read_options({**given, "due": "2026-12-24"})) == Terms(
        partner="team", sessions=10, rubric=20, preparation=False, due=date(2026, 12, 24)
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("partner", "nobody"),
        ("sessions", "0"),
        ("sessions", "11"),
        ("sessions", "٣"),
        ("grouping", "dice"),
        ("rubric", "61"),
        ("rubric", "-1"),
        ("short_form", "perhaps"),
        ("opens", "24.12.2026"),
    ],
)
def test_a_useless_option_is_named(name: str, value: str) -> None:
    with pytest.raises(InvalidOptions) as refused:
        read_options({name: value})
    assert refused.value.option == name


def test_nothing_is_due_before_it_opens() -> None:
    with pytest.raises(InvalidOptions):
        read_options({"opens": "2026-12-02", "due": "2026-12-01"})
