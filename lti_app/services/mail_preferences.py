"""Which mail somebody wants, and where: at the LMS's address, or at one that they confirmed."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from lti_app.clock import now, real_now
from lti_app.domain.links import Purpose
from lti_app.domain.mail import MailChoice, MailKind
from lti_app.store import links
from lti_app.store import mails as store
from lti_app.store.mails import Mail, MailPreference
from lti_app.store.people import Person
from lti_app.store.session import db

#: A link goes to an address that may be somebody else's: no more than these a day.
MOST_LINKS_A_DAY = 3
_DAY = timedelta(days=1)
_CHOICES = list(MailChoice)


@dataclass(frozen=True)
class MailPreferences:
    """What somebody decided, and what follows from it.

    Attributes:
        address: where mail goes now, or None.
        lms_address: what the LMS says, or None.
        own_address: what they named in its place and confirmed, or None.
        asked_address: what they named and did not confirm yet, or None.
        is_refused: a mail server said that `address` takes no mail.
    """

    choice: MailChoice
    address: str | None
    lms_address: str | None
    own_address: str | None
    asked_address: str | None
    is_refused: bool


class Saved(StrEnum):
    """What came of saving."""

    DONE = "done"
    LINK_SENT = "link"
    #: Not saved: too many links were sent already.
    TOO_MANY_LINKS = "too_many"


def preferences_of(person_id: UUID) -> MailPreferences:
    """Return what somebody decided about mail."""
    person = db().get_one(Person, person_id)
    row = store.find_preference(person_id) or MailPreference(choice=MailChoice.ALL.value)
    address = store.address_of(person, row)
    return MailPreferences(
        choice=MailChoice(row.choice),
        address=address,
        lms_address=person.email,
        own_address=row.own_address,
        asked_address=row.asked_address,
        is_refused=address is not None and address == row.refused_address,
    )


def save(person_id: UUID, choice: MailChoice, address: str | None, *, again: bool = False) -> Saved:
    """Keep what somebody decided.

    Another address gets a link, and counts once its button was pressed; until then mail goes where
    it went. The address that the LMS knows needs no link.

    Args:
        person_id: who decides.
        choice: which mail they want.
        address: usable, or None for the LMS's.
        again: send the link once more.
    """
    row = store.find_or_add_preference(person_id)
    if address in {None, db().get_one(Person, person_id).email}:
        row.own_address = address = None
    is_to_ask = address not in {None, row.own_address}
    wants_link = is_to_ask and (again or address != row.asked_address)
    if wants_link and _links_today(person_id) >= MOST_LINKS_A_DAY:
        return Saved.TOO_MANY_LINKS
    row.choice = choice.value
    if not is_to_ask:
        _ask(row, None)
    elif address != row.asked_address:
        _ask(row, address)
    if not wants_link:
        return Saved.DONE
    kind = MailKind.CONFIRMATION.value
    db().add(Mail(person_id=person_id, kind=kind, due_at=real_now(), created_at=now()))
    return Saved.LINK_SENT


def confirm_address(person_id: UUID, asked_id: UUID | None) -> bool:
    """Let an address count whose owner was asked; False if it is not the one any more."""
    row = store.find_or_add_preference(person_id)
    if asked_id is None or row.asked_id != asked_id:
        return False
    row.own_address = row.asked_address
    _ask(row, None)
    return True


def want_less(person_id: UUID, choice: MailChoice) -> None:
    """Send somebody no more than a choice lets through; what is less already stays."""
    row = store.find_or_add_preference(person_id)
    less = max(_CHOICES.index(choice), _CHOICES.index(MailChoice(row.choice)))
    row.choice = _CHOICES[less].value


def _links_today(person_id: UUID) -> int:
    return store.count_since(person_id, MailKind.CONFIRMATION, now() - _DAY)


def _ask(row: MailPreference, address: str | None) -> None:
    """Let an address wait for its owner, in place of any other, or none at all."""
    store.delete_queued(row.person_id, MailKind.CONFIRMATION)
    links.delete_links(row.person_id, Purpose.CONFIRM_ADDRESS.value)
    row.asked_address = address
    row.asked_id = uuid4() if address else None
    row.asked_at = now() if address else None
