"""From notices to letters: which mail is due, what it says, and what became of it.

The worker takes a mail through `lease_next`, hands it in with no transaction open, and tells
`record`. What is not known to be sent is sent again, under the same Message-ID: at least once.

What people experience (a week, waking hours) goes by the product's time, leases and tries by the
machine's.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType
from uuid import UUID

from lti_app.clock import now, real_now
from lti_app.domain.links import Purpose
from lti_app.domain.mail import (
    WANTED,
    MailAnswer,
    MailChoice,
    MailKind,
    MailOutcome,
    is_usable_address,
    is_waking_hour,
    next_try_at,
    read_sender,
)
from lti_app.language import gettext, ngettext, speaking
from lti_app.mail.letters import Button, Item, Letter
from lti_app.services.links import make_link
from lti_app.services.notice_kinds import notice_kinds
from lti_app.services.notices import words_of
from lti_app.settings import Settings
from lti_app.store import mails as store
from lti_app.store.mails import Mail, MailPreference
from lti_app.store.notices import NoticeRow
from lti_app.store.people import Person
from lti_app.store.session import db

#: Outlasts handing in one mail.
_LEASE = timedelta(minutes=3)
WEEK = timedelta(days=7)
#: What could not be mailed for so long is old news: mail was only just set up, or a server is gone.
_STALE = timedelta(days=7)
_AT_ONCE = 100
_MOST_ITEMS = 20
KEPT = timedelta(days=90)


@dataclass(frozen=True)
class LeasedMail:
    """A mail that is ours to hand in."""

    id: UUID
    lease: UUID
    kind: MailKind
    letter: Letter


def write_single_mails() -> bool:
    """Write mails for notices that are mailed by themselves; returns whether there may be more."""
    at = now()
    found = store.list_single_notices(notice_kinds().keys(), at, at - _STALE, _AT_ONCE)
    for notice in found:
        notice.mail_id = _queue(notice.person_id, MailKind.SINGLE).id
        notice.mailed_at = at
    return len(found) == _AT_ONCE


def write_digests(after: UUID | None) -> tuple[int, UUID | None]:
    """Write summaries for a page of readers, as far as it is day where they are.

    Args:
        after: where the page before ended; None for the first one.

    Returns:
        How many were written, and where to go on; None at the end.
    """
    at, keys = now(), notice_kinds().keys()
    readers = store.list_digest_readers(keys, at, at - WEEK, after, _AT_ONCE)
    written = 0
    for person in readers:
        if is_waking_hour(at, person.time_zone) and store.lock_for_digest(person.id, at - WEEK):
            mail = _queue(person.id, MailKind.DIGEST)
            store.put_into_digest(mail.id, person.id, keys, at)
            written += 1
    return written, readers[-1].id if len(readers) == _AT_ONCE else None


def lease_next(settings: Settings) -> LeasedMail | None:
    """Take the next mail that is due and has something to say; None if there is none.

    Mails whose reason is gone are marked as skipped on the way.
    """
    while (mail := store.lease_next(real_now(), real_now() + _LEASE)) is not None:
        person = db().get_one(Person, mail.person_id)
        with speaking(person.locale) as language:
            composed = _compose(mail, person, settings, language)
        if isinstance(composed, Letter) and mail.lease is not None:
            return LeasedMail(mail.id, mail.lease, MailKind(mail.kind), composed)
        _end(mail, store.SKIPPED, str(composed))
    return None


def record(leased: LeasedMail, answer: MailAnswer, random: Random) -> None:
    """Note what became of a mail; if the lease was lost, whoever has it now does that."""
    mail = store.find_leased(leased.id, leased.lease)
    if mail is None:
        return
    at = real_now()
    if answer.outcome is MailOutcome.SENT:
        mail.sent_at = at
        _end(mail, store.SENT, None)
    elif answer.outcome in {MailOutcome.REFUSED, MailOutcome.FAILED}:
        if answer.outcome is MailOutcome.REFUSED:
            store.find_or_add_preference(mail.person_id).refused_address = leased.letter.to
        _end(mail, store.FAILED, answer.reason)
    else:
        mail.failures += 1
        due_at = next_try_at(mail.failures, at, random)
        if due_at is None:
            _end(mail, store.FAILED, answer.reason)
        else:
            mail.due_at, mail.reason = due_at, answer.reason
            mail.lease = mail.leased_until = None


def purge_mails(at: datetime) -> int:
    """Delete mails of long ago, and addresses that nobody confirmed; returns how many."""
    return store.delete_old(at - KEPT) + store.forget_unconfirmed(at - _STALE)


def _queue(person_id: UUID, kind: MailKind) -> Mail:
    mail = Mail(person_id=person_id, kind=kind.value, due_at=real_now(), created_at=now())
    db().add(mail)
    db().flush()
    return mail


def _end(mail: Mail, state: str, reason: str | None) -> None:
    mail.state, mail.reason = state, reason
    mail.lease = mail.leased_until = None


def _compose(mail: Mail, person: Person, settings: Settings, language: str) -> Letter | str:
    """Return what a mail says, or the code of why it says nothing."""
    kind = MailKind(mail.kind)
    preference = store.find_preference(person.id)
    choice = MailChoice(preference.choice) if preference else MailChoice.ALL
    if now() - mail.created_at > _STALE:
        return "stale"
    if kind not in WANTED[choice]:
        return "not_wanted"
    is_asking = kind is MailKind.CONFIRMATION
    asked = preference.asked_address if preference else None
    to = asked if is_asking else store.address_of(person, preference)
    if to is None or not is_usable_address(to):
        return "no_address"
    if preference is not None and to == preference.refused_address and not is_asking:
        return "refused_before"
    rows = store.list_contents(mail.id, notice_kinds().keys())
    if not rows and not is_asking:
        return "nothing_left"
    envelope = _Envelope(mail, to, settings, language)
    return _WRITERS[kind](envelope, person, preference, rows)


@dataclass(frozen=True)
class _Envelope:
    """What letters of every kind have in common."""

    mail: Mail
    to: str
    settings: Settings
    language: str

    def around(
        self,
        subject: str,
        *,
        opening: str = "",
        items: tuple[Item, ...] = (),
        button: Button | None = None,
        more: tuple[str, ...] = (),
        why: tuple[str, ...] = (),
        unsubscribe: Button | None = None,
    ) -> Letter:
        _, sender = read_sender(self.settings.mail_from or "")
        return Letter(
            message_id=f"<{self.mail.id}@{sender.rpartition('@')[2]}>",
            to=self.to,
            subject=subject,
            language=self.language,
            written_at=real_now(),
            opening=opening,
            items=items,
            button=button,
            more=more,
            why=why,
            unsubscribe=unsubscribe,
        )

    def link(self, words: str, purpose: Purpose, object_id: UUID | None = None) -> Button:
        token = make_link(purpose, self.mail.person_id, object_id)
        return Button(words, f"{self.settings.public_url}/t/{token}")


_Writer = Callable[[_Envelope, Person, MailPreference | None, list[NoticeRow]], Letter]


def _single(
    envelope: _Envelope, person: Person, _preference: MailPreference | None, rows: list[NoticeRow]
) -> Letter:
    words = words_of(rows[0], person.time_zone)
    return envelope.around(
        words.title,
        items=(Item(words.title, words.body),),
        more=(_where(),),
        why=(
            gettext("You get this because it concerns your own work or deadlines in an activity."),
            _how_to_choose(),
        ),
        unsubscribe=envelope.link(gettext("Stop all mail like this"), Purpose.STOP_MAIL),
    )


def _digest(
    envelope: _Envelope, person: Person, _preference: MailPreference | None, rows: list[NoticeRow]
) -> Letter:
    shown = [words_of(row, person.time_zone) for row in rows[:_MOST_ITEMS]]
    count, left_out = len(rows), len(rows) - len(shown)
    more = [_where()]
    if left_out:
        more.insert(
            0,
            ngettext(
                "%(num)d older notice is in your inbox.",
                "%(num)d older notices are in your inbox.",
                left_out,
            ),
        )
    return envelope.around(
        ngettext(
            "One notice in Throughline waits for you",
            "%(num)d notices in Throughline wait for you",
            count,
        ),
        opening=gettext("This is what you have not read yet."),
        items=tuple(Item(words.title, words.body) for words in shown),
        more=tuple(more),
        why=(
            gettext("You get such a summary once a week at most, and only if something is new."),
            _how_to_choose(),
        ),
        unsubscribe=envelope.link(gettext("Stop the summary"), Purpose.STOP_SUMMARY),
    )


def _confirmation(
    envelope: _Envelope, _person: Person, preference: MailPreference | None, _rows: list[NoticeRow]
) -> Letter:
    asked_id = preference.asked_id if preference else None
    return envelope.around(
        gettext("Is this address yours?"),
        opening=gettext(
            "Somebody named this address in Throughline, a tool for mentoring and coaching, as the "
            "one that their notices are to be sent to."
        ),
        button=envelope.link(
            gettext("If that was you, open this page and press its button:"),
            Purpose.CONFIRM_ADDRESS,
            asked_id,
        ),
        more=(
            gettext(
                "If it was not you, there is nothing to do: without the button nothing is sent "
                "here. The link works for three days."
            ),
        ),
        why=(gettext("This mail was sent because somebody asked for it; it is not repeated."),),
    )


_WRITERS: Mapping[MailKind, _Writer] = MappingProxyType(
    {
        MailKind.SINGLE: _single,
        MailKind.DIGEST: _digest,
        MailKind.CONFIRMATION: _confirmation,
    }
)


def _where() -> str:
    return gettext("To see more, open the activity from your course.")


def _how_to_choose() -> str:
    return gettext("Which mail you get is your choice: in your inbox there, under “Mail”.")
