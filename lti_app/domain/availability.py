"""When two people can meet: their usual weeks, laid over each other on real dates.

A week is kept as its owner lives it, in minutes of their own zone. What two weeks have in common
differs when one zone changes its clocks and the other does not, so that it is counted in each of
the programme's first weeks, and the least of them is what counts.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CELL_MINUTES = 30
MINUTES_OF_DAY = 24 * 60
MINUTES_OF_WEEK = 7 * MINUTES_OF_DAY
_COUNTED_WEEKS = 4

#: From and until, as instants.
_Span = tuple[datetime, datetime]


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
    begins = datetime.combine(starts_on, time(), UTC)
    return min(
        _shared_minutes(first, second, begins + timedelta(weeks=number)) for number in range(weeks)
    )


def _shared_minutes(first: Availability, second: Availability, begins: datetime) -> int:
    """Return what two people share in the seven days from an instant."""
    shared = timedelta()
    others = list(_on_dates(second, begins))
    for start, until in _on_dates(first, begins):
        for other_start, other_until in others:
            shared += max(timedelta(), min(until, other_until) - max(start, other_start))
    return int(shared.total_seconds()) // 60


def _on_dates(week: Availability, begins: datetime) -> Iterator[_Span]:
    """Return somebody's hours as instants, as far as they lie in the seven days from `begins`."""
    ends = begins + timedelta(weeks=1)
    zone = ZoneInfo(week.zone)
    monday = begins.astimezone(zone).date()
    monday -= timedelta(days=monday.weekday())
    for number in range(2):
        midnight = datetime.combine(monday + timedelta(weeks=number), time())
        for start, until in week.intervals:
            # The clocks of the zone are read before anything is subtracted: hours that a change of
            # clocks takes away are not there, and those that it repeats are there twice.
            from_ = (midnight + timedelta(minutes=start)).replace(tzinfo=zone).astimezone(UTC)
            to = (midnight + timedelta(minutes=until)).replace(tzinfo=zone).astimezone(UTC)
            if (clipped := (max(from_, begins), min(to, ends)))[0] < clipped[1]:
                yield clipped
