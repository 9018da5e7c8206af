"""Organisations: the tenants of an installation."""

from uuid import UUID

from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.store.audit import record_audit
from lti_app.store.organisations import (
    Organisation,
    find_default_organisation,
    find_organisation,
    get_organisation,
    new_default_organisation,
)
from lti_app.store.session import db, find_or_add

LONGEST_NAME = 200


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
    organisation = Organisation(name=name)
    db().add(organisation)
    db().flush()
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
    former = organisation.name
    if " ".join(name.split()) == former:
        return
    organisation.name = _checked(name)
    record_audit(
        organisation.id,
        "rename",
        "organisation",
        organisation.id,
        actor_id=by,
        detail={"name": organisation.name, "before": former},
    )


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
    if find_organisation(name):
        raise Conflict(detail=f"there is an organisation called {name!r} already")
    return name
