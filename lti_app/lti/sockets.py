"""Connections that end at a deadline, bring in only so much, and go only where they may.

A time-out of a socket starts anew with every byte, so a peer that drips one byte a second could
hold a call for ever. Here every read and write of a socket gets only what is left until one
deadline: name look-up, connecting, TLS handshake, headers and body. The address check looks at the
address that was really connected to, so a name that resolves differently the second time cannot
get around it.
"""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from io import BufferedIOBase
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any

from urllib3.connection import HTTPConnection, HTTPSConnection

from lti_app.trust import trusting_context

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

_NAT64 = IPv6Network("64:ff9b::/96")
#: Scheme, host and port.
Place = tuple[str, str, int]
_Endpoint = tuple[socket.AddressFamily, str]


class AddressRefused(OSError):
    """None of the addresses behind a name may be called."""


class TooMuchReceived(Exception):
    """The peer sent more than a call may bring in."""


@dataclass
class Exchange:
    """One call of one thread: its limits, and how far it got.

    Attributes:
        deadline: when everything has to be over, by `time.monotonic`.
        budget: how many bytes may still come in, framing included.
        largest: how many of them may be the body.
        allow_private: private networks and plain http are allowed.
        has_dialled: a new connection was begun; False while a kept one is in use.
        has_sent: something of the request may have reached the peer.
    """

    deadline: float
    budget: int
    largest: int
    allow_private: bool
    has_dialled: bool = False
    has_sent: bool = False

    def remaining(self) -> float:
        """Return the seconds left.

        Raises:
            TimeoutError: there are none.
        """
        left = self.deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left

    def note_received(self, count: int) -> None:
        """Count what came in.

        Raises:
            TooMuchReceived: it is more than the call may bring in.
        """
        self.budget -= count
        if self.budget < 0:
            raise TooMuchReceived


class _Running(threading.local):
    """The call that a thread is making: its sockets, kept from call to call, look here."""

    exchange: Exchange


running = _Running()


def new_connection(place: Place, context: ssl.SSLContext) -> HTTPConnection:
    """Return a connection that is dialled by its first request."""
    scheme, host, port = place
    if scheme == "https":
        return _TlsConnection(host, port, ssl_context=context)
    return _Connection(host, port)


def tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Return the rules for TLS: this machine's certificates, and those of `ca_bundle`."""
    context = trusting_context(ca_bundle)
    context.sslsocket_class = _BoundedTlsSocket
    return context


def address_fault(address: str, *, is_encrypted: bool, allow_private: bool) -> str | None:
    """Say why an IP address must not be called, or None.

    Args:
        address: the one connected to.
        is_encrypted: the call uses TLS; plain http never goes to public addresses.
        allow_private: private networks are allowed.
    """
    is_public = _is_public(ip_address(address))
    if not is_public and not allow_private:
        return "the address is on a private network"
    if is_public and not is_encrypted:
        return "plain http to a public address"
    return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        elif address in _NAT64:
            # The translator connects to the IPv4 address in the last 32 bits.
            address = IPv4Address(int(address) & 0xFFFF_FFFF)
        elif address.sixtofour is not None or address.teredo is not None:
            return False
    return address.is_global and not address.is_multicast


class _BoundedSocket(socket.socket):
    """A socket whose reads and writes end at the deadline of the running call."""

    def recv_into(self, buffer: "WriteableBuffer", nbytes: int = 0, flags: int = 0, /) -> int:
        """Read what is there."""
        self.settimeout(running.exchange.remaining())
        count = super().recv_into(buffer, nbytes, flags)
        running.exchange.note_received(count)
        return count

    def sendall(self, data: "ReadableBuffer", flags: int = 0, /) -> None:
        """Write everything; in pieces, so that it is known whether any went out."""
        rest = memoryview(data)
        while rest:
            self.settimeout(running.exchange.remaining())
            rest = rest[super().send(rest, flags) :]
            running.exchange.has_sent = True


class _BoundedTlsSocket(ssl.SSLSocket):
    """The same over TLS, whose own loops already end at the socket's time-out."""

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        """Read what is there."""
        self.settimeout(running.exchange.remaining())
        count = super().recv_into(buffer, nbytes, flags)
        running.exchange.note_received(count)
        return count

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        """Write a piece; the parent's `sendall` repeats it."""
        self.settimeout(running.exchange.remaining())
        count = super().send(data, flags)
        running.exchange.has_sent = True
        return count


class _Lines:
    """Reads lines, and remembers the last one."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self.stream = stream
        self.last = b""

    def readline(self, size: int = -1, /) -> bytes:
        """Return the next line."""
        self.last = self.stream.readline(size)
        return self.last

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()


class _WholeHead(HTTPResponse):
    """An answer whose head came to its end.

    The standard library takes the end of a connection for the end of the headers, and what is cut
    off there for an answer without a body: an empty gradebook, or a score that was accepted.
    """

    fp: Any

    def begin(self) -> None:
        """Read the head.

        Raises:
            HTTPException: it is cut off, or none.
        """
        lines = _Lines(self.fp)
        self.fp = lines
        try:
            super().begin()
        finally:
            if self.fp is lines:
                self.fp = lines.stream
        if lines.last not in {b"\r\n", b"\n"}:
            self.close()
            raise HTTPException("the head of the answer is cut off")


class _OneWrite(HTTPConnection):
    """Sends head and body of a request together: one packet, and one look of the peer at it."""

    response_class = _WholeHead
    _held: list[bytes] | None = None

    # Narrower than the parent's: we give bytes alone, and the parent's type is open to anything.
    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **options: bool,
    ) -> None:
        """Send a request."""
        self._held = held = list[bytes]()
        try:
            super().request(method, url, body, headers, **options)
        finally:
            self._held = None
        super().send(b"".join(held))

    # The parent would take whatever can be read, and asks itself for bytes alone.
    def send(self, data: bytes) -> None:  # type: ignore[override]
        """Send a part of a request, or hold it until the whole is there."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


class _Connection(_OneWrite):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, is_encrypted=False)


class _TlsConnection(_OneWrite, HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self._dns_host, self.port, is_encrypted=True)


def _connect(host: str, port: int | None, *, is_encrypted: bool) -> socket.socket:
    """Return a connection to the first address of a host that may be called and answers.

    Each address gets its share of the time left, so that a dead first one does not use it up.

    Raises:
        AddressRefused: no address may be called.
        OSError: none answered.
    """
    exchange = running.exchange
    exchange.has_dialled = True

    def fault_of(address: str) -> str | None:
        return address_fault(
            address, is_encrypted=is_encrypted, allow_private=exchange.allow_private
        )

    def dial(endpoint: _Endpoint, share: int) -> socket.socket:
        connection = _dial(endpoint, port, exchange.remaining() / share)
        if fault := fault_of(connection.getpeername()[0]):
            connection.close()
            raise AddressRefused(fault)
        # For the TLS handshake, which as a whole keeps to the time-out.
        connection.settimeout(exchange.remaining())
        return connection

    faults = {
        endpoint: fault_of(endpoint[1]) for endpoint in _look_up(host, port, exchange.remaining())
    }
    allowed = [endpoint for endpoint, fault in faults.items() if fault is None]
    if not allowed:
        raise AddressRefused(next(iter(faults.values()), "the name has no address"))
    for position, endpoint in enumerate(allowed[:-1]):
        with suppress(OSError):
            return dial(endpoint, len(allowed) - position)
    return dial(allowed[-1], 1)


def _dial(endpoint: _Endpoint, port: int | None, seconds: float) -> socket.socket:
    family, address = endpoint
    connection = _BoundedSocket(family, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect((address, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        connection.close()
        raise
    return connection


def _look_up(host: str, port: int | None, seconds: float) -> list[_Endpoint]:
    """Return the addresses of a name; the system's look-up knows no time-out, so it gets a thread.

    Raises:
        OSError: the name is not known, or not in time.
    """
    answers: SimpleQueue[list[_Endpoint] | Exception] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            endpoints = ((family, str(address[0])) for family, _, _, _, address in found)
            answers.put(list(dict.fromkeys(endpoints)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError("the name was not found in time") from None
    if isinstance(answer, Exception):
        raise OSError("the name is not known") from answer
    return answer
