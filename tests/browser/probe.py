"""A page that proves which cookies of the tool's site a browser keeps in a frame and in a tab."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from playwright.sync_api import BrowserContext

from lti_app.testing.sandbox import LoopbackServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Two sites for a browser, like the tool and the LMS of a `Stage`.
TOOL_HOST, LMS_HOST = "127.0.0.1", "localhost"


def probe(context: BrowserContext) -> tuple[set[str], set[str]]:
    """Return which cookies the tool's site gets back in a frame of the LMS's, and in a tab."""
    with (
        LoopbackServer(_echo, TOOL_HOST) as tool,
        LoopbackServer(_frame(tool.url), LMS_HOST) as lms,
    ):
        page = context.new_page()
        page.goto(lms.url)
        framed = page.frame_locator("iframe").locator("#kept").inner_text()
        page.goto(f"{tool.url}/set")
        top = page.locator("#kept").inner_text()
    return set(framed.split()), set(top.split())


def _echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Set two cookies at /set; elsewhere say which of them came back."""
    if environ["PATH_INFO"] == "/set":
        cookies = [
            ("Set-Cookie", "plain=1; Secure; SameSite=None"),
            ("Set-Cookie", "partitioned=1; Secure; SameSite=None; Partitioned"),
        ]
        start_response("302 Found", [("Location", "/read"), *cookies])
        return [b""]
    start_response("200 OK", [("Content-Type", "text/html")])
    names = [pair.split("=")[0] for pair in environ.get("HTTP_COOKIE", "").split("; ")]
    return [f"<p id=kept>{' '.join(names)}</p>".encode()]


def _frame(url: str) -> "WSGIApplication":
    def page(_environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [f'<iframe src="{url}/set"></iframe>'.encode()]

    return page
