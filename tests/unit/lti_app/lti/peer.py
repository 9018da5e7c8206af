"""Peers on loopback that misbehave: each connection is handed to a function with its socket."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import repeat

Handler = Callable[["Conversation"], None]


@dataclass
class Peer:
    """A listening peer: its address, and the requests that it has got."""

    port: int
    stopping: threading.Event = field(default_factory=threading.Event)
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        """Return an address at this peer."""
        return f"{scheme}://{host}:{self.port}{path}"


@dataclass
class Conversation:
    """One connection, seen from the peer."""

    peer: Peer
    socket: socket.socket

    def read_request(self) -> bytes:
        """Return the next request with its body, or nothing if the caller has gone."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (more := self.socket.recv(65_536)):
                return b""
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        missing = _content_length(head) - len(body)
        while missing > 0:
            more = self.socket.recv(65_536)
            received += more
            missing -= len(more)
        self.peer.requests.append(received)
        return received

    def answer(self, body: bytes = b"ok", head: str = "HTTP/1.1 200 OK", *headers: str) -> None:
        """Send a whole answer."""
        lines = [head, f"Content-Length: {len(body)}", *headers, "", ""]
        self.socket.sendall("\r\n".join(lines).encode() + body)

    def drip(self, text: bytes) -> None:
        """Send a byte twenty times a second, for ever or until the test is over."""
        for part in repeat(text):
            for byte in part:
                self.socket.sendall(bytes([byte]))
                if self.peer.stopping.wait(0.05):
                    return

    def flood(self, text: bytes) -> None:
        """Send as fast as it is taken, for ever or until the caller hangs up."""
        while not self.peer.stopping.is_set():
            self.socket.sendall(text)

    def stay_silent(self) -> None:
        """Keep the connection open and say nothing."""
        self.peer.stopping.wait()

    def reset(self) -> None:
        """End the connection in a way that the caller's next write fails."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


@contextmanager
def listening(handle: Handler, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Serve every connection with a function, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        peer = Peer(server.getsockname()[1])
        acceptor = threading.Thread(target=_accept, args=(server, peer, handle, tls), daemon=True)
        acceptor.start()
        try:
            yield peer
        finally:
            peer.stopping.set()
            # Closing alone does not wake `accept`.
            server.shutdown(socket.SHUT_RDWR)
            acceptor.join()


def _accept(server: socket.socket, peer: Peer, handle: Handler, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            peer.connections += 1
            threading.Thread(
                target=_converse, args=(connection, peer, handle, tls), daemon=True
            ).start()


def _converse(
    connection: socket.socket, peer: Peer, handle: Handler, tls: ssl.SSLContext | None
) -> None:
    with suppress(OSError), connection:
        if tls is None:
            handle(Conversation(peer, connection))
            return
        with tls.wrap_socket(connection, server_side=True) as wrapped:
            handle(Conversation(peer, wrapped))


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
