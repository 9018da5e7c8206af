"""The programme of the current request, and the words of its organisation, for pages."""

from collections.abc import Iterable

from lti_app.domain.programmes import Programme
from lti_app.domain.taxonomy import DEFAULTS, TermKind
from lti_app.services.programmes import find_programme
from lti_app.store.taxonomy import labels_of
from lti_app.web.translation import gettext
from lti_app.web.visits import current_visit


def current_programme() -> Programme | None:
    """Return the programme that the launched activity belongs to; None if it stands for itself."""
    placement = current_visit().placement
    if placement is None or placement.programme_id is None:
        return None
    return find_programme(placement.programme_id)


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


def in_words(kind: TermKind, code: str, label: str) -> str:
    """Return the words for the reader: the tool's own are translated, others stay as written."""
    return gettext(label) if DEFAULTS[kind].get(code) == label else label
