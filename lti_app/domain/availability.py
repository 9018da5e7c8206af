"""When two people can meet: their usual weeks, laid over each other on real dates.

A week is kept as its owner lives it, in minutes of their own zone. What two weeks have in common
differs when one zone changes its clocks and the other does not, so that it is counted in each of
the programme's first weeks, and the least of them is what counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CELL_MINUTES = 30
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
_COUNTED_WEEKS = 4

#: From and until, in minutes after the first midnight (UTC) that is looked at.
_Span = tuple[int, int]


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
    return min(
        sum(until - start for start, until in shared)
        for shared in _shared_spans(first, second, starts_on, weeks)
    )


def shared_weekdays(
    first: Availability, second: Availability, starts_on: date, zone: str
) -> tuple[int, ...]:
    """Return on which days of the week two people can both meet, 0 for Monday.

    Args:
        first, second: the two weeks.
        starts_on: first day of the week that is looked at.
        zone: IANA name: whose days they are.
    """
    begins = datetime.combine(starts_on, time(), UTC)
    shared = _shared_spans(first, second, starts_on, 1)[0]
    starts = ((begins + timedelta(minutes=start)).astimezone(ZoneInfo(zone)) for start, _ in shared)
    return tuple(sorted({start.weekday() for start in starts}))


def _shared_spans(
    first: Availability, second: Availability, starts_on: date, weeks: int
) -> list[list[_Span]]:
    """Return what two people share, week by week."""
    pairs = zip(
        _on_dates(first, starts_on, weeks), _on_dates(second, starts_on, weeks), strict=True
    )
    return [list(_overlaps(one, other)) for one, other in pairs]


def _overlaps(first: Sequence[_Span], second: Sequence[_Span]) -> Iterator[_Span]:
    """Return where two sorted lists of spans lie over each other."""
    number, other = 0, 0
    while number < len(first) and other < len(second):
        start = max(first[number][0], second[other][0])
        until = min(first[number][1], second[other][1])
        if start < until:
            yield start, until
        if first[number][1] < second[other][1]:
            number += 1
        else:
            other += 1


# One mentee is laid over hundreds of mentors, and each of them over the next mentee.
@lru_cache(maxsize=4096)
def _on_dates(week: Availability, starts_on: date, weeks: int) -> tuple[tuple[_Span, ...], ...]:
    """Return somebody's hours on real dates, for each of some weeks."""
    begins = datetime.combine(starts_on, time(), UTC)
    return tuple(tuple(_in_week(week, begins, number * MINUTES_OF_WEEK)) for number in range(weeks))


def _in_week(week: Availability, begins: datetime, offset: int) -> Iterator[_Span]:
    """Return somebody's hours in the seven days from so many minutes after `begins`."""
    zone = ZoneInfo(week.zone)
    monday = (begins + timedelta(minutes=offset)).astimezone(zone).date()
    monday -= timedelta(days=monday.weekday())
    last = offset
    for number in range(2):
        midnight = datetime.combine(monday + timedelta(weeks=number), time())
        for start, until in week.intervals:
            # The clocks of the zone are read before anything is subtracted: hours that a change of
            # clocks takes away are not there, and those that it repeats are there twice.
            from_, to = (
                int((midnight + timedelta(minutes=at)).replace(tzinfo=zone).timestamp() // 60)
                - int(begins.timestamp() // 60)
                for at in (start, until)
            )
            from_, to = max(from_, last), min(to, offset + MINUTES_OF_WEEK)
            if from_ < to:
                last = to
                yield from_, to
