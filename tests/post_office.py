"""A mail server on loopback that keeps what it is handed, and refuses what a test tells it to."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from lti_app.domain.mail import Encryption, MailServer
from lti_app.testing.stage import free_port

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

HOST = "127.0.0.1"
USER, PASSWORD = "throughline", "p@ss word"


@dataclass
class PostOffice:
    """The server's mailboxes and its moods.

    Attributes:
        letters: what was taken, oldest first.
        replies: what is answered at a step (`mail`, `rcpt`, `data`) instead of yes; the number of
            times comes first.
        encrypted: whether each letter came over TLS.
        users: who signed in for each letter.
        greetings: how many connections said hello.
    """

    port: int
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    replies: dict[str, tuple[int, str]] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str | None] = field(default_factory=list)
    greetings: int = 0

    def server(self, encryption: Encryption = Encryption.NONE, **changes: Any) -> MailServer:
        """Return how the tool reaches the server."""
        return MailServer(HOST, self.port, encryption, **changes)

    def to(self, address: str) -> list[EmailMessage]:
        """Return the letters to an address."""
        return [letter for letter in self.letters if letter["To"] == address]

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self,
        server: SMTP,
        session: "Session",
        envelope: "Envelope",
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Count who says hello."""
        session.host_name = hostname
        self.greetings += 1
        return responses

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: "Session",
        envelope: "Envelope",
        address: str,
        mail_options: list[str],
    ) -> str:
        """Answer who sends."""
        envelope.mail_from = address
        return self._reply("mail")

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: "Session",
        envelope: "Envelope",
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Answer to whom it goes."""
        reply = self._reply("rcpt")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: "Session", envelope: "Envelope"
    ) -> str:
        """Take a letter."""
        reply = self._reply("data")
        if reply.startswith("2"):
            content = envelope.content
            assert isinstance(content, bytes)
            letter = message_from_bytes(content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.raw.append(content)
            self.letters.append(letter)
            self.encrypted.append(session.ssl is not None)
            login: object = session.auth_data
            self.users.append(login.login.decode() if isinstance(login, LoginPassword) else None)
        return reply

    def _reply(self, step: str) -> str:
        count, reply = self.replies.get(step, (0, ""))
        if count <= 0:
            return "250 Yes"
        self.replies[step] = (count - 1, reply)
        return reply


class _Controller(Controller):
    """Ends all conversations before it stops, so that none is left open."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._conversations: list[SMTP] = []

    def factory(self) -> SMTP:
        conversation: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self._conversations.append(conversation)
        return conversation

    def hang_up(self) -> None:
        """Close every connection, and wait until that is done."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self.loop).result(10)

    async def _hang_up(self) -> None:
        for conversation in self._conversations:
            if conversation.transport is not None:
                conversation.transport.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)


@contextmanager
def open_post_office(
    port: int = 0,
    *,
    tls: SSLContext | None = None,
    starttls: SSLContext | None = None,
    with_sign_in: bool = False,
    office: PostOffice | None = None,
) -> Iterator[PostOffice]:
    """Serve until the block ends.

    Args:
        port: where; a free one if 0.
        tls: speaks TLS from the first byte.
        starttls: offers it.
        with_sign_in: wants user and password.
        office: goes on with this one.
    """
    office = office or PostOffice(port or free_port(HOST))
    controller = _Controller(
        office,
        hostname=HOST,
        port=office.port,
        ssl_context=tls,
        tls_context=starttls,
        authenticator=_authenticate if with_sign_in else None,
        auth_required=with_sign_in,
        auth_require_tls=not with_sign_in or starttls is not None,
    )
    controller.start()
    try:
        yield office
    finally:
        controller.hang_up()
        controller.stop()


def _authenticate(
    server: SMTP, session: "Session", envelope: "Envelope", mechanism: str, login: object
) -> AuthResult:
    is_right = isinstance(login, LoginPassword) and login == LoginPassword(
        USER.encode(), PASSWORD.encode()
    )
    return AuthResult(success=is_right, handled=False, auth_data=login)
