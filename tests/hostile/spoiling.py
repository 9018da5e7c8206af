"""An LMS whose services answer with any bytes at all, until it is mended."""

import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from werkzeug.wrappers import Request

from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.sandbox.app import create_app
from tests.unit.lti_app.lti.peer import Conversation, Peer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Reply = Callable[[Conversation], None]
_OK: Final = "HTTP/1.1 200 OK"
#: Where machines of clouds tell their secrets to whoever asks from inside.
METADATA: Final = "169.254.169.254"
#: What every sandbox of its own calls her.
ALICE: Final = Sandbox.demo("http://localhost:0", "http://localhost:1").subject("alice")


@dataclass
class Spoiler:
    """Stands in front of an LMS.

    Attributes:
        app: the LMS.
        sandbox: its state.
        replies: service → what it answers instead of the LMS.
        asked: the services that were answered so, in order.
    """

    app: "WSGIApplication"
    sandbox: Sandbox
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        service = self.sandbox.profile.family_of(environ["PATH_INFO"]) or ""
        reply = self.replies.get(service)
        if reply is None:
            return self.app(environ, start_response)
        Request(environ).get_data()
        self.asked.append(service)
        connection: socket.socket = environ["werkzeug.socket"]
        with suppress(OSError):
            reply(Conversation(Peer(0, self.sandbox.stopping), connection))
            # Whoever waits for more than was said would wait for ever.
            connection.shutdown(socket.SHUT_RDWR)
        raise ConnectionResetError("the LMS has said what it has to say")


@dataclass
class SpoiledLms:
    """An LMS that is served, and what stands in front of it."""

    lms: Sandbox
    front: Spoiler


@contextmanager
def serve_spoiled(lms: Sandbox) -> Iterator[SpoiledLms]:
    """Serve an LMS whose services may be spoiled."""
    lms.stopping.clear()
    front = Spoiler(create_app(lms), lms)
    with LoopbackServer(front, "localhost") as server:
        lms.base_url = server.url
        try:
            yield SpoiledLms(lms, front)
        finally:
            lms.stopping.set()


def saying(body: bytes, head: str = _OK, *headers: str) -> Reply:
    """Return an answer of these bytes."""
    return lambda peer: peer.answer(body, head, *headers)


def raw(text: bytes) -> Reply:
    """Return an answer that is all of what goes over the wire."""
    return lambda peer: peer.socket.sendall(text)


def behaving(head: bytes, then: Callable[[Conversation], None]) -> Reply:
    """Return an answer that begins with something, and goes on in its own way."""

    def reply(peer: Conversation) -> None:
        peer.socket.sendall(head)
        then(peer)

    return reply


def packed(body: bytes) -> bytes:
    """Return a body as gzip."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


_JSON: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_DEEP: Final = b"[" * 200_000 + b"]" * 200_000
#: What no service can mean by a good answer, however it is written down.
NONSENSE: Final[Mapping[str, Reply]] = {
    "HTML": saying(b"<!doctype html><title>Sign in</title>"),
    "HTML after blanks": saying(b"\n\n  <html>"),
    "HTML that says 500": saying(b"<h1>Oops</h1>", "HTTP/1.1 500 Oops"),
    "a redirect to here": saying(b"", "HTTP/1.1 302 Found", "Location: http://127.0.0.1:1/"),
    "a redirect to metadata": saying(
        b"", "HTTP/1.1 307 Moved", f"Location: http://{METADATA}/latest/"
    ),
    "a status of 999": saying(b"{}", "HTTP/1.1 999 Strange"),
    "a status in words": raw(b"HTTP/1.1 OK OK\r\n\r\n"),
    "no HTTP": raw(b"\x16\x03\x01\x02\x00\x01\x00\x01"),
    "HTTP/0.9": raw(b"just a body\r\n"),
    "nothing": raw(b""),
    "half a head": raw(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "a head without an end": raw(b"HTTP/1.1 200 OK\r\nX: y\r\n"),
    "a reset": lambda peer: peer.reset(),
    "less than promised": raw(_JSON + b"Content-Length: 5000\r\n\r\n[]"),
    "a negative length": raw(_JSON + b"Content-Length: -1\r\n\r\n<html>"),
    "chunks of no number": raw(_JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n[]\r\n0\r\n\r\n"),
    "a chunk without an end": raw(_JSON + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n[]"),
    "gzip that is none": raw(_JSON + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n[1]"),
    "300 headers": raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n[]"),
    "a header of 100 kB": raw(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n[]"),
    "only interim answers": raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5000),
    "a bomb": saying(packed(b" " * 60_000_000), _OK, "Content-Encoding: gzip"),
    "30 MB": saying(b" " * 30_000_000),
    "a flood": behaving(_JSON + b"\r\n", lambda peer: peer.flood(b" " * 65_536)),
}
#: The same for what has to be read: a success that cannot be read is none.
UNREADABLE: Final[Mapping[str, Reply]] = {
    **NONSENSE,
    "no JSON": saying(b"ok"),
    "no text": saying(b"\xff\xfe\xff"),
    "deep": saying(_DEEP),
    "deep objects": saying(b'{"a":' * 100_000),
    "a number": saying(b"7"),
    "true": saying(b"true"),
    "a text": saying(b'"members"'),
    "half of it": saying(b'{"members": ['),
    "twice": saying(b"[][]"),
    "UTF-7": saying("[] é".encode("utf-7")),
    "a number without end": saying(b"9" * 500_000),
    "NaN": saying(b"NaN"),
    "endless": saying(b"-Infinity"),
}


def listing(entries: str) -> bytes:
    """Return a roster with Alice, and with these entries as JSON text."""
    alice = f'{{"user_id": "{ALICE}", "roles": ["Learner"], "status": "Active"}}'
    return f'{{"id": "x", "context": {{"id": "2"}}, "members": [{alice}, {entries}]}}'.encode()


def linking(target: str) -> Reply:
    """Return a good page that says that the next one is somewhere else."""
    header = f'Link: <{target}>; rel="next"'
    member = '{"user_id": "4711", "roles": ["Learner"], "status": "Active"}'

    def reply(peer: Conversation) -> None:
        peer.answer(listing(member), _OK, header)

    return reply


#: A JSON value of each wrong kind.
WRONG: Final[Mapping[str, Any]] = {
    "null": "null",
    "a number": "7",
    "a huge number": "1e99999999",
    "no number": "NaN",
    "true": "true",
    "a list": "[[]]",
    "an object": '{"a": {}}',
    "a NUL": r'"a\u0000b"',
    "half a surrogate": r'"\ud800"',
    "300 characters": f'"{"x" * 300}"',
}
