"""Mail is handed in encrypted, signed in and within a deadline; what comes of it is classed."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from lti_app.domain.mail import Encryption, MailAnswer, MailOutcome, MailServer
from lti_app.mail import transport
from lti_app.mail.transport import Mailer
from tests.post_office import HOST, PASSWORD, USER, PostOffice, open_post_office

FROM, TO = "mentoring@tool.example", "alice@school.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with a certificate for 127.0.0.1 that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "both.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture(scope="module")
def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = FROM, TO, "Hello"
    made.set_content("Hello.\n.\nA dot on a line of its own ends nothing.\n")
    return made


def send(server: MailServer, ca: Path | None = None, seconds: float = 10) -> MailAnswer:
    with Mailer(server, "tool.example", str(ca) if ca else None, seconds) as mailer:
        return mailer.send(message(), FROM, TO)


def test_a_mail_arrives_whole(office: PostOffice) -> None:
    assert send(office.server()) == MailAnswer(MailOutcome.SENT, status=250)
    (letter,) = office.letters
    assert letter.get_content().splitlines() == message().get_content().splitlines()


def test_several_mails_go_over_one_connection_and_not_too_many(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "_MOST_PER_CONNECTION", 2)
    with Mailer(office.server(), "tool.example") as mailer:
        for _ in range(5):
            assert mailer.send(message(), FROM, TO).outcome is MailOutcome.SENT
    assert len(office.letters) == 5
    assert office.greetings == 3


def test_a_connection_that_the_server_closed_meanwhile_is_made_anew_at_the_next_try(
    office: PostOffice,
) -> None:
    with Mailer(office.server(), "tool.example") as mailer:
        assert mailer.send(message(), FROM, TO).outcome is MailOutcome.SENT
        office.replies["mail"] = (1, "421 Good bye")
        answer = mailer.send(message(), FROM, TO)
        assert answer == MailAnswer(MailOutcome.UNREACHABLE, "sender_refused", 421)
        assert mailer.send(message(), FROM, TO).outcome is MailOutcome.SENT


# aiosmtpd does not know that it is reached over TLS.
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
@pytest.mark.parametrize("encryption", [Encryption.TLS, Encryption.STARTTLS])
def test_over_tls_one_signs_in_and_the_certificate_counts(
    encryption: Encryption, server_side: ssl.SSLContext, certificate: Path
) -> None:
    is_tls = encryption is Encryption.TLS
    with open_post_office(
        tls=server_side if is_tls else None,
        starttls=None if is_tls else server_side,
        with_sign_in=True,
    ) as office:
        server = office.server(encryption, user=USER, password=PASSWORD)
        assert send(server, certificate).outcome is MailOutcome.SENT
        assert office.users == [USER]
        if not is_tls:
            assert office.encrypted == [True]
        # Nobody vouches for this certificate.
        assert send(server).reason == "tls_failed"
        wrong = office.server(encryption, user=USER, password="wrong")
        assert send(wrong, certificate) == MailAnswer(
            MailOutcome.UNREACHABLE, "sign_in_refused", 535
        )
        assert len(office.letters) == 1


def test_where_no_encryption_is_offered_nothing_is_sent(office: PostOffice) -> None:
    answer = send(office.server(Encryption.STARTTLS))
    assert (answer.outcome, answer.reason) == (MailOutcome.UNREACHABLE, "no_encryption")
    assert office.letters == []


def test_where_no_sign_in_is_offered_nothing_is_sent(office: PostOffice) -> None:
    answer = send(office.server(user=USER, password=PASSWORD))
    assert (answer.outcome, answer.reason) == (MailOutcome.UNREACHABLE, "sign_in_not_offered")
    assert office.letters == []


@pytest.mark.parametrize(
    ("step", "reply", "outcome", "reason"),
    [
        ("mail", "451 Not now", MailOutcome.UNREACHABLE, "sender_refused"),
        ("mail", "550 Not you", MailOutcome.UNREACHABLE, "sender_refused"),
        ("rcpt", "450 Come back later", MailOutcome.LATER, "recipient_refused"),
        ("rcpt", "421 Too many", MailOutcome.UNREACHABLE, "recipient_refused"),
        ("rcpt", "550 5.1.1 No such user", MailOutcome.REFUSED, "recipient_refused"),
        ("rcpt", "553 Not a mailbox", MailOutcome.REFUSED, "recipient_refused"),
        ("rcpt", "550 5.7.1 Relaying denied", MailOutcome.FAILED, "recipient_refused"),
        ("rcpt", "554 No", MailOutcome.FAILED, "recipient_refused"),
        ("data", "451 Busy", MailOutcome.LATER, "message_refused"),
        ("data", "554 Looks like spam", MailOutcome.FAILED, "message_refused"),
    ],
)
def test_a_refusal_is_classed_by_what_it_is_about(
    office: PostOffice, step: str, reply: str, outcome: MailOutcome, reason: str
) -> None:
    office.replies[step] = (1, reply)
    status = int(reply.split(maxsplit=1)[0])
    with Mailer(office.server(), "tool.example") as mailer:
        assert mailer.send(message(), FROM, TO) == MailAnswer(outcome, reason, status)
        assert mailer.send(message(), FROM, TO).outcome is MailOutcome.SENT


def test_nobody_there_is_said_to_be_so() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port = taken.getsockname()[1]
        answer = send(MailServer(HOST, port, Encryption.NONE))
    assert answer == MailAnswer(MailOutcome.UNREACHABLE, "not_reached")


def test_checking_signs_in_and_sends_nothing(office: PostOffice) -> None:
    with Mailer(office.server(), "tool.example") as mailer:
        assert mailer.check().outcome is MailOutcome.SENT
    with Mailer(office.server(user=USER, password=PASSWORD), "tool.example") as mailer:
        assert mailer.check().reason == "sign_in_not_offered"
    assert office.letters == []


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[MailServer]:
    """Let something that is no proper server answer one connection."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                talk(connection)

        thread = Thread(target=answer)
        thread.start()
        yield MailServer(HOST, listener.getsockname()[1], Encryption.NONE)
        thread.join(10)


def drip(connection: socket.socket) -> None:
    """Answer, one byte after the other, and never to the end."""
    connection.settimeout(0.1)
    for _ in range(200):
        try:
            connection.sendall(b"2")
            if connection.recv(100) == b"":
                return
        except TimeoutError:
            continue
        except OSError:
            return


def stay_silent(connection: socket.socket) -> None:
    connection.recv(1)


def accept_then_break(connection: socket.socket) -> None:
    """Be a server up to the letter, and go away without a word about it."""
    lines = connection.makefile("rb")
    connection.sendall(b"220 hello\r\n")
    for reply in (b"250 hello", b"250 yes", b"250 yes", b"354 go on"):
        lines.readline()
        connection.sendall(reply + b"\r\n")
    while lines.readline() != b".\r\n":
        pass


@pytest.mark.parametrize("talk", [drip, stay_silent])
def test_a_server_that_does_not_come_to_an_end_is_left_at_the_deadline(
    talk: Callable[[socket.socket], None],
) -> None:
    with talking(talk) as server:
        began = monotonic()
        answer = send(server, seconds=0.5)
        assert monotonic() - began < 5
    assert answer == MailAnswer(MailOutcome.UNREACHABLE, "no_answer_in_time")


@pytest.mark.parametrize(
    ("greeting", "reason", "status"),
    [(b"554 Go away\r\n", "server_refused", 554), (b"", "connection_lost", None)],
)
def test_a_server_that_wants_nothing_of_us_is_no_server(
    greeting: bytes, reason: str, status: int | None
) -> None:
    with talking(lambda connection: connection.sendall(greeting)) as server:
        assert send(server) == MailAnswer(MailOutcome.UNREACHABLE, reason, status)


def test_a_letter_whose_fate_is_not_known_counts_as_not_sent() -> None:
    with talking(accept_then_break) as server:
        assert send(server) == MailAnswer(MailOutcome.UNREACHABLE, "connection_lost")
