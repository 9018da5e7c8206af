"""The words of organisations: what they begin with, and what they upload instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.imports import TermLine
from lti_app.domain.taxonomy import DEFAULTS, TermKind
from lti_app.store.audit import record_audit
from lti_app.store.organisations import lock_organisation
from lti_app.store.session import db
from lti_app.store.taxonomy import Term, has_terms, labels_of, list_terms


@dataclass(frozen=True)
class TermFact:
    """One word of an organisation, as it is stored."""

    kind: str
    code: str
    label: str
    is_retired: bool


def list_terms_of(organisation_id: UUID, kind: TermKind) -> list[TermFact]:
    """Return the words of a kind in order; before an organisation has any, the default ones."""
    return [
        TermFact(kind.value, code, label, not can_be_chosen)
        for code, (label, can_be_chosen) in labels_of(organisation_id, kind).items()
    ]


def export_terms(organisation_id: UUID, *, by: UUID) -> list[TermFact]:
    """Return all words of an organisation to be handed out, and note who has them."""
    known = [term for kind in TermKind for term in list_terms_of(organisation_id, kind)]
    record_audit(
        organisation_id,
        "export",
        "taxonomy",
        organisation_id,
        actor_id=by,
        detail={"count": len(known)},
    )
    return known


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


def take_terms_in(organisation_id: UUID, given: Sequence[TermLine]) -> tuple[int, int, int]:
    """Put uploaded terms beside those that are there.

    Of each kind that the upload names, its terms stand in the upload's order, and those that it
    leaves out cannot be chosen any more; who has chosen them keeps them. Other kinds stay.

    Returns:
        How many were added, changed, and retired.
    """
    stored = {(term.kind, term.code): term for term in list_terms(organisation_id)}
    added = changed = retired = 0
    for position, line in enumerate(given):
        term = stored.pop((line.kind.value, line.code), None)
        if term is None:
            term = Term(organisation_id=organisation_id, kind=line.kind.value, code=line.code)
            db().add(term)
            added += 1
        else:
            is_same = (term.label, term.retired_at is not None) == (line.label, line.is_retired)
            changed += not is_same
        term.label, term.position = line.label, position
        term.retired_at = (term.retired_at or now()) if line.is_retired else None
    kinds = {line.kind.value for line in given}
    for (kind, _), term in stored.items():
        if kind in kinds and term.retired_at is None:
            term.retired_at = now()
            retired += 1
    return added, changed, retired
