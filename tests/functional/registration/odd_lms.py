"""An LMS that says of itself, and of a registration, whatever a test wants it to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, request
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.store.invites import RegistrationRequest
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import LoopbackServer

ABOUT = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
Answer = Callable[[], Response]
TOKEN = "registration-token"


class OddLms:
    """Good in all respects, until a test changes one."""

    def __init__(self) -> None:
        app = Flask(__name__)
        app.add_url_rule("/configuration", "configuration", self._configuration)
        app.add_url_rule("/register", "register", self._register, methods=["GET", "POST"])
        self.wsgi_app = app.wsgi_app
        self.base = ""
        self.document: dict[str, Any] = {}
        self.answer: Answer | None = None
        self.registered: Answer | None = None
        self.posts: list[dict[str, Any]] = []
        self.tokens: list[str] = []

    def begin(self, base: str) -> None:
        """Learn where this LMS is, and describe it well."""
        self.base = base
        self.answer = None
        self.document = {
            "issuer": base,
            "authorization_endpoint": f"{base}/auth?tenant=1",
            "token_endpoint": f"{base}/token",
            "jwks_uri": f"{base}/keys",
            "registration_endpoint": f"{base}/register",
            ABOUT: {"product_family_code": "example", "version": "1"},
        }

    def _configuration(self) -> Response:
        self.tokens.append(request.headers.get("Authorization", ""))
        return self.answer() if self.answer else as_json(self.document)

    def _register(self) -> Response:
        self.tokens.append(request.headers.get("Authorization", ""))
        if request.method == "POST":
            self.posts.append(request.get_json())
        return self.registered() if self.registered else as_json({"client_id": "abc"})


@contextmanager
def odd_lms() -> Iterator[OddLms]:
    """Serve an LMS on loopback."""
    lms = OddLms()
    with LoopbackServer(lms.wsgi_app, "localhost") as server:
        lms.begin(server.url)
        yield lms


def let_answer(database: Database, url: str) -> None:
    """Let the LMS that was shown last answer its registration at another address."""
    last = select(RegistrationRequest).order_by(RegistrationRequest.created_at.desc()).limit(1)
    with transaction(database):
        row = db().scalars(last).one()
        row.configuration = {**row.configuration, "registration_url": url}


def as_json(document: object, status: int = 200) -> Response:
    """Answer a document."""
    return Response(json.dumps(document), status, content_type="application/json")


def as_text(text: str, status: int = 200) -> Callable[[], Response]:
    """Answer a text that says it is HTML, as Moodle does."""
    return lambda: Response(text, status, content_type="text/html")


def address_for(lms: OddLms, invite: str, configuration: str | None = None) -> str:
    """Return the path that the LMS's frame is sent to."""
    url = quote(configuration or f"{lms.base}/configuration", safe="")
    path = f"/lti/register?invite={invite}&openid_configuration={url}"
    return f"{path}&registration_token={TOKEN}"


def ask(
    browser: FlaskClient, lms: OddLms, invite: str, configuration: str | None = None
) -> TestResponse:
    """Open the frame."""
    return browser.get(address_for(lms, invite, configuration))
