"""Long lists in pages."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pages:
    """Which page of a list is shown; `number` counts from 1, `total` counts entries."""

    number: int
    count: int
    total: int
    size: int

    @property
    def offset(self) -> int:
        """Return how many entries stand on the pages before."""
        return (self.number - 1) * self.size


def pages_of(total: int, asked: int, size: int) -> Pages:
    """Return the page that was asked for, or the nearest that there is."""
    count = max(1, -(-total // size))
    return Pages(min(max(asked, 1), count), count, total, size)
