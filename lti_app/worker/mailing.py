"""Sends the mail that is due, one after the other; no transaction is open while a server is called.

A crash between handing a mail in and writing that down sends it once more, as the same message.
"""

from random import SystemRandom
from time import monotonic

import structlog

from lti_app.domain.mail import MailAnswer, MailOutcome, read_sender
from lti_app.mail.letters import to_message
from lti_app.mail.transport import Mailer
from lti_app.services import mails
from lti_app.services.jobs import Run
from lti_app.services.mails import LeasedMail
from lti_app.settings import Settings
from lti_app.store.session import transaction

#: The other periodic work gets its turn after that.
_LONGEST_RUN_SECONDS = 60.0
_log = structlog.get_logger()
_random = SystemRandom()


def write_digests(run: Run) -> int:
    """Write the summaries that are due; returns how many."""
    if run.runtime.settings.mail_server is None:
        return 0
    written, after = 0, None
    while True:
        run.keep()
        with transaction(run.runtime.database):
            more, after = mails.write_digests(after)
        written += more
        if after is None:
            return written


def send_mail(run: Run) -> int:
    """Write and send what is due; returns how many mails were sent.

    Where the server is away, the rest waits for the next run.
    """
    settings = run.runtime.settings
    if settings.mail_server is None:
        return 0
    _write_single_mails(run)
    sent, ends_at = 0, monotonic() + _LONGEST_RUN_SECONDS
    with open_mailer(settings) as mailer:
        while monotonic() < ends_at:
            run.keep()
            answer = _send_next(run, mailer)
            if answer is None or answer.outcome is MailOutcome.UNREACHABLE:
                break
            sent += answer.outcome is MailOutcome.SENT
    return sent


def open_mailer(settings: Settings) -> Mailer:
    """Return the way to the mail server of the settings, which name one; nothing is called yet."""
    if settings.mail_server is None:
        raise ValueError("the settings name no mail server")
    _, sender = read_sender(settings.mail_from or "")
    own_name = sender.rpartition("@")[2]
    return Mailer(settings.mail_server, own_name, settings.ca_bundle)


def _write_single_mails(run: Run) -> None:
    is_more = True
    while is_more:
        run.keep()
        with transaction(run.runtime.database):
            is_more = mails.write_single_mails()


def _send_next(run: Run, mailer: Mailer) -> MailAnswer | None:
    """Send the next mail, if there is one."""
    settings, database = run.runtime.settings, run.runtime.database
    with transaction(database):
        leased = mails.lease_next(settings)
    if leased is None:
        return None
    name, sender = read_sender(settings.mail_from or "")
    answer = mailer.send(to_message(leased.letter, name, sender), sender, leased.letter.to)
    with transaction(database):
        mails.record(leased, answer, _random)
    _note(leased, answer)
    return answer


def _note(leased: LeasedMail, answer: MailAnswer) -> None:
    level = _log.info if answer.outcome is MailOutcome.SENT else _log.warning
    level(
        "mail_handed_in",
        mail=leased.id,
        kind=leased.kind,
        outcome=answer.outcome,
        reason=answer.reason or None,
        status=answer.status,
    )
