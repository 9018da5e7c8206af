"""Who may run programmes: the tool grants that, and takes it back; no LMS role implies it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.errors import MalformedRequest, NotFound
from lti_app.store import audit
from lti_app.store import staff as store
from lti_app.store.people import Person, find_identity, list_people_by_email
from lti_app.store.programmes import Programme
from lti_app.store.registrations import Registration, find_registration
from lti_app.store.session import db
from lti_app.store.staff import StaffGrant


@dataclass(frozen=True)
class Grant:
    """A grant in force, with the names of what it is about.

    Attributes:
        programme: title; None for all programmes of the organisation.
    """

    id: UUID
    person_id: UUID
    name: str | None
    organisation: str
    programme: str | None
    created_at: datetime


def find_person(
    issuer: str, client_id: str, *, subject: str | None = None, email: str | None = None
) -> Person:
    """Return somebody whom an LMS has sent here, by what it calls them.

    Args:
        issuer, client_id: of the LMS.
        subject: the LMS's user id (`sub`).
        email: as the LMS tells it; enough if it tells it of one person only.

    Raises:
        NotFound: no such LMS, or it has not sent such a person yet.
        MalformedRequest: neither or both are given, or the address is that of several people.
    """
    if (subject is None) is (email is None):
        raise MalformedRequest(detail="give either --subject or --email")
    registration = find_registration(issuer, client_id)
    if registration is None:
        raise NotFound(detail=f"no LMS {issuer} with the client id {client_id}")
    people = _people_of(registration, subject, email)
    if not people:
        raise NotFound(detail="not known yet: the person opens the tool from a course once first")
    if len(people) > 1:
        raise MalformedRequest(detail=f"{len(people)} people have this address: give --subject")
    return people[0]


def grant(person: Person, programme_id: UUID | None, *, by: UUID | None = None) -> StaffGrant:
    """Let somebody run a programme, or all of their organisation's; the same again changes nothing.

    Args:
        person: known here.
        programme_id: None for all programmes, and the right to make new ones.
        by: who grants it; None for the command line.

    Raises:
        NotFound: the organisation has no such programme.
        MalformedRequest: the person is an LMS's preview of a student.
    """
    if person.is_preview:
        raise MalformedRequest(detail="a preview of a student runs nothing")
    if programme_id is not None:
        programme = db().get(Programme, programme_id)
        if programme is None or programme.organisation_id != person.organisation_id:
            raise NotFound(detail="the person's organisation has no such programme")
    for held in store.list_grants(person.id):
        if held.programme_id == programme_id:
            return held
    granted = StaffGrant(
        person_id=person.id,
        organisation_id=person.organisation_id,
        programme_id=programme_id,
        granted_by=by,
        created_at=now(),
    )
    db().add(granted)
    db().flush()
    _note("grant", granted, by)
    return granted


def revoke(grant_id: UUID, *, by: UUID | None = None) -> None:
    """Take a grant back; the next page that the person opens is without it.

    Raises:
        NotFound: there is no such grant in force.
    """
    held = store.lock_grant(grant_id)
    if held is None or held.revoked_at is not None:
        raise NotFound(detail="no such grant in force")
    held.revoked_at = now()
    _note("revoke", held, by)


def list_in_force(organisation: str | None = None) -> list[Grant]:
    """Return all grants in force, by organisation and name; of one organisation, if it is named."""
    return [
        Grant(
            id=row.id,
            person_id=person.id,
            name=person.name or person.own_name,
            organisation=owner.name,
            programme=programme.title if programme else None,
            created_at=row.created_at,
        )
        for row, person, owner, programme in store.list_in_force(organisation)
    ]


def _people_of(registration: Registration, subject: str | None, email: str | None) -> list[Person]:
    client_id = registration.client_id if registration.subject_per_client else ""
    organisation_id, issuer = registration.organisation_id, registration.issuer
    if subject is None:
        return list_people_by_email(organisation_id, issuer, client_id, email or "")
    identity = find_identity(organisation_id, "lti", issuer, client_id, subject)
    return [db().get_one(Person, identity.person_id)] if identity else []


def _note(verb: str, row: StaffGrant, by: UUID | None) -> None:
    if row.programme_id is not None:
        audit.note_in_programme(f"staff.{verb}", row.programme_id, by=by, person_id=row.person_id)
        return
    audit.record_audit(
        row.organisation_id,
        verb,
        "staff",
        row.id,
        actor_id=by,
        detail={"person": str(row.person_id)},
    )
