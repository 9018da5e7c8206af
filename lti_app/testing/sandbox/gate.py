"""The gate in front of the services: writes down each request, and lets the switches break it."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import ClosingIterator

from lti_app.testing.sandbox.faults import Fault
from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.service_log import HEADERS_OF_INTEREST, ServiceRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_EMPTY_DRIP = b" " * 60
#: Way to break the Link header of paged answers -> what becomes of it. Typographic quotes leave
#: the server as UTF-8 in a header that is Latin-1.
_BROKEN_LINKS: dict[str, Callable[[str, ServiceRequest], str]] = {
    "curly-link": lambda link, _: (
        "Link: "
        + link.replace("&", "&amp;")
        .replace('"next"', "\N{LEFT DOUBLE QUOTATION MARK}next\N{RIGHT DOUBLE QUOTATION MARK}")
        .encode()
        .decode("latin-1")
    ),
    "loop-link": lambda _, entry: f'<{entry.path}>; rel="next"',
    "foreign-link": lambda _link, _entry: '<https://elsewhere.example/roster?page=2>; rel="next"',
}


class ServiceGate:
    """WSGI middleware: pages pass, requests to services are logged and may fail."""

    def __init__(self, sandbox: Sandbox, app: WSGIApplication) -> None:
        self._sandbox = sandbox
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        family = self._sandbox.profile.family_of(environ["PATH_INFO"])
        if family is None:
            return self._app(environ, start_response)
        fault = self._sandbox.switches.take(family)
        try:
            entry = self._entry(family, fault, environ)
        except ClientDisconnected:
            # Half a request: whoever sent it was killed.
            raise ConnectionResetError("the client is gone") from None
        self._sandbox.log.add(entry)
        self._sandbox.watch(family, "arrived")
        try:
            answer = self._handle(fault, entry, environ, start_response)
        finally:
            entry.is_over = True
        self._sandbox.watch(family, "handled")
        return ClosingIterator(answer, lambda: self._sandbox.watch(family, "answered"))

    def _entry(self, family: str, fault: Fault, environ: WSGIEnvironment) -> ServiceRequest:
        request = Request(environ)
        body = request.get_data()
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        return ServiceRequest(
            family=family,
            method=request.method,
            path=request.full_path.rstrip("?"),
            headers={
                name: request.headers[name]
                for name in HEADERS_OF_INTEREST
                if name in request.headers
            },
            body=body.decode("utf-8", "replace"),
            at=self._sandbox.now(),
            fault=fault.mode,
        )

    def _handle(
        self,
        fault: Fault,
        entry: ServiceRequest,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        if fault.mode == "drop-before":
            _drop(environ)
        if fault.mode == "slow":
            self._sandbox.stopping.wait(fault.seconds)
        broken = _broken(fault, entry)
        response = broken or Response.from_app(self._app, environ, buffered=True)
        response.headers.update(self._sandbox.profile.service_headers(self._sandbox))
        if fault.mode in _BROKEN_LINKS and "Link" in response.headers:
            response.headers["Link"] = _BROKEN_LINKS[fault.mode](response.headers["Link"], entry)
        entry.took_effect = broken is None and response.status_code < 300
        if fault.mode == "drop-after":
            _drop(environ)
        entry.status = response.status_code
        entry.answer = response.get_data(as_text=True)
        if fault.mode == "drip":
            return self._drip(fault, response, environ, start_response)
        return response(environ, start_response)

    def _drip(
        self,
        fault: Fault,
        response: Response,
        environ: WSGIEnvironment,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        if not response.get_data():
            response.set_data(_EMPTY_DRIP)
        body = b"".join(response(environ, start_response))
        return self._drops(body, fault.seconds)

    def _drops(self, body: bytes, seconds: float | None) -> Iterator[bytes]:
        for place in range(len(body)):
            if self._sandbox.stopping.wait(seconds):
                return
            yield body[place : place + 1]


def _broken(fault: Fault, entry: ServiceRequest) -> Response | None:
    if fault.mode in _ANSWERS:
        return _ANSWERS[fault.mode]()
    if fault.mode == "needs-user-agent":
        agent = entry.headers.get("User-Agent", "")
        nameless = not agent or agent.startswith("python-requests/")
        return _html(403, "Forbidden") if nameless else None
    if not fault.mode.isdecimal():
        return None
    response = _html(int(fault.mode), "Switched off")
    if fault.mode == "429":
        response.headers["Retry-After"] = str(int(fault.seconds or 0))
    return response


def _html(status: int, title: str) -> Response:
    return Response(f"<!doctype html><title>{title}</title>", status, mimetype="text/html")


#: Ways to fail that always answer the same.
_ANSWERS: Mapping[str, Callable[[], Response]] = {
    "html": lambda: _html(200, "Welcome"),
    "throttled": lambda: Response(
        "403 Forbidden (Rate Limit Exceeded)\n", 403, mimetype="text/plain"
    ),
    "forbidden": lambda: Response('{"reason": "Forbidden"}', 403, mimetype="application/json"),
    "500-list": lambda: Response("[]", 500, mimetype="text/html"),
}


def _drop(environ: WSGIEnvironment) -> None:
    """Close the connection without an answer. Flask's test client sees the exception only."""
    connection = environ.get("werkzeug.socket") or environ.get("gunicorn.socket")
    if isinstance(connection, socket.socket):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the sandbox dropped the connection")
