"""What an activity counts for those who run programmes: sums that name nobody."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One number of an activity.

    Attributes:
        words: what is counted, in the reader's language ("Conversations").
        number: how many.
    """

    words: str
    number: int
