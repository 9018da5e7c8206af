"""Two usual weeks, laid over each other on real dates, through changes of clocks."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.domain.availability import (
    MINUTES_OF_WEEK,
    Availability,
    overlap_minutes,
    shared_weekdays,
)

BERLIN, NEW_YORK, KOLKATA = "Europe/Berlin", "America/New_York", "Asia/Kolkata"
#: No zone of these tests changes its clocks in these weeks.
JANUARY = date(2027, 1, 11)
DAY = 24 * 60


def hours(zone: str, day: int, start: float, until: float) -> Availability:
    """Return a week with one stretch, on day 0 (Monday) to 6, from and until these hours."""
    return Availability(zone, ((int(day * DAY + start * 60), int(day * DAY + until * 60)),))


def test_the_same_hours_of_the_same_zone_are_shared() -> None:
    assert overlap_minutes(hours(BERLIN, 1, 9, 11), hours(BERLIN, 1, 10, 12), JANUARY) == 60


def test_the_same_hours_of_far_zones_are_not() -> None:
    assert overlap_minutes(hours(BERLIN, 1, 9, 11), hours(NEW_YORK, 1, 9, 11), JANUARY) == 0


def test_an_afternoon_meets_a_morning_across_the_ocean() -> None:
    assert overlap_minutes(hours(BERLIN, 1, 15, 17), hours(NEW_YORK, 1, 9, 12), JANUARY) == 120


def test_half_hours_count() -> None:
    assert overlap_minutes(hours(BERLIN, 1, 9, 10), hours(KOLKATA, 1, 14, 14.5), JANUARY) == 30


def test_what_reaches_over_the_end_of_a_week_meets_its_beginning_elsewhere() -> None:
    late_sunday = hours(NEW_YORK, 6, 20, 24)
    early_monday = hours(BERLIN, 0, 2, 6)
    assert overlap_minutes(late_sunday, early_monday, JANUARY) == 240


@pytest.mark.parametrize("starts_on", [date(2027, 1, 11 + number) for number in range(7)])
def test_on_which_day_the_programme_begins_does_not_matter(starts_on: date) -> None:
    late_sunday = hours(NEW_YORK, 6, 20, 24)
    early_monday = hours(BERLIN, 0, 2, 6)
    assert overlap_minutes(late_sunday, early_monday, starts_on) == 240


def test_the_weeks_in_which_only_one_zone_has_changed_its_clocks_count_least() -> None:
    # New York changes on 14 March 2027, Berlin on 28 March.
    berlin, new_york = hours(BERLIN, 1, 15, 16), hours(NEW_YORK, 1, 9, 10)
    assert overlap_minutes(berlin, new_york, JANUARY) == 60
    assert overlap_minutes(berlin, new_york, date(2027, 3, 1)) == 0


def test_hours_that_a_change_of_clocks_takes_away_are_not_there() -> None:
    # Berlin has no 02:00 to 03:00 on 28 March 2027, a Sunday.
    night = hours(BERLIN, 6, 1, 4)
    assert overlap_minutes(night, night, date(2027, 3, 22), weeks=1) == 120


def test_cells_next_to_each_other_become_one_stretch() -> None:
    assert Availability.from_cells(BERLIN, [2, 0, 1, 7, 1]).intervals == ((0, 90), (210, 240))


@pytest.mark.parametrize(
    "intervals", [((30, 30),), ((60, 30),), ((0, 60), (30, 90)), ((-30, 0),), ((0, 10081),)]
)
def test_a_week_out_of_order_is_refused(intervals: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ValueError, match="out of order"):
        Availability(BERLIN, intervals)


CELLS = st.sets(st.integers(0, MINUTES_OF_WEEK // 30 - 1), max_size=40)
ZONES = st.sampled_from([BERLIN, NEW_YORK, KOLKATA, "Pacific/Auckland", "UTC"])
WEEKS = st.builds(Availability.from_cells, ZONES, CELLS)


@settings(max_examples=60)
@given(first=WEEKS, second=WEEKS)
def test_it_does_not_matter_who_is_asked_first_and_nobody_shares_more_than_they_have(
    first: Availability, second: Availability
) -> None:
    shared = overlap_minutes(first, second, JANUARY)
    assert shared == overlap_minutes(second, first, JANUARY)
    assert 0 <= shared <= sum(until - start for start, until in first.intervals)


def test_shared_days_are_those_of_the_zone_that_is_asked_for() -> None:
    evening = hours(BERLIN, 0, 20, 22)
    assert shared_weekdays(evening, evening, JANUARY, BERLIN) == (0,)
    assert shared_weekdays(evening, evening, JANUARY, KOLKATA) == (1,)
    assert shared_weekdays(evening, hours(BERLIN, 1, 20, 22), JANUARY, BERLIN) == ()


def test_an_hour_that_a_change_of_clocks_folds_onto_another_counts_once() -> None:
    # 02:00 to 03:00 does not exist in Berlin on 28 March 2027, and 03:00 follows at once.
    pieces = Availability(BERLIN, ((6 * DAY + 60, 6 * DAY + 150), (6 * DAY + 180, 6 * DAY + 240)))
    whole = hours("UTC", 6, 0, 4)
    assert overlap_minutes(pieces, whole, date(2027, 3, 22), weeks=1) == 120
