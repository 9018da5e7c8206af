"""Organisations: the tenants of an installation."""

from uuid import UUID

from sqlalchemy import String, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base, CreatedAt, Id
from lti_app.store.session import db

#: What the organisation is called that is meant where none is named, until somebody renames it.
DEFAULT_NAME = "Default organisation"
_DEFAULT_KEY = "default"


class Organisation(Base):
    """A tenant; people and their work never cross from one to another."""

    __tablename__ = "organisation"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(200), unique=True)
    #: `default`: the one that is meant where none is named; None for all others.
    key: Mapped[str | None] = mapped_column(String(20), unique=True)
    created_at: Mapped[CreatedAt]


def find_organisation(name: str) -> Organisation | None:
    """Return the organisation of this name, or None."""
    return db().scalar(select(Organisation).where(Organisation.name == name))


def find_default_organisation() -> Organisation | None:
    """Return the organisation that is meant where none is named, whatever it is called by now."""
    found = db().scalar(select(Organisation).where(Organisation.key == _DEFAULT_KEY))
    return found or find_organisation(DEFAULT_NAME)


def new_default_organisation() -> Organisation:
    """Build the organisation that is meant where none is named."""
    return Organisation(name=DEFAULT_NAME, key=_DEFAULT_KEY)


def get_organisation(organisation_id: UUID) -> Organisation | None:
    """Return the organisation of this id, or None."""
    return db().get(Organisation, organisation_id)


def set_name(organisation: Organisation, name: str) -> bool:
    """Call an organisation something else; False if another one has this name."""
    try:
        with db().begin_nested():
            organisation.name = name
            db().flush()
    except IntegrityError:
        return False
    return True


def list_organisations() -> list[Organisation]:
    """Return all organisations by name."""
    return list(db().scalars(select(Organisation).order_by(Organisation.name)))


def lock_organisation(organisation_id: UUID) -> None:
    """Let no other transaction pass here for an organisation until this one is over."""
    db().scalar(
        select(Organisation.id)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
    )
