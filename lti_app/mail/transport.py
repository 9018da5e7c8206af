"""Hands mail to a server, under a deadline, and says in one of a few classes what came of it."""

import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.message import EmailMessage
from threading import Lock, Timer
from time import monotonic
from types import TracebackType
from typing import Self

from lti_app.domain.mail import Encryption, MailAnswer, MailOutcome, MailServer
from lti_app.trust import trusting_context

_CONNECT_SECONDS = 10.0
#: For everything about one mail, connecting included, however slowly the server drips.
_SECONDS = 30.0
#: Servers often take no more over one connection.
_MOST_PER_CONNECTION = 50
#: Refusals of an address as such; the others are about us or about the mail.
_NO_SUCH_ADDRESS = frozenset({550, 551, 553})
#: What broke the conversation → code, the first that fits.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "no_answer_in_time"),
    (ssl.SSLError, "tls_failed"),
    (smtplib.SMTPAuthenticationError, "sign_in_refused"),
    (smtplib.SMTPNotSupportedError, "sign_in_not_offered"),
    (smtplib.SMTPResponseException, "server_refused"),
    (ConnectionRefusedError, "not_reached"),
    (ConnectionError, "connection_lost"),
    (smtplib.SMTPServerDisconnected, "connection_lost"),
)
_POLICY = re.compile(rb"[45]\.7\.")
_ACCEPTED = 250
_READY = 220


class _Refused(Exception):
    """The server said no, at the step that `reason` names."""

    def __init__(self, reason: str, status: int, text: bytes = b"") -> None:
        self.reason = reason
        self.status = status
        self.text = text
        super().__init__(reason)


class _Deadline:
    """Ends a conversation at its end of time, whatever it is waiting for.

    A time-out of a socket starts anew with every byte; shutting the socket down ends any wait.
    """

    def __init__(self, seconds: float) -> None:
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True
        self._lock = Lock()
        self._watched: socket.socket | None = None
        self._ends_at = monotonic() + seconds

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def is_over(self) -> bool:
        """Tell whether the time has come."""
        return monotonic() >= self._ends_at

    def watch(self, connection: socket.socket) -> None:
        """Say which socket the conversation is on now."""
        with self._lock:
            self._watched = connection
            if self.is_over:
                self._shut()

    def _end(self) -> None:
        with self._lock:
            self._shut()

    def _shut(self) -> None:
        if self._watched is not None:
            # The plain one, even of a TLS socket: nothing may be said and waited for any more.
            with suppress(OSError):
                socket.socket.shutdown(self._watched, socket.SHUT_RDWR)


class Mailer:
    """Hands in mail, one after the other, over a connection that is kept; a context that ends it.

    Args:
        server: where.
        own_name: host name that we greet with.
        ca_bundle: file of certificates to trust beside the machine's own, or None.
        seconds: for each mail.
    """

    def __init__(
        self,
        server: MailServer,
        own_name: str,
        ca_bundle: str | None = None,
        seconds: float = _SECONDS,
    ) -> None:
        self._server = server
        self._own_name = own_name
        self._context = trusting_context(ca_bundle)
        self._seconds = seconds
        self._client: smtplib.SMTP | None = None
        self._handed_in = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop(politely=True)

    def send(self, message: EmailMessage, sender: str, to: str) -> MailAnswer:
        """Hand one mail in. What is not known to have arrived counts as not sent.

        Args:
            message: whole.
            sender: where refusals go.
            to: one address.
        """
        if self._handed_in >= _MOST_PER_CONNECTION:
            self._drop(politely=True)
        with _Deadline(self._seconds) as deadline:
            try:
                client = self._connected(deadline)
                lines = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
                self._hand_in(client, lines, sender, to)
            except (smtplib.SMTPException, OSError, _Refused) as error:
                self._drop()
                return _answer(error, is_late=deadline.is_over)
        self._handed_in += 1
        return MailAnswer(MailOutcome.SENT, status=_ACCEPTED)

    def check(self) -> MailAnswer:
        """Connect and sign in, and hand in nothing; `sent` means that it would be possible."""
        with _Deadline(self._seconds) as deadline:
            try:
                _expect(self._connected(deadline).noop(), _ACCEPTED, "server_refused")
            except (smtplib.SMTPException, OSError, _Refused) as error:
                self._drop()
                return _answer(error, is_late=deadline.is_over)
        return MailAnswer(MailOutcome.SENT, status=_ACCEPTED)

    def _hand_in(self, client: smtplib.SMTP, message: bytes, sender: str, to: str) -> None:
        _expect(client.mail(sender), _ACCEPTED, "sender_refused")
        _expect(client.rcpt(to), _ACCEPTED, "recipient_refused")
        try:
            _expect(client.data(message), _ACCEPTED, "message_refused")
        except smtplib.SMTPDataError as error:
            raise _Refused("message_refused", error.smtp_code) from error

    def _connected(self, deadline: _Deadline) -> smtplib.SMTP:
        if self._client is not None and self._client.sock is not None:
            deadline.watch(self._client.sock)
            return self._client
        self._client, self._handed_in = self._connect(deadline), 0
        return self._client

    def _connect(self, deadline: _Deadline) -> smtplib.SMTP:
        place = (self._server.host, self._server.port)
        connection = socket.create_connection(place, timeout=_CONNECT_SECONDS)
        deadline.watch(connection)
        if self._server.encryption is Encryption.TLS:
            connection = self._encrypt(connection, deadline)
        client = self._client_on(connection)
        try:
            _expect(client.getreply(), _READY, "server_refused")
            if self._server.encryption is Encryption.STARTTLS:
                client = self._start_tls(client, deadline)
            client.ehlo_or_helo_if_needed()
            if self._server.user is not None:
                client.login(self._server.user, self._server.password or "")
        except BaseException:
            client.close()
            raise
        return client

    def _start_tls(self, client: smtplib.SMTP, deadline: _Deadline) -> smtplib.SMTP:
        """Return a client that has heard nothing of what was said in the clear (RFC 3207)."""
        client.ehlo()
        # Never without it: a server that does not offer it refuses the command.
        _expect(client.docmd("STARTTLS"), _READY, "no_encryption")
        connection, client.sock = client.sock, None
        client.close()
        if connection is None:
            raise smtplib.SMTPServerDisconnected
        return self._client_on(self._encrypt(connection, deadline))

    def _encrypt(self, connection: socket.socket, deadline: _Deadline) -> socket.socket:
        try:
            encrypted = self._context.wrap_socket(connection, server_hostname=self._server.host)
        except BaseException:
            connection.close()
            raise
        deadline.watch(encrypted)
        return encrypted

    def _client_on(self, connection: socket.socket) -> smtplib.SMTP:
        connection.settimeout(self._seconds)
        client = smtplib.SMTP(local_hostname=self._own_name, timeout=self._seconds)
        client.sock = connection
        return client

    def _drop(self, *, politely: bool = False) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        with suppress(smtplib.SMTPException, OSError):
            if politely:
                with _Deadline(_CONNECT_SECONDS) as deadline:
                    if client.sock is not None:
                        deadline.watch(client.sock)
                    client.quit()
        client.close()


def _expect(reply: tuple[int, bytes], wanted: int, reason: str) -> None:
    status, text = reply
    if status != wanted and not (wanted == _ACCEPTED and 200 <= status < 300):
        raise _Refused(reason, status, text)


def _answer(error: Exception, *, is_late: bool) -> MailAnswer:
    """Class what went wrong; but for a refusal of one mail, the next one would meet the same."""
    if is_late:
        return MailAnswer(MailOutcome.UNREACHABLE, "no_answer_in_time")
    if isinstance(error, _Refused):
        return _refusal(error)
    reason = next((code for kind, code in _REASONS if isinstance(error, kind)), "not_reached")
    status = error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else None
    return MailAnswer(MailOutcome.UNREACHABLE, reason, status)


def _refusal(refused: _Refused) -> MailAnswer:
    reason, status = refused.reason, refused.status
    if reason in {"server_refused", "no_encryption", "sender_refused"} or status == 421:
        # Not about this mail: the next one would hear the same.
        return MailAnswer(MailOutcome.UNREACHABLE, reason, status)
    if status < 500:
        return MailAnswer(MailOutcome.LATER, reason, status)
    is_about_us = _POLICY.match(refused.text) is not None
    if reason == "recipient_refused" and status in _NO_SUCH_ADDRESS and not is_about_us:
        return MailAnswer(MailOutcome.REFUSED, reason, status)
    return MailAnswer(MailOutcome.FAILED, reason, status)
