"""A registered LMS for tests of services: what is stored of it, and a client that stands for it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from lti_app.lti.http import HttpClient, Response
from lti_app.store.organisations import Organisation
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import Database, db, transaction

TOKEN_URL = "https://lms.example/token.php"
KEYS_URL = "https://lms.example/certs.php"


def register(database: Database, *deployments: str, audience: str | None = None) -> UUID:
    """Store an LMS; returns the registration's id."""
    with transaction(database):
        organisation = Organisation(name="Example")
        db().add(organisation)
        db().flush()
        registration = Registration(
            organisation_id=organisation.id,
            issuer="https://lms.example",
            client_id="client",
            auth_url="https://lms.example/auth.php",
            token_url=TOKEN_URL,
            jwks_url=KEYS_URL,
            token_audience=audience,
        )
        db().add(registration)
        db().flush()
        for deployment_id in deployments:
            db().add(Deployment(registration_id=registration.id, deployment_id=deployment_id))
        return registration.id


@dataclass
class Lms:
    """A client that counts calls and lets a function answer them."""

    answer: Callable[[], Response]
    bodies: list[bytes] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def client(self) -> HttpClient:
        """Return this, as what the code under test wants."""
        return cast("HttpClient", self)

    @property
    def calls(self) -> int:
        """Return how often the LMS was called."""
        return len(self.urls)

    def get(self, url: str, headers: object) -> Response:
        """Answer a fetch."""
        return self._take(url, b"")

    def post(self, url: str, data: bytes, headers: object, deadline: float) -> Response:
        """Answer a post."""
        return self._take(url, data)

    def _take(self, url: str, body: bytes) -> Response:
        with self._lock:
            self.urls.append(url)
            self.bodies.append(body)
        return self.answer()
