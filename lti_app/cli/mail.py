"""`throughline mail`: whether mail works, and what became of what was written."""

from collections.abc import Mapping
from uuid import uuid4

import click

from lti_app.cli.support import as_json, runtime, show
from lti_app.clock import real_now
from lti_app.domain.errors import NotFound
from lti_app.domain.mail import MailAnswer, MailOutcome, is_usable_address, read_sender
from lti_app.mail.letters import Letter, to_message
from lti_app.mail.transport import Mailer
from lti_app.settings import PREFIX, Settings
from lti_app.store.mails import count_states
from lti_app.store.session import transaction
from lti_app.worker.mailing import open_mailer

#: Reason code → what an operator can do.
_ADVICE: Mapping[str, str] = {
    "connection_lost": "The server closed the connection. Is it the right port for the scheme?",
    "message_refused": "The server takes mail from us, but not this one.",
    "no_answer_in_time": "The server did not answer in time. Is it the right port for the scheme?",
    "no_encryption": "The server offers no STARTTLS. Use smtps://, or the port for clients.",
    "not_reached": "Nothing answers there. Check host and port, and firewalls on the way.",
    "recipient_refused": "The server does not deliver to this address for us.",
    "sender_refused": f"The server does not let us send as this address: see {PREFIX}MAIL_FROM.",
    "server_refused": "The server does not want to talk to us.",
    "sign_in_not_offered": "The server offers no sign-in here. Use the port for clients.",
    "sign_in_refused": "User or password are wrong.",
    "tls_failed": "The certificate is not trusted, or the port does not speak TLS from the start.",
}


@click.group()
def mail() -> None:
    """Mail to people: sent by the worker, told of here."""


@mail.command(epilog="Example: throughline mail check --to you@example.org")
@click.option("--to", metavar="ADDRESS", help="Send a test mail there.")
def check(*, to: str | None) -> None:
    """Connect to the mail server and sign in; exit 1 if that fails."""
    settings = runtime().settings
    if settings.mail_server is None:
        raise NotFound(detail=f"{PREFIX}MAIL_URL is not set: no mail is sent, there is the inbox")
    if to is not None and not is_usable_address(to):
        raise click.BadParameter("not one plain address", param_hint="--to")
    with open_mailer(settings) as mailer:
        answer = _send_test(mailer, settings, to) if to else mailer.check()
    if answer.outcome is not MailOutcome.SENT:
        status = f" ({answer.status})" if answer.status else ""
        raise NotFound(detail=f"{answer.reason}{status}. {_ADVICE[answer.reason]}")
    click.echo("The test mail was taken." if to else "The mail server takes mail from us.")


@mail.command(epilog="Example: throughline mail status --json")
@as_json
def status(*, is_json: bool) -> None:
    """Count mails of the last 90 days by state and reason."""
    with transaction(runtime().database, read_only=True):
        rows = [
            {"state": state, "reason": reason, "mails": count}
            for state, reason, count in count_states()
        ]
    show(rows, is_json=is_json, empty="No mail has been written yet.")


def _send_test(mailer: Mailer, settings: Settings, to: str) -> MailAnswer:
    name, sender = read_sender(settings.mail_from or "")
    letter = Letter(
        message_id=f"<{uuid4()}@{sender.rpartition('@')[2]}>",
        to=to,
        subject="Test of Throughline's mail",
        language="en",
        written_at=real_now(),
        opening="Somebody who runs Throughline sent this to see whether its mail arrives.",
    )
    return mailer.send(to_message(letter, name, sender), sender, to)
