"""Programmes: finding those that somebody may run."""

from uuid import UUID

from lti_app.domain.errors import NotFound
from lti_app.domain.permissions import Viewer
from lti_app.domain.programmes import Programme
from lti_app.store import programmes as store


def find_programme(programme_id: UUID) -> Programme:
    """Return a programme.

    Raises:
        NotFound: there is none of this id.
    """
    row = store.find_programme(programme_id)
    if row is None:
        raise NotFound(detail="no such programme")
    return store.to_programme(row)


def list_programmes(viewer: Viewer) -> list[Programme]:
    """Return the programmes that somebody may run, the newest first."""
    chosen = None if viewer.runs_all_programmes else viewer.programme_ids
    return [
        store.to_programme(row) for row in store.list_programmes(viewer.organisation_id, chosen)
    ]
