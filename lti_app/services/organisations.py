"""Organisations: the tenants of an installation."""

from dataclasses import dataclass
from uuid import UUID

from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.store.audit import record_audit
from lti_app.store.operation import list_counted_organisations
from lti_app.store.organisations import (
    Organisation,
    find_default_organisation,
    find_organisation,
    get_organisation,
    new_default_organisation,
    set_name,
)
from lti_app.store.session import find_or_add

LONGEST_NAME = 200


@dataclass(frozen=True)
class OrganisationFact:
    """What administration shows of an organisation.

    Attributes:
        is_default: it is meant where none is named.
        platforms: how many LMSs it has.
        people: how many people the tool knows there.
    """

    id: UUID
    name: str
    is_default: bool
    platforms: int
    people: int


def add_organisation(name: str, *, by: UUID | None = None) -> Organisation:
    """Make a tenant.

    Args:
        name: blanks around it and several in a row do not count.
        by: who does it; None for the command line.

    Raises:
        MalformedRequest: the name is empty, longer than 200 characters, or not printable.
        Conflict: there is one of this name.
    """
    name = _checked(name)
    organisation, is_new = find_or_add(
        lambda: find_organisation(name), lambda: Organisation(name=name)
    )
    if not is_new:
        raise _taken(name)
    record_audit(
        organisation.id,
        "add",
        "organisation",
        organisation.id,
        actor_id=by,
        detail={"name": name},
    )
    return organisation


def rename_organisation(organisation_id: UUID, name: str, *, by: UUID | None) -> None:
    """Call a tenant something else.

    Raises:
        NotFound: there is no such organisation.
        MalformedRequest: the name is empty, longer than 200 characters, or not printable.
        Conflict: another one has this name.
    """
    organisation = get_organisation(organisation_id)
    if organisation is None:
        raise NotFound(detail="organisation")
    former, name = organisation.name, _checked(name)
    if name == former:
        return
    if not set_name(organisation, name):
        raise _taken(name)
    record_audit(
        organisation.id,
        "rename",
        "organisation",
        organisation.id,
        actor_id=by,
        detail={"name": name, "before": former},
    )


def count_organisations() -> list[OrganisationFact]:
    """Return all organisations by name, with how much there is in each."""
    return [
        OrganisationFact(row.id, row.name, row.key is not None, platforms, people)
        for row, platforms, people in list_counted_organisations()
    ]


def organisation_called(name: str | None) -> Organisation:
    """Return the organisation of this name; without a name the default one, made when missing.

    Raises:
        NotFound: there is none of this name.
    """
    if name is None:
        organisation, _ = find_or_add(find_default_organisation, new_default_organisation)
        return organisation
    found = find_organisation(name)
    if found is None:
        raise NotFound(detail=f"there is no organisation called {name!r}")
    return found


def _checked(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise MalformedRequest(detail="an organisation's name has 1 to 200 characters")
    return name


def _taken(name: str) -> Conflict:
    return Conflict(detail=f"there is an organisation called {name!r} already")
