"""Organisations: the tenants of an installation."""

from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.store.organisations import (
    DEFAULT_NAME,
    Organisation,
    find_organisation,
    record_audit,
)
from lti_app.store.session import db, find_or_add

_LONGEST_NAME = 200


def add_organisation(name: str) -> Organisation:
    """Make a tenant.

    Raises:
        MalformedRequest: the name is empty or longer than 200 characters.
        Conflict: there is one of this name.
    """
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        raise MalformedRequest(detail="an organisation's name has 1 to 200 characters")
    if find_organisation(name):
        raise Conflict(detail=f"there is an organisation called {name!r} already")
    organisation = Organisation(name=name)
    db().add(organisation)
    db().flush()
    record_audit(organisation.id, "add", "organisation", organisation.id)
    return organisation


def organisation_called(name: str | None) -> Organisation:
    """Return the organisation of this name; without a name the default one, made when missing.

    Raises:
        NotFound: there is none of this name.
    """
    if name is None:
        organisation, _ = find_or_add(
            lambda: find_organisation(DEFAULT_NAME), lambda: Organisation(name=DEFAULT_NAME)
        )
        return organisation
    found = find_organisation(name)
    if found is None:
        raise NotFound(detail=f"there is no organisation called {name!r}")
    return found
