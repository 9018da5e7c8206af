"""The programme of the current request, and the words of its organisation, for pages."""

from collections.abc import Iterable, Mapping

from flask import g, request

from lti_app.domain.permissions import Hat
from lti_app.domain.programmes import Programme, ProgrammeState
from lti_app.domain.taxonomy import DEFAULTS, TermKind
from lti_app.services.programmes import find_programme
from lti_app.store.taxonomy import labels_of
from lti_app.web.pair_visits import current_pair_or_none
from lti_app.web.translation import gettext
from lti_app.web.visits import current_visit, current_visit_or_none

#: Hats that have no pages of an activity.
_OUTSIDE = frozenset({Hat.LEARNING_AND_DEVELOPMENT, Hat.ADMINISTRATOR})
_NOT_OF_AN_ACTIVITY = frozenset({"me"})


def current_programme() -> Programme | None:
    """Return the programme that the launched activity belongs to; None if it stands for itself."""
    placement = current_visit().placement
    if placement is None or placement.programme_id is None:
        return None
    return find_programme(placement.programme_id)


def heading_programme() -> Programme | None:
    """Return the programme whose purpose heads the page, or None.

    It heads every page of its activities, as soon as people can know of it; the desk and what is a
    person's own stand outside. On the pages of a pair it is the pair's.
    """
    if pair := current_pair_or_none():
        return pair.programme
    visit = current_visit_or_none()
    if visit is None or visit.placement is None or visit.hat in _OUTSIDE:
        return None
    if request.blueprint in _NOT_OF_AN_ACTIVITY:
        return None
    programme = current_programme()
    return programme if programme and programme.state is not ProgrammeState.DRAFT else None


def choices_of(kind: TermKind) -> dict[str, str]:
    """Return the terms that can be chosen in the visit's organisation: code → words, in order."""
    known = labels_of(current_visit().organisation_id, kind)
    return {
        code: in_words(kind, code, label)
        for code, (label, can_be_chosen) in known.items()
        if can_be_chosen
    }


def words_of(kind: TermKind, codes: Iterable[str]) -> dict[str, str]:
    """Return the words for some codes, in the organisation's order; retired ones included."""
    wanted = set(codes)
    known = labels_of(current_visit().organisation_id, kind)
    return {
        code: in_words(kind, code, label) for code, (label, _) in known.items() if code in wanted
    }


def labels_of_kind(kind: TermKind) -> Mapping[str, str]:
    """Return the words for all terms of a kind, retired ones included: read once a request."""
    known: dict[TermKind, Mapping[str, str]] = g.setdefault("labels_by_kind", {})
    if kind not in known:
        found = labels_of(current_visit().organisation_id, kind)
        known[kind] = {code: in_words(kind, code, label) for code, (label, _) in found.items()}
    return known[kind]


def in_words(kind: TermKind, code: str, label: str) -> str:
    """Return the words for the reader: the tool's own are translated, others stay as written."""
    return gettext(label) if DEFAULTS[kind].get(code) == label else label
