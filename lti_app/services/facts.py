"""What activities tell each other and the desk: facts, said and read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lti_app.activity import TellsFacts, catalogue
from lti_app.clock import now
from lti_app.domain.errors import NotFound
from lti_app.domain.facts import Fact, check_fact, subject_of
from lti_app.store import facts as store
from lti_app.store.pairs import find_pair
from lti_app.store.session import find_or_add


def publish_fact(
    kind: str,
    *,
    programme_id: UUID | None = None,
    pair_id: UUID | None = None,
    person_id: UUID | None = None,
    about: UUID | None = None,
    number: Decimal | int | None = None,
    code: str = "",
    at: datetime | None = None,
) -> None:
    """Say that something is so; said again of the same, it replaces what was said before.

    Part of the transaction that makes it so.

    Args:
        kind: `<key of the activity>.<what>`.
        programme_id: of which programme; that of the pair, where a pair is named.
        pair_id, person_id: of whom.
        about: the object, where there are several of the kind.
        number, code: what is so: a number, a state in small letters. Never words of a person.
        at: since when; now.

    Raises:
        NotFound: there is no such pair.
        ValueError: the kind or the code has another form.
    """
    check_fact(kind, code)
    programme_id = _programme_of(programme_id, pair_id)
    subject = subject_of(programme_id, pair_id, person_id, about)
    at = at or now()
    row, _ = find_or_add(
        lambda: store.find_fact(kind, subject),
        lambda: store.Fact(
            kind=kind,
            subject=subject,
            programme_id=programme_id,
            pair_id=pair_id,
            person_id=person_id,
            about=about,
            at=at,
        ),
    )
    row.number = None if number is None else Decimal(number)
    row.code, row.at = code, at


def withdraw_fact(
    kind: str,
    *,
    programme_id: UUID | None = None,
    pair_id: UUID | None = None,
    person_id: UUID | None = None,
    about: UUID | None = None,
) -> bool:
    """Take a fact back; returns whether it had been said."""
    programme_id = _programme_of(programme_id, pair_id)
    return bool(store.delete_fact(kind, subject_of(programme_id, pair_id, person_id, about)))


def facts(
    *kinds: str,
    programme_id: UUID | None = None,
    pair_ids: Collection[UUID] | None = None,
    person_ids: Collection[UUID] | None = None,
) -> Sequence[Fact]:
    """Return what was said of some kinds, the oldest first.

    Args:
        kinds: `<key of the activity>.<what>`, one or more.
        programme_id: of one programme alone.
        pair_ids, person_ids: of some pairs or people alone.
    """
    rows = store.list_facts(kinds, programme_id, pair_ids, person_ids)
    return [store.to_fact(row) for row in rows]


def facts_in_words(pair_id: UUID) -> list[str]:
    """Return what activities say of a pair, in words, as the programme team reads it."""
    kinds = catalogue()
    said: list[str | None] = []
    for row in store.list_of_pair(pair_id):
        activity = kinds.get(row.kind.split(".")[0])
        if isinstance(activity, TellsFacts):
            said.append(activity.fact_in_words(store.to_fact(row)))
    return [words for words in said if words]


def _programme_of(programme_id: UUID | None, pair_id: UUID | None) -> UUID | None:
    if pair_id is None:
        return programme_id
    pair = find_pair(pair_id)
    if pair is None:
        raise NotFound(detail="no such pair")
    return pair.programme_id
