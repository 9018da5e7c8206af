"""Links `/t/<token>` in mail: made, looked at, used. Whoever has one may use it; it does one thing.

A new purpose is a word in `domain/links.py`, an action here, and sentences in `web/links.py`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from lti_app.activity import AnswersLinks, catalogue
from lti_app.clock import real_now
from lti_app.domain.errors import NotFound
from lti_app.domain.links import TERMS, LinkQuestion, Purpose
from lti_app.domain.mail import MailChoice
from lti_app.domain.secrets import hash_secret, new_secret
from lti_app.services import mail_preferences
from lti_app.store import links as store
from lti_app.store.links import LinkToken
from lti_app.store.session import db


def make_link(purpose: Purpose, person_id: UUID, object_id: UUID | None = None) -> str:
    """Make a link; returns its token, which is nowhere else in plain text."""
    token, now, terms = new_secret(), real_now(), TERMS[purpose]
    db().add(
        LinkToken(
            token_hash=hash_secret(token),
            purpose=purpose.value,
            person_id=person_id,
            object_id=object_id,
            most_uses=terms.most_uses,
            created_at=now,
            expires_at=now + terms.lifetime,
        )
    )
    return token


def look_at_link(token: str) -> Purpose:
    """Return what a link would do, without doing it.

    Raises:
        NotFound: code `link_over`: unknown, spent or expired, all the same.
    """
    link = store.find_usable(hash_secret(token), real_now())
    if link is None:
        raise NotFound("link_over", "unknown, spent or expired")
    return Purpose(link.purpose)


def use_link(token: str) -> Purpose:
    """Do what a link is for; returns what that was.

    Raises:
        NotFound: code `link_over`: unknown, spent or expired, or what it was for is over.
    """
    link = store.use_up(hash_secret(token), real_now())
    if link is None:
        raise NotFound("link_over", "unknown, spent or expired")
    purpose = Purpose(link.purpose)
    if not _ACTIONS[purpose](link):
        raise NotFound("link_over", "what it was for is over")
    return purpose


def make_answer_link(person_id: UUID, object_id: UUID) -> str:
    """Return the path of a link by which somebody without an account answers about an object, once.

    A link that was made about it before leads nowhere any more.

    Args:
        person_id: who asks them.
        object_id: of an activity that has `AnswersLinks`.
    """
    store.delete_about(object_id, Purpose.ANSWER.value)
    return f"/t/{make_link(Purpose.ANSWER, person_id, object_id)}"


def question_of(token: str) -> LinkQuestion:
    """Return what a link asks.

    Raises:
        NotFound: code `link_over`: unknown, spent or expired, or there is nothing to ask any more.
    """
    link = store.find_usable(hash_secret(token), real_now())
    question = _asked(link)[1] if link is not None else None
    if question is None:
        raise NotFound("link_over", "unknown, spent or expired")
    return question


def answer_link(token: str, given: Mapping[str, str]) -> LinkQuestion | None:
    """Take the answers to a link's question; returns it, or None while an answer is missing.

    Raises:
        NotFound: code `link_over`: somebody was faster, or there is nothing to ask any more.
    """
    answers = question_of(token).read(given)
    if answers is None:
        return None
    link = store.use_up(hash_secret(token), real_now())
    activity, question = _asked(link) if link is not None else (None, None)
    if link is None or link.object_id is None or activity is None:
        raise NotFound("link_over", "unknown, spent or expired")
    if not activity.take_link_answer(link.object_id, answers):
        raise NotFound("link_over", "what it was for is over")
    return question


def _asked(link: LinkToken) -> tuple[AnswersLinks | None, LinkQuestion | None]:
    """Return whose question a link asks, and the question."""
    if link.object_id is None or link.purpose != Purpose.ANSWER:
        return None, None
    for activity in catalogue().values():
        if isinstance(activity, AnswersLinks):
            question = activity.link_question(link.object_id)
            if question is not None:
                return activity, question
    return None, None


def purge_tokens(now: datetime) -> int:
    """Delete links whose time is over; returns how many."""
    return store.delete_expired(now)


def _confirm(link: LinkToken) -> bool:
    return mail_preferences.confirm_address(link.person_id, link.object_id)


def _stop_summary(link: LinkToken) -> bool:
    mail_preferences.want_less(link.person_id, MailChoice.DIRECT)
    return True


def _stop_mail(link: LinkToken) -> bool:
    mail_preferences.want_less(link.person_id, MailChoice.NONE)
    return True


#: What each purpose does; False if there is nothing to do it to any more.
_ACTIONS: Mapping[Purpose, Callable[[LinkToken], bool]] = MappingProxyType(
    {
        Purpose.CONFIRM_ADDRESS: _confirm,
        Purpose.STOP_SUMMARY: _stop_summary,
        Purpose.STOP_MAIL: _stop_mail,
    }
)
