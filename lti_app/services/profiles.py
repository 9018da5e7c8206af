"""What activities tell of those who signed up: for pairing people, and for their team to read."""

from collections.abc import Collection, Iterator
from uuid import UUID

from lti_app.activity import HasProfiles, catalogue
from lti_app.domain.pairing import Answer, MatchingProfile
from lti_app.domain.programmes import Programme
from lti_app.domain.recognising import means
from lti_app.store.participants import list_names


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


def _with_profiles() -> Iterator[HasProfiles]:
    return (one for one in catalogue().values() if isinstance(one, HasProfiles))
