"""What a process saw in whole gradebook columns just now, so that one call serves many cells.

That is as good as a look into each cell where the LMS refuses a post that says it is older than
what the cell holds: a post carries the moment before the look, by the LMS's own clock, so whatever
somebody types after it stays.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer, earliest_post
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.results import ResultsPage
from lti_app.lti.scores import ResultRead
from lti_app.services.sending import LeasedDelivery, Seen

#: A look serves posts that are begun so long after it. What is begun is posted within another half
#: minute, or not at all, and no post is later than a minute after its look.
_SERVES: Final = timedelta(seconds=30)
#: A column that cannot be read as a whole is not tried again before.
_PAUSE: Final = timedelta(seconds=60)
#: A column is read as a whole for so many cells that are sent together; fewer are looked into.
_WORTH_IT: Final = 3


@dataclass(frozen=True)
class ColumnLook:
    """One look into a column.

    Attributes:
        seen: when it was.
        cells: what was in it, by the LMS's id of the person.
        empty: what is known of everybody else's cell.
    """

    seen: Seen
    cells: Mapping[str, ResultRead]
    empty: ResultRead

    def of(self, leased: LeasedDelivery) -> ResultRead:
        """Return what a cell holds."""
        return self.cells.get(leased.subject or "", self.empty)


@dataclass
class _Column:
    """What is known of one column."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    look: ColumnLook | None = None
    tried_at: datetime | None = None


class Looks:
    """Hands out looks to the senders of a process; threads may share it."""

    def __init__(self) -> None:
        self._columns: dict[tuple[UUID, str], _Column] = defaultdict(_Column)

    def find(self, leased: LeasedDelivery) -> ColumnLook | None:
        """Return a look that a cell may be posted on, or None; asks nobody."""
        if leased.is_in_doubt or not QUIRKS[leased.family].refuses_older:
            return None
        column = self._columns.get(_key(leased))
        look = column.look if column else None
        return look if look is not None and _serves(look, leased) else None

    def take(self, leased: LeasedDelivery, read: Callable[[], ResultsPage]) -> ColumnLook | None:
        """Return a look that a cell may be posted on, reading its column if that is worth it.

        Args:
            leased: the cell.
            read: reads the column's first page.

        Returns:
            The look, or None: the cell has to be looked into by itself.
        """
        if leased.is_in_doubt or not QUIRKS[leased.family].refuses_older:
            return None
        if (found := self.find(leased)) or leased.company < _WORTH_IT:
            return found
        column = self._columns[_key(leased)]
        with column.lock:
            if self._may_try(column):
                column.tried_at = real_now()
                column.look = _look(leased, column.tried_at, read())
        self._forget_old()
        return self.find(leased)

    @staticmethod
    def _may_try(column: _Column) -> bool:
        """Tell whether a column is to be read: not what was read just now, in vain or not."""
        if column.tried_at is None:
            return True
        pause = _SERVES if column.look is not None else _PAUSE
        return real_now() - column.tried_at > pause

    def _forget_old(self) -> None:
        """Drop looks that serve nobody any more: a column of thousands takes megabytes."""
        for column in list(self._columns.values()):
            if column.look is not None and real_now() - column.look.seen.read_at > _SERVES:
                column.look = None


def _key(leased: LeasedDelivery) -> tuple[UUID, str]:
    return leased.registration_id, leased.line_item_url or ""


def _serves(look: ColumnLook, leased: LeasedDelivery) -> bool:
    """Tell whether a look is recent, and later than the last post into the cell."""
    earliest = earliest_post(leased.posted_at)
    is_later = earliest is None or look.seen.as_of >= earliest
    return is_later and real_now() - look.seen.read_at <= _SERVES


def _look(leased: LeasedDelivery, read_at: datetime, page: ResultsPage) -> ColumnLook | None:
    """Return what a page shows of its column, unless it does not show all of it, and when."""
    is_whole = page.answer.outcome is Outcome.ACCEPTED and page.next_url is None
    if not is_whole or page.lms_time is None:
        return None
    quirks = QUIRKS[leased.family]
    empty = ResultRead(PostAnswer(Outcome.ACCEPTED, 200), may_be_zero=quirks.zero_looks_empty)
    return ColumnLook(Seen.at(read_at, real_now(), page.lms_time), page.cells, empty)
