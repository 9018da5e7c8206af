"""Calls to an LMS, against real sockets on loopback: how long, how much, and to whom."""

import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from urllib3.connection import HTTPConnection

from lti_app.lti import http, sockets
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.sockets import address_fault
from tests.proofs import rule
from tests.unit.lti_app.lti.peer import Conversation, Peer, listening

#: Long enough for a busy machine, far shorter than the peers would go on.
DEADLINE = 0.3
SLACK = 3.0


@dataclass(frozen=True)
class Allowing:
    """Settings of a client."""

    allow_private_networks: bool = True
    ca_bundle: str | None = None


@pytest.fixture(scope="module")
def client() -> HttpClient:
    """Return a client that may call this machine."""
    return HttpClient(Allowing())


def failure_of(call: object, *arguments: object, **options: object) -> HttpFailure:
    """Return how a call fails."""
    assert callable(call)
    with pytest.raises(HttpFailure) as failure:
        call(*arguments, **options)
    return failure.value


def serve_all(conversation: Conversation) -> None:
    """Answer every request of a connection."""
    while conversation.read_request():
        conversation.answer()


def test_an_answer_has_status_headers_and_body(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(b"gone", "HTTP/1.1 404 Not Found", "X-Reason: moved", "Content-Type: x")

    with listening(handle) as peer:
        answer = client.get(peer.url())
    assert (answer.status, answer.body) == (404, b"gone")
    assert answer.headers["x-reason"] == "moved"


@rule("R-1.15")
def test_a_request_says_who_asks_and_nothing_that_was_not_asked_for(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        client.get(peer.url("/a?b=c"), {"Accept": "application/json"})
    (request,) = peer.requests
    lines = request.decode().lower().split("\r\n")
    assert lines[0] == "get /a?b=c http/1.1"
    assert sorted(line.partition(":")[0] for line in lines[1:-2]) == [
        "accept",
        "accept-encoding",
        "host",
        "user-agent",
    ]
    assert "accept: application/json" in lines
    assert any(line.startswith("user-agent: throughline") for line in lines)


def test_bytes_are_posted_as_they_are_and_a_mapping_as_a_form(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        client.post(peer.url(), b'{"a": 1}', {"Content-Type": "application/x-score+json"})
        client.post(peer.url(), {"a": "b c"})
    first, second = peer.requests
    assert b"content-type: application/x-score+json\r\n" in first.lower()
    assert first.endswith(b'\r\n\r\n{"a": 1}')
    assert b"content-type: application/x-www-form-urlencoded\r\n" in second.lower()
    assert second.endswith(b"\r\n\r\na=b+c")


def test_a_program_that_is_not_installed_says_its_name_without_a_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    for found, agent in (
        (missing, b"Throughline\r\n"),
        (lambda name: "9.9", b"Throughline/9.9\r\n"),
    ):
        monkeypatch.setattr(http, "version", found)
        with listening(serve_all) as peer:
            HttpClient(Allowing()).get(peer.url())
        assert b"User-Agent: " + agent in peer.requests[0]


@rule("R-1.15")
def test_redirects_are_not_followed(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(b"", "HTTP/1.1 302 Found", "Location: /elsewhere")

    with listening(handle) as peer:
        assert client.get(peer.url()).status == 302
    assert len(peer.requests) == 1


def test_cookies_are_not_kept(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        while conversation.read_request():
            conversation.answer(b"", "HTTP/1.1 200 OK", "Set-Cookie: a=b; Path=/")

    with listening(handle) as peer:
        client.get(peer.url())
        client.get(peer.url())
    assert b"cookie" not in peer.requests[1].lower()


def test_proxies_and_passwords_of_the_environment_are_not_used(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with listening(serve_all) as peer:
        client.get(peer.url())
    assert b"authorization" not in peer.requests[0].lower()


DRIPS: dict[str, tuple[bytes, bytes]] = {
    "status line": (b"", b"HTTP/1.1 200 OK and so on "),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "one header": (b"HTTP/1.1 200 OK\r\nX-A: ", b"b"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "size of a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"),
    "answers before the answer": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@rule("R-1.15", "R-4.3")
@pytest.mark.parametrize("where", DRIPS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_peer_that_drips_cannot_stretch_the_deadline(
    client: HttpClient, where: str, method: str
) -> None:
    beginning, rest = DRIPS[where]

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.socket.sendall(beginning)
        conversation.drip(rest)

    with listening(handle) as peer:
        begun = time.monotonic()
        if method == "GET":
            failure = failure_of(client.get, peer.url(), deadline=DEADLINE)
        else:
            failure = failure_of(client.post, peer.url(), b"x", deadline=DEADLINE)
    assert failure.kind == "timeout"
    assert time.monotonic() - begun < DEADLINE + SLACK


def test_a_peer_that_says_nothing_ends_with_the_deadline(client: HttpClient) -> None:
    with listening(Conversation.stay_silent) as peer:
        assert failure_of(client.get, peer.url(), deadline=DEADLINE).kind == "timeout"


def test_a_peer_that_does_not_read_ends_with_the_deadline(client: HttpClient) -> None:
    with listening(Conversation.stay_silent) as peer:
        failure = failure_of(client.post, peer.url(), b"x" * 50_000_000, deadline=DEADLINE)
    assert failure.kind == "timeout"


def test_a_deadline_that_has_passed_sends_nothing(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        assert failure_of(client.get, peer.url(), deadline=0.0).kind == "connection"
    assert peer.requests == []


@contextmanager
def not_accepting(host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Listen without accepting, with a full queue: a connection to it neither works nor fails."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((host, port))
        server.listen(0)
        port = server.getsockname()[1]
        for _ in range(3):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex((host, port))
        yield port


def test_a_peer_that_does_not_accept_ends_with_the_deadline(client: HttpClient) -> None:
    with not_accepting() as port:
        failure = failure_of(client.get, f"http://127.0.0.1:{port}/", deadline=DEADLINE)
    assert failure.kind == "connection"


def test_a_dead_address_leaves_time_for_the_next_one(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, "127.0.0.2", "127.0.0.1")
    with listening(serve_all) as peer, not_accepting("127.0.0.2", peer.port):
        assert client.get(peer.url(host="lms.example"), deadline=2.0).status == 200


def test_a_name_that_is_looked_up_for_ever_ends_with_the_deadline(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def look_up(*_given: object, **_options: object) -> list[object]:
        over.wait(30)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    failure = failure_of(client.get, "http://lms.example/", deadline=DEADLINE)
    over.set()
    assert failure.kind == "connection"
    assert "not found in time" in failure.detail


@pytest.mark.parametrize("name", ["nothing.invalid", "x" * 64 + ".example", "a..example"])
def test_a_name_that_is_unknown_is_not_reached(client: HttpClient, name: str) -> None:
    assert failure_of(client.get, f"http://{name}/").kind in {"connection", "refused"}


def test_a_closed_port_is_not_reached(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        pass
    failure = failure_of(client.post, peer.url(), b"x")
    assert failure.kind == "connection"
    assert "refused" in failure.detail.lower()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000,
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Ty",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 100_000,
    ],
    ids=lambda answer: f"{answer[:60]!r} {len(answer)}",
)
def test_an_answer_that_breaks_off_may_have_been_an_answer(
    client: HttpClient, answer: bytes
) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.socket.sendall(answer)

    with listening(handle) as peer:
        assert failure_of(client.post, peer.url(), b"x").kind == "after_send"
    assert len(peer.requests) == 1


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOODS: dict[str, tuple[bytes, bytes]] = {
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", b"x" * 65_536),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536),
    "chunks": (CHUNKED, b"1\r\nx\r\n" * 9999),
    "answers before the answer": (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 9999),
}


@rule("R-1.15")
@pytest.mark.parametrize("where", FLOODS)
def test_a_peer_that_floods_is_cut_off(client: HttpClient, where: str) -> None:
    beginning, rest = FLOODS[where]

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.socket.sendall(beginning)
        conversation.flood(rest)

    with listening(handle) as peer:
        failure = failure_of(client.get, peer.url(), deadline=30.0)
    assert failure.kind == "too_large"


def test_a_body_just_within_the_limit_is_taken(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(b"x" * http.MAXIMUM_BODY)

    with listening(handle) as peer:
        assert len(client.get(peer.url()).body) == http.MAXIMUM_BODY


def test_a_caller_says_how_long_a_body_may_be(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(b"x" * 2 * http.MAXIMUM_BODY)

    for largest, is_taken in ((2 * http.MAXIMUM_BODY, True), (2 * http.MAXIMUM_BODY - 1, False)):
        with listening(handle) as peer:
            if is_taken:
                assert len(client.get(peer.url(), largest=largest).body) == largest
            else:
                assert failure_of(client.get, peer.url(), largest=largest).kind == "too_large"


def test_a_packed_body_is_unpacked(client: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        packed = gzip.compress(b'{"keys": []}')
        conversation.answer(packed, "HTTP/1.1 200 OK", "Content-Encoding: gzip")

    with listening(handle) as peer:
        assert client.get(peer.url()).body == b'{"keys": []}'


@pytest.mark.parametrize("head", ["HTTP/1.1 200 OK", "HTTP/1.1 302 Found\r\nLocation: /elsewhere"])
def test_a_packed_bomb_is_noticed_before_it_unfolds(client: HttpClient, head: str) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000, 9), 9)

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer(bomb, head, "Content-Encoding: gzip, gzip")

    with listening(handle) as peer:
        tracemalloc.start()
        failure = failure_of(client.get, peer.url(), deadline=30.0)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert failure.kind == "too_large"
    assert peak < 10_000_000


def test_a_connection_is_kept_for_the_next_call(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        for _ in range(3):
            client.get(peer.url())
    assert (peer.connections, len(peer.requests)) == (1, 3)


def test_a_connection_is_given_up_before_servers_close_it(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(serve_all) as peer:
        client.get(peer.url())
        monkeypatch.setattr(http, "_LONGEST_IDLE_SECONDS", -1.0)
        client.get(peer.url())
    assert peer.connections == 2


def test_every_thread_has_connections_of_its_own(client: HttpClient) -> None:
    with listening(serve_all) as peer:
        for _ in range(2):
            caller = threading.Thread(target=client.get, args=(peer.url(),))
            caller.start()
            caller.join()
    assert peer.connections == 2


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced(client: HttpClient) -> None:
    closed = threading.Event()

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer()
        conversation.socket.close()
        closed.set()

    with listening(handle) as peer:
        for _ in range(3):
            assert client.post(peer.url(), b"x").status == 200
            assert closed.wait(30)
            closed.clear()
    assert len(peer.requests) == 3


def _unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play the race in which the peer closes just after the connection was found to be open."""
    monkeypatch.setattr(HTTPConnection, "is_connected", True)


def test_a_request_that_could_not_be_sent_at_all_is_sent_once_more(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unnoticed(monkeypatch)
    gone = threading.Event()

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer()
        if len(conversation.peer.requests) == 1:
            conversation.reset()
            gone.set()
        conversation.read_request()

    with listening(handle) as peer:
        client.post(peer.url(), b"1")
        assert gone.wait(30)
        assert client.post(peer.url(), b"2").status == 200
    assert [request[-1:] for request in peer.requests] == [b"1", b"2"]
    assert peer.connections == 2


def test_a_request_that_may_have_been_read_is_not_sent_again(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unnoticed(monkeypatch)

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.answer()
        conversation.read_request()

    with listening(handle) as peer:
        client.post(peer.url(), b"1")
        assert failure_of(client.post, peer.url(), b"2").kind == "after_send"
    assert [request[-1:] for request in peer.requests] == [b"1", b"2"]
    assert peer.connections == 1


NOT_CALLED = [
    "",
    "lms.example",
    "ftp://127.0.0.1/",
    "file:///etc/passwd",
    "http://user:password@127.0.0.1/",
    "http://127.0.0.1/ x",
]


@pytest.mark.parametrize("url", NOT_CALLED)
def test_what_is_no_web_address_is_not_called(client: HttpClient, url: str) -> None:
    assert failure_of(client.get, url).kind == "refused"


def test_plain_http_is_refused_unless_private_networks_are_allowed() -> None:
    with listening(serve_all) as peer:
        assert failure_of(HttpClient(Allowing(False)).get, peer.url()).kind == "refused"
    assert peer.connections == 0


@rule("R-1.15")
def test_a_private_address_is_refused_before_it_is_called() -> None:
    client = HttpClient(Allowing(False))
    with listening(serve_all) as peer:
        for host in ("127.0.0.1", "localhost"):
            failure = failure_of(client.get, peer.url(host=host, scheme="https"))
            assert failure.kind == "refused"
            assert "private" in failure.detail
    assert peer.connections == 0


@rule("R-1.15")
def test_an_address_that_turns_out_private_once_connected_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As when something between us and the peer leads the connection elsewhere."""
    seen: list[str] = []

    def first_public(address: str) -> object:
        seen.append(address)
        return ip_address("93.184.216.34" if len(seen) == 1 else address)

    monkeypatch.setattr(sockets, "ip_address", first_public)
    with listening(Conversation.stay_silent) as peer:
        failure = failure_of(HttpClient(Allowing(False)).get, peer.url(scheme="https"))
    assert failure.kind == "refused"
    assert peer.requests == []
    assert len(seen) == 2


def _names(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Make every name stand for addresses."""

    def look_up(host: str, port: int, **_options: object) -> list[object]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def test_the_next_address_of_a_name_is_tried(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, "127.0.0.2", "127.0.0.3", "127.0.0.1")
    with listening(serve_all) as peer:
        assert client.get(peer.url(host="lms.example")).status == 200


def test_addresses_that_may_not_be_called_are_passed_over(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, "93.184.216.34", "127.0.0.1")
    with listening(serve_all) as peer:
        assert client.get(peer.url(host="lms.example")).status == 200


def test_plain_http_does_not_go_to_public_addresses(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch, "93.184.216.34")
    failure = failure_of(client.get, "http://lms.example/")
    assert (failure.kind, failure.detail) == ("refused", "plain http to a public address")


def test_a_name_without_addresses_is_refused(
    client: HttpClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _names(monkeypatch)
    assert failure_of(client.get, "http://lms.example/").detail == "the name has no address"


PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "ff0e::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]
PUBLIC = [
    "93.184.216.34",
    "8.8.8.8",
    "2606:2800:220:1:248:1893:25c8:1946",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_of_a_private_network_is_only_called_where_that_is_allowed(
    address: str,
) -> None:
    assert address_fault(address, is_encrypted=True, allow_private=False)
    assert address_fault(address, is_encrypted=True, allow_private=True) is None
    assert address_fault(address, is_encrypted=False, allow_private=True) is None


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_called_over_tls_only(address: str) -> None:
    assert address_fault(address, is_encrypted=True, allow_private=False) is None
    assert address_fault(address, is_encrypted=True, allow_private=True) is None
    assert address_fault(address, is_encrypted=False, allow_private=True)


@dataclass(frozen=True)
class Certificate:
    """A certificate that signs itself, for 127.0.0.1."""

    file: Path
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Make a certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lms.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    (folder / "certificate.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return Certificate(folder / "certificate.pem", context)


@pytest.fixture(scope="module")
def trusting(certificate: Certificate) -> HttpClient:
    """Return a client that trusts the certificate."""
    return HttpClient(Allowing(ca_bundle=str(certificate.file)))


@pytest.fixture
def tls_peer(certificate: Certificate) -> Iterator[Peer]:
    """Return a peer that speaks TLS."""
    with listening(serve_all, tls=certificate.context) as peer:
        yield peer


def test_a_certificate_of_the_bundle_is_trusted(trusting: HttpClient, tls_peer: Peer) -> None:
    for _ in range(2):
        assert trusting.post(tls_peer.url(scheme="https"), b"x").status == 200
    assert tls_peer.connections == 1


def test_an_unknown_certificate_is_not(client: HttpClient, tls_peer: Peer) -> None:
    failure = failure_of(client.get, tls_peer.url(scheme="https"))
    assert failure.kind == "connection"
    assert "certificate" in failure.detail.lower()


def test_a_certificate_for_another_name_is_not(trusting: HttpClient, tls_peer: Peer) -> None:
    failure = failure_of(trusting.get, tls_peer.url(host="localhost", scheme="https"))
    assert failure.kind == "connection"


def test_a_machine_without_certificates_uses_those_that_came_along(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nowhere = SimpleNamespace(cafile=None, capath=None)
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)
    context = sockets.tls_context(None)
    assert context.cert_store_stats()["x509_ca"] > 50
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


@pytest.mark.parametrize("where", DRIPS)
def test_a_peer_that_drips_over_tls_cannot_stretch_the_deadline(
    trusting: HttpClient, certificate: Certificate, where: str
) -> None:
    beginning, rest = DRIPS[where]

    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.socket.sendall(beginning)
        conversation.drip(rest)

    with listening(handle, tls=certificate.context) as peer:
        begun = time.monotonic()
        failure = failure_of(trusting.get, peer.url(scheme="https"), deadline=DEADLINE)
    assert failure.kind == "timeout"
    assert time.monotonic() - begun < DEADLINE + SLACK


def test_a_peer_that_drips_in_the_tls_handshake_cannot_either(trusting: HttpClient) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.socket.recv(65_536)
        # The beginning of a handshake record of 16 kB, and no more than its zeros.
        conversation.socket.sendall(b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03")
        conversation.drip(b"\0")

    with listening(handle) as peer:
        begun = time.monotonic()
        failure = failure_of(trusting.get, peer.url(scheme="https"), deadline=DEADLINE)
    assert failure.kind == "connection"
    assert time.monotonic() - begun < DEADLINE + SLACK


def test_a_flood_over_tls_is_cut_off(trusting: HttpClient, certificate: Certificate) -> None:
    def handle(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.socket.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        conversation.flood(b"x" * 65_536)

    with listening(handle, tls=certificate.context) as peer:
        assert failure_of(trusting.get, peer.url(scheme="https")).kind == "too_large"


def test_an_answer_can_be_compared() -> None:
    assert Response(200, {}, b"") == Response(200, {}, b"")


@rule("R-4.7", "R-4.8")
def test_no_call_changes_or_deletes_what_an_lms_has() -> None:
    methods = {name for name in vars(HttpClient) if not name.startswith("_")}
    assert methods == {"get", "post"}
