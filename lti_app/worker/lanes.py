"""What one process has under way at one LMS, and how far ahead of it the process works."""

import threading
from collections import deque
from collections.abc import Collection
from time import monotonic

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.services.sending import LeasedDelivery

_RECENTLY = 1.0
#: So many cells wait at most for each that is being sent.
_AHEAD = 8


class Lane:
    """The cells of one LMS: a stock, and up to so many senders that take from it.

    An LMS that keeps up has a stock of cells whose attempts are committed already, as many as it
    took in the last second, so that its senders never wait for the database. An LMS that is slow,
    failing, or sent to one cell at a time has none: what is begun and not posted when the process
    dies has to be looked into.

    Attributes:
        under_way: cells taken up and not yet done with; known to the dispatching thread alone.
    """

    def __init__(self, parallel: int) -> None:
        self._parallel = parallel
        self._lock = threading.Lock()
        self._stock: deque[LeasedDelivery] = deque()
        self._senders = 0
        self._accepted: deque[float] = deque(maxlen=_AHEAD * parallel)
        self.under_way = 0

    @property
    def stock(self) -> int:
        """Return how many cells wait for a sender."""
        return len(self._stock)

    @property
    def senders(self) -> int:
        """Return how many threads send."""
        return self._senders

    @property
    def is_fast(self) -> bool:
        """Tell whether the LMS keeps up, so that cells may be begun before a sender is free."""
        return self._ahead() > 0

    def wants(self, senders: int) -> int:
        """Return how many more cells to take up; none while it is hardly worth a transaction.

        Args:
            senders: how many more threads there are for it at most.
        """
        ahead = self._ahead()
        missing = self._parallel + ahead - self.under_way
        return min(missing, senders + ahead) if missing > ahead // 2 else 0

    def add(self, cells: Collection[LeasedDelivery]) -> int:
        """Add to the stock; returns how many more senders are to be started."""
        self.under_way += len(cells)
        with self._lock:
            self._stock.extend(cells)
            more = min(len(self._stock), self._parallel - self._senders)
            self._senders += more
        return more

    def take(self) -> LeasedDelivery | None:
        """Return the next cell for a sender, or None, which ends the sender."""
        with self._lock:
            if self._stock:
                return self._stock.popleft()
            self._senders -= 1
            return None

    def note_end(self, answer: PostAnswer | None) -> None:
        """Note that a cell is done with."""
        self.under_way -= 1
        if answer is not None and answer.outcome is Outcome.ACCEPTED and self._parallel > 1:
            self._accepted.append(monotonic())
        elif answer is not None:
            self._accepted.clear()

    def _ahead(self) -> int:
        since = monotonic() - _RECENTLY
        while self._accepted and self._accepted[0] < since:
            self._accepted.popleft()
        return len(self._accepted)
