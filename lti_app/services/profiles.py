"""What activities tell of those who signed up: for pairing people, and for their team to read."""

from collections.abc import Collection, Iterator, Mapping
from uuid import UUID

from lti_app.activity import HasProfiles, catalogue
from lti_app.domain.pairing import Answer, MatchingProfile
from lti_app.domain.programmes import Programme
from lti_app.domain.recognising import means
from lti_app.store.participants import Called, find_called, list_colleagues, list_names


def profiles_of(programme: Programme, people: Collection[UUID]) -> dict[UUID, MatchingProfile]:
    """Return what some people of a programme answered, as far as pairing looks at it."""
    found: dict[UUID, MatchingProfile] = {}
    for activity in _with_profiles():
        found |= activity.profiles(programme, people)
    return found


def answers_of(programme: Programme, person_id: UUID) -> tuple[Answer, ...]:
    """Return what one person of a programme answered, in words."""
    return tuple(
        answer for activity in _with_profiles() for answer in activity.answers(programme, person_id)
    )


def recognise(programme: Programme, typed: Collection[str]) -> dict[str, frozenset[UUID]]:
    """Return who in a programme is meant by names or e-mail addresses that somebody typed.

    Args:
        programme: whose people are looked at, as they are called now.
        typed: the texts.

    Returns:
        By text; nobody where it means nobody who takes part.
    """
    people = list_names(programme.id) if typed else ()
    return {
        text: frozenset(one.person_id for one in people if means(text, one.names, one.addresses))
        for text in typed
    }


def meant_only(
    person_id: UUID, typed: Mapping[UUID, Collection[str]]
) -> dict[UUID, frozenset[str]]:
    """Return which texts mean one person, and nobody else of their organisation.

    Args:
        person_id: whom.
        typed: names or e-mail addresses that people typed, by who did; those of another
            organisation are left alone.
    """
    person = find_called(person_id)
    if person is None:
        return {}
    colleagues = list_colleagues(person_id)
    others = [one for one in colleagues if one.person_id != person_id]
    known = {one.person_id for one in colleagues}
    return {
        author: frozenset(text for text in texts if _means(person, text, others))
        for author, texts in typed.items()
        if author in known
    }


def _means(person: Called, text: str, others: Collection[Called]) -> bool:
    if not means(text, person.names, person.addresses):
        return False
    return not any(means(text, one.names, one.addresses) for one in others)


def _with_profiles() -> Iterator[HasProfiles]:
    return (one for one in catalogue().values() if isinstance(one, HasProfiles))
