"""Erasing somebody: all that names them and all that they wrote goes, and their pairs end.

What stays belongs to others as well: that there was a pair and what the two agreed on, for the
partner; which grades were sent, for the LMS whose grades they are.
"""

from dataclasses import dataclass
from uuid import UUID

from lti_app.activity import ErasesPeople, catalogue
from lti_app.clock import now
from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.domain.participants import ParticipantState
from lti_app.services import pairs
from lti_app.services.participants import set_state
from lti_app.store import erasure as store
from lti_app.store.audit import record_audit
from lti_app.store.people import Person
from lti_app.store.reporting import list_references
from lti_app.store.session import db

_OVER = frozenset({ParticipantState.WITHDRAWN, ParticipantState.DONE})


@dataclass(frozen=True)
class Erased:
    """What came of an erasure: how many pairs ended, rows were deleted, grades were stopped."""

    pairs: int
    rows: int
    grades: int


def find_person(reference: str) -> Person:
    """Return whom an id or an e-mail address means.

    Raises:
        MalformedRequest: several people have the address.
        NotFound: nobody has.
    """
    try:
        found = [one for one in [db().get(Person, UUID(reference))] if one]
    except ValueError:
        found = store.list_by_email(reference)
    if not found:
        raise NotFound(detail="nobody has this id or address")
    if len(found) > 1:
        ids = ", ".join(str(one.id) for one in found)
        raise MalformedRequest(detail=f"{len(found)} people have this address: {ids}")
    return found[0]


def erase(person_id: UUID) -> Erased:
    """Erase somebody; part of one transaction.

    Raises:
        Conflict: it was done before.
        NotFound: there is nobody of this id.
    """
    references = list_references([person_id]).get(person_id, set())
    deleted = store.shut_out(person_id)
    person = store.lock_person(person_id)
    if person is None:
        raise NotFound(detail="nobody has this id")
    if person.erased_at is not None:
        raise Conflict(detail="they were erased before")
    live = store.list_live_pairs(person_id)
    ended = sum(pairs.take_out(pair_id, person_id) for pair_id in live)
    _leave_programmes(person_id)
    for activity in catalogue().values():
        if isinstance(activity, ErasesPeople):
            activity.erase_person(person_id)
    store.delete_references(person.organisation_id, references)
    store.clear_words_about(person_id)
    grades = store.stop_deliveries(person_id)
    deleted += store.delete_rows(person_id)
    person.name = person.own_name = person.email = person.locale = person.time_zone = None
    person.erased_at = now()
    db().flush()
    deleted += store.delete_what_nobody_shares(person_id)
    record_audit(person.organisation_id, "erase", "person", person_id)
    return Erased(pairs=ended, rows=deleted, grades=grades)


def _leave_programmes(person_id: UUID) -> None:
    for place in store.list_places(person_id):
        place.returned_note = ""
        if ParticipantState(place.state) not in _OVER:
            set_state(place, ParticipantState.WITHDRAWN)
