"""Days that lie ahead of, or behind, whoever runs the tests, whenever that is."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

#: The same for a whole run, also of one that goes past midnight.
TODAY: Final = datetime.now(UTC).date()


def in_days(days: int) -> date:
    """Return the day in so many days; negative numbers are days that have passed."""
    return TODAY + timedelta(days=days)


#: When programmes of tests begin and end. Goals are due on the way, what is measured afterwards.
FIRST_DAY: Final = in_days(42)
LAST_DAY: Final = in_days(304)
A_YEAR_LATER: Final = in_days(427)
