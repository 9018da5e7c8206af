"""Calls to an LMS, bounded in time, in size and in where they go; `sockets` does the bounding."""

import ssl
import threading
import weakref
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import Literal, Protocol
from urllib.parse import urlencode, urlsplit

from urllib3 import BaseHTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import HTTPError

from lti_app.lti.addresses import origin
from lti_app.lti.sockets import (
    AddressRefused,
    Exchange,
    Place,
    TooMuchReceived,
    new_connection,
    running,
    tls_context,
)

MAXIMUM_BODY = 1_000_000
_MAXIMUM_FRAMING = 200_000
_CHUNK = 65_536
_FORM = "application/x-www-form-urlencoded"
#: Servers close quiet connections (Apache after 5 s). Giving them up before that makes it unlikely
#: that a score is sent into a connection that is just being closed, and its fate unknown.
_LONGEST_IDLE_SECONDS = 3.0

#: Reading a machine's certificates takes some 30 ms.
_tls_context = lru_cache(maxsize=4)(tls_context)

FailureKind = Literal["refused", "connection", "timeout", "after_send", "too_large"]


class HttpFailure(Exception):
    """A call came to no usable answer.

    Attributes:
        kind: `refused`: our own rules forbid the call. `connection`: the peer was not reached, or
            not in time; like `refused`, nothing was sent. `timeout`, `after_send`, `too_large`: the
            deadline passed, the connection broke or the answer was too long, and the peer may have
            handled the request.
        detail: for the log.
    """

    def __init__(self, kind: FailureKind, detail: str = "") -> None:
        self.kind: FailureKind = kind
        self.detail = detail
        super().__init__(f"{kind}: {detail}")


@dataclass(frozen=True)
class Response:
    """An answer, whatever its status; names of headers are compared without case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class ClientSettings(Protocol):
    """The settings that a client needs."""

    @property
    def allow_private_networks(self) -> bool:
        """Whether private addresses, and plain http to them, are allowed."""

    @property
    def ca_bundle(self) -> str | None:
        """A file of certificates to trust beside the machine's own."""


class HttpClient:
    """Makes calls; threads may share it, each keeps its own connections."""

    def __init__(self, settings: ClientSettings) -> None:
        self._allow_private = settings.allow_private_networks
        self._context = _tls_context(settings.ca_bundle)
        self._headers = {"User-Agent": _user_agent(), "Accept-Encoding": "identity"}
        self._kept = _Kept()

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        deadline: float = 8.0,
        largest: int = MAXIMUM_BODY,
    ) -> Response:
        """Fetch an address.

        Args:
            url: where; redirects are not followed.
            headers: sent as they are, beside `User-Agent`.
            deadline: seconds for everything, to the last byte of the body.
            largest: how many bytes the body may have.

        Raises:
            HttpFailure: there is no usable answer; an error status is an answer.
        """
        return self._call("GET", url, None, headers, deadline, largest=largest)

    def post(
        self,
        url: str,
        data: bytes | Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Response:
        """Send bytes, or a form if `data` is a mapping; otherwise like `get`."""
        return self._call("POST", url, data, headers, deadline)

    def _call(
        self,
        method: str,
        url: str,
        data: bytes | Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        deadline: float,
        *,
        largest: int = MAXIMUM_BODY,
    ) -> Response:
        request = _Request(self._place(url), method, url, *_body(data, headers))
        ends_at = monotonic() + deadline
        is_retry = False
        while True:
            exchange = Exchange(ends_at, largest + _MAXIMUM_FRAMING, largest, self._allow_private)
            try:
                return self._exchange(exchange, request)
            except (HTTPError, HTTPException, OSError, TooMuchReceived) as error:
                if is_retry or exchange.has_dialled or exchange.has_sent:
                    raise _failure(error, exchange) from error
                # The peer had closed a kept connection, and not a byte of the request went out.
                is_retry = True

    def _exchange(self, exchange: Exchange, request: "_Request") -> Response:
        running.exchange = exchange
        connection = self._kept.connections.take(request.place, self._context)
        connection.timeout = exchange.remaining()
        try:
            # Neither with `requests` nor with a pool: they would add proxies and passwords from the
            # environment, keep cookies, follow redirects, and take longer than all the rest.
            with closing(_ask(connection, request, self._headers, exchange)) as answer:
                body = _read_body(answer, exchange.largest)
        except BaseException:
            connection.close()
            raise
        self._kept.connections.note_use(request.place)
        return Response(answer.status, answer.headers, body)

    def _place(self, url: str) -> Place:
        """Return where an address leads.

        Raises:
            HttpFailure: it must not be called.
        """
        place = origin(url)
        if place is None:
            raise HttpFailure("refused", "not a usable web address")
        if place[0] != "https" and not self._allow_private:
            raise HttpFailure("refused", "not https")
        return place


@dataclass(frozen=True)
class _Request:
    """What is sent where."""

    place: Place
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]

    @property
    def target(self) -> str:
        """Return the path and query."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


class _Connections:
    """Connections by where they lead, and when each was last used; closed with their thread."""

    def __init__(self) -> None:
        self._kept: dict[Place, tuple[HTTPConnection, float]] = {}
        weakref.finalize(self, _close_all, self._kept)

    def take(self, place: Place, context: ssl.SSLContext) -> HTTPConnection:
        """Return a connection to a place; the one of the last call, if it is still good."""
        now = monotonic()
        for known, (connection, used_at) in list(self._kept.items()):
            if now - used_at > _LONGEST_IDLE_SECONDS:
                del self._kept[known]
                connection.close()
        connection, _ = self._kept.setdefault(place, (new_connection(place, context), now))
        if connection.sock is not None and not connection.is_connected:
            # The peer has closed it meanwhile.
            connection.close()
        return connection

    def note_use(self, place: Place) -> None:
        """Note that a call has just ended well."""
        connection, _ = self._kept[place]
        self._kept[place] = connection, monotonic()


def _close_all(kept: Mapping[Place, tuple[HTTPConnection, float]]) -> None:
    for connection, _ in kept.values():
        connection.close()


class _Kept(threading.local):
    """A thread's connections."""

    def __init__(self) -> None:
        self.connections = _Connections()


def _ask(
    connection: HTTPConnection, request: _Request, headers: Mapping[str, str], exchange: Exchange
) -> BaseHTTPResponse:
    try:
        connection.request(
            request.method,
            request.target,
            request.body,
            {**headers, **request.headers},
            preload_content=False,
        )
    except BrokenPipeError:
        # Who closes in the middle of a request may have said why.
        if not exchange.has_sent:
            raise
    return connection.getresponse()


def _body(
    data: bytes | Mapping[str, str] | None, headers: Mapping[str, str] | None
) -> tuple[bytes | None, Mapping[str, str]]:
    """Return what to send, and what to say of it."""
    if not isinstance(data, Mapping):
        return data, headers or {}
    return urlencode(data).encode(), {"Content-Type": _FORM, **(headers or {})}


def _user_agent() -> str:
    try:
        return f"Throughline/{version('throughline')}"
    except PackageNotFoundError:
        return "Throughline"


def _read_body(answer: BaseHTTPResponse, largest: int) -> bytes:
    """Return the body; unpacked in small pieces, so that a packed bomb is noticed in time."""
    body = bytearray()
    for piece in answer.stream(_CHUNK, decode_content=True):
        body += piece
        if len(body) > largest:
            raise TooMuchReceived
    return bytes(body)


def _failure(error: Exception, exchange: Exchange) -> HttpFailure:
    cause = _root(error)
    detail = f"{type(cause).__name__}: {cause}"
    if isinstance(cause, AddressRefused):
        return HttpFailure("refused", str(cause))
    if not exchange.has_sent:
        return HttpFailure("connection", detail)
    if isinstance(cause, TooMuchReceived):
        return HttpFailure("too_large", detail)
    return HttpFailure("timeout" if monotonic() >= exchange.deadline else "after_send", detail)


def _root(error: BaseException) -> BaseException:
    """Return what went wrong first; the layers above wrap it, and their texts repeat addresses."""
    while True:
        inner = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if inner is None:
            return error
        error = inner
