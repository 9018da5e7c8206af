"""A small threaded server for loopback addresses that can be started, stopped and started again."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from lti_app.testing.sandbox.app import create_app
from lti_app.testing.sandbox.sandbox import Sandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _QuietHandler(WSGIRequestHandler):
    """Writes nothing: the sandbox keeps its own record."""

    def log(self, kind: str, message: str, *args: object) -> None:
        pass


class _ClosableServer(ThreadedWSGIServer):
    """Knows its open connections, so that a stopped server is really gone."""

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(host, port, app, handler=_QuietHandler)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class LoopbackServer:
    """Serves any WSGI application from threads of this process until `stop`."""

    def __init__(self, app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = _ClosableServer("127.0.0.1" if host == "localhost" else host, port, app)
        self.port = self._server.server_port
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and cut every connection that is still open."""
        self._server.shutdown()
        self._server.server_close()
        self._server.close_connections()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()


class SandboxServer(LoopbackServer):
    """A sandbox on its port. After `stop`, `serve` brings the same state up again."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        self.sandbox = sandbox
        sandbox.stopping.clear()
        super().__init__(create_app(sandbox), host, port)
        if urlsplit(sandbox.base_url).port in (None, 0):
            sandbox.base_url = self.url

    def stop(self) -> None:
        self.sandbox.stopping.set()
        super().stop()


def serve(sandbox: Sandbox, host: str | None = None, port: int | None = None) -> SandboxServer:
    """Serve a sandbox at its `base_url`.

    With port 0 (`Sandbox("http://localhost:0")`) the system picks a free one, and the sandbox's
    base_url and issuer become the real address.
    """
    address = urlsplit(sandbox.base_url)
    return SandboxServer(
        sandbox,
        host or address.hostname or "localhost",
        (address.port or 0) if port is None else port,
    )
