"""When two people can meet: their usual weeks, laid over each other on real dates.

A week is kept as its owner lives it, in minutes of their own zone. What two weeks have in common
differs when one zone changes its clocks and the other does not, so that it is counted in each of
the programme's first weeks, and the least of them is what counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CELL_MINUTES = 30
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
_COUNTED_WEEKS = 4

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Availability:
    """The hours of a usual week in which somebody can meet.

    Attributes:
        zone: IANA name; the minutes are of its clocks.
        intervals: from and until, in minutes from Monday 00:00 (0–10080), sorted, without overlap.
    """

    zone: str
    intervals: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        """Refuse intervals that are empty, unsorted, overlapping or outside the week."""
        end = 0
        for start, until in self.intervals:
            if not end <= start < until <= MINUTES_OF_WEEK:
                raise ValueError(f"interval {start}–{until} is out of order")
            end = until

    @classmethod
    def from_cells(cls, zone: str, cells: Iterable[int]) -> "Availability":
        """Return the week made of half-hour cells, numbered 0–335 from Monday 00:00."""
        intervals: list[tuple[int, int]] = []
        for cell in sorted(set(cells)):
            start, until = cell * CELL_MINUTES, (cell + 1) * CELL_MINUTES
            if intervals and intervals[-1][1] == start:
                intervals[-1] = (intervals[-1][0], until)
            else:
                intervals.append((start, until))
        return cls(zone, tuple(intervals))


def overlap_minutes(
    first: Availability, second: Availability, starts_on: date, weeks: int = _COUNTED_WEEKS
) -> int:
    """Return how many minutes a week two people can both meet in: the least of the first weeks.

    Args:
        first, second: the two weeks.
        starts_on: first day of the first week.
        weeks: how many are looked at.
    """
    pairs = zip(
        _on_dates(first, starts_on, weeks), _on_dates(second, starts_on, weeks), strict=True
    )
    return min((one & other).bit_count() for one, other in pairs)


def shared_weekdays(
    first: Availability, second: Availability, starts_on: date, zone: str
) -> tuple[int, ...]:
    """Return on which days of the week two people can both meet, 0 for Monday.

    Args:
        first, second: the two weeks.
        starts_on: first day of the week that is looked at.
        zone: IANA name: whose days they are.
    """
    shared = _on_dates(first, starts_on, 1)[0] & _on_dates(second, starts_on, 1)[0]
    days = (
        (day, _on_dates(Availability(zone, ((start, start + MINUTES_OF_DAY),)), starts_on, 1)[0])
        for day, start in enumerate(range(0, MINUTES_OF_WEEK, MINUTES_OF_DAY))
    )
    return tuple(day for day, minutes in days if shared & minutes)


# One mentee is laid over hundreds of mentors, and each of them over the next mentee.
@lru_cache(maxsize=2048)
def _on_dates(week: Availability, starts_on: date, weeks: int) -> tuple[int, ...]:
    """Return somebody's hours on real dates: of each week one number, a bit for every minute."""
    begins = datetime.combine(starts_on, time(), UTC)
    return tuple(_in_week(week, begins + timedelta(weeks=number)) for number in range(weeks))


def _in_week(week: Availability, begins: datetime) -> int:
    """Return somebody's hours in the seven days from `begins`."""
    zone = ZoneInfo(week.zone)
    monday = begins.astimezone(zone).date()
    monday -= timedelta(days=monday.weekday())
    minutes = 0
    for number in range(2):
        midnight = datetime.combine(monday + timedelta(weeks=number), time())
        for start, until in week.intervals:
            # The clocks of the zone are read before anything is subtracted: hours that a change of
            # clocks takes away are not there, and those that it repeats are there twice.
            from_, to = (
                (midnight + timedelta(minutes=at)).replace(tzinfo=zone).astimezone(UTC) - begins
                for at in (start, until)
            )
            first = max(0, from_ // _MINUTE)
            last = min(MINUTES_OF_WEEK, to // _MINUTE)
            if first < last:
                minutes |= (1 << last) - (1 << first)
    return minutes
