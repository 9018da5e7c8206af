"""Whose work an LMS asks to be shown: by a message of its own, or by the address of a hand-in.

Moodle sends a message about one learner out of its gradebook. Canvas knows none: it launches the
address that was handed in with a grade, and that address names the cell. Either way the permission
table decides, and a name that means nothing here is "no work yet", wherever else it may be known.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lti_app.domain.errors import NotAllowed
from lti_app.domain.permissions import Action, Kind, Reach, hats_of, reach_of
from lti_app.domain.roles import Roles
from lti_app.services import grade_cells, people
from lti_app.store.courses import Placement
from lti_app.store.progress import Delivery
from lti_app.store.registrations import Registration
from lti_app.store.session import db

#: Code of the refusal to show somebody what another one has done.
OTHERS_WORK: Final = "others_work"


@dataclass(frozen=True)
class Asked:
    """Whose work is to be shown; None for somebody who has none here."""

    person_id: UUID | None


@dataclass(frozen=True)
class Asker:
    """Who asks, with the roles of their launch."""

    person_id: UUID
    roles: Roles


@dataclass(frozen=True)
class Place:
    """Where they ask from; a launch from outside of courses has no course."""

    deployment_id: UUID
    course_id: UUID | None

    @classmethod
    def of(cls, placement: Placement) -> "Place":
        """Return where a link is."""
        return cls(placement.deployment_id, placement.course_id)


def by_subject(asker: Asker, registration: Registration, placement_id: UUID, subject: str) -> Asked:
    """Return whose work a message asks for that names a person as the LMS does.

    Raises:
        NotAllowed: it is not the asker's own, and their roles show nobody else's.
    """
    found = people.find_person(registration, subject)
    person_id = found.id if found else None
    _check(asker, person_id)
    if person_id is not None and not grade_cells.knows(placement_id, person_id):
        person_id = None
    return Asked(person_id)


def by_cell(asker: Asker, place: Place, cell_id: UUID) -> tuple[UUID | None, Asked]:
    """Return the link and whose work an address asks for that names a cell.

    Raises:
        NotAllowed: it is not the asker's own, and their roles show nobody else's.
    """
    cell = db().get(Delivery, cell_id)
    placement = db().get(Placement, cell.placement_id) if cell else None
    if cell is None or placement is None or Place.of(placement) != place:
        _check(asker, None)
        return None, Asked(None)
    _check(asker, cell.person_id)
    return placement.id, Asked(cell.person_id)


def _check(asker: Asker, owner_id: UUID | None) -> None:
    reach = reach_of(hats_of(asker.roles)[0], Action.READ, Kind.GRADE_CELL)
    if not reach.covers(Reach.OWN if owner_id == asker.person_id else Reach.ACTIVITY):
        raise NotAllowed(OTHERS_WORK, "review of somebody else's work")
