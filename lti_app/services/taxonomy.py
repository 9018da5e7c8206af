"""The words of organisations: what they begin with."""

from uuid import UUID

from lti_app.domain.taxonomy import DEFAULTS
from lti_app.store.organisations import lock_organisation
from lti_app.store.session import db
from lti_app.store.taxonomy import Term, has_terms


def seed(organisation_id: UUID) -> None:
    """Give an organisation the words to begin with, unless it has words already."""
    # Two first programmes at the same moment come here one after the other.
    lock_organisation(organisation_id)
    if has_terms(organisation_id):
        return
    for kind, labels in DEFAULTS.items():
        for position, (code, label) in enumerate(labels.items()):
            term = Term(
                organisation_id=organisation_id,
                kind=kind.value,
                code=code,
                label=label,
                position=position,
            )
            db().add(term)
