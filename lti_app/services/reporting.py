"""Reporting lines: whose managers are who, resolved when somebody asks."""

from collections.abc import Collection
from uuid import UUID

from lti_app.domain.reporting import ReportingLines
from lti_app.store import reporting as store
from lti_app.store.audit import record_audit


def count_lines(organisation_id: UUID) -> int:
    """Return how many people of an organisation have a manager."""
    return store.count_edges(organisation_id)


def export_lines(organisation_id: UUID, *, by: UUID) -> list[tuple[str, str]]:
    """Return all reporting lines to be handed out, and note who has them: person, manager."""
    lines = list(store.list_edges(organisation_id).items())
    record_audit(
        organisation_id,
        "export",
        "reporting",
        organisation_id,
        actor_id=by,
        detail={"count": len(lines)},
    )
    return lines


def find_reporting_lines(
    organisation_id: UUID, people: Collection[UUID], levels: int
) -> ReportingLines:
    """Return the reporting lines of some people.

    Args:
        organisation_id: whose upload counts.
        people: of that organisation.
        levels: how far up, 0 for not at all.
    """
    references = store.list_references(people)
    known = store.list_managers(organisation_id, set().union(*references.values()))
    frontier = set(known.values())
    for _ in range(levels - 1):
        found = store.list_managers(organisation_id, frontier - known.keys())
        known |= found
        frontier = set(found.values())
    return ReportingLines(
        references={person: frozenset(names) for person, names in references.items()},
        managers={person: _above(names, known, levels) for person, names in references.items()},
    )


def _above(names: Collection[str], managers: dict[str, str], levels: int) -> frozenset[str]:
    above: set[str] = set()
    at = set(names)
    for _ in range(levels):
        at = {managers[name] for name in at if name in managers}
        above |= at
    return frozenset(above)
