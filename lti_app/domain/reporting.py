"""Who is in whose reporting line, as far as it was uploaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True)
class ReportingLines:
    """Reporting lines of some people, up to a number of levels.

    Attributes:
        references: by what an upload may call them.
        managers: what those above them are called, the nearest levels.
    """

    references: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    managers: Mapping[UUID, frozenset[str]] = field(default_factory=dict)

    def are_in_line(self, one: UUID, other: UUID) -> bool:
        """Return whether one of two people is in the other's reporting line."""
        return self._is_above(one, other) or self._is_above(other, one)

    def _is_above(self, manager: UUID, person: UUID) -> bool:
        above = self.managers.get(person, frozenset())
        return not above.isdisjoint(self.references.get(manager, frozenset()))
