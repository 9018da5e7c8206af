"""A sandbox LMS with a registered tool, and a client that calls its services as that tool."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Activity, Sandbox, create_app
from tests.functional.sandbox.calls import TOOL_URL, Clock, Services, ToolKeys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox.demo("http://localhost:8000", TOOL_URL, clock=clock)


@pytest.fixture
def client(sandbox: Sandbox) -> FlaskClient:
    """Return a browser that is not signed in."""
    return create_app(sandbox).test_client()


@pytest.fixture
def activity(sandbox: Sandbox) -> Activity:
    return sandbox.activity("Mentoring sign-up", course="Leading People")


@pytest.fixture
def services(sandbox: Sandbox, client: FlaskClient, clock: Clock) -> Services:
    return Services(sandbox, client, clock)


@pytest.fixture(scope="session")
def tool_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "tool-key"})


@pytest.fixture
def tool_keys(tool_key: RSAKey, sandbox: Sandbox) -> Iterator[ToolKeys]:
    """Serve the tool's keys, and let the sandbox know where."""
    keys = ToolKeys(tool_key)
    sandbox.tools[1].jwks_url = keys.url
    yield keys
    keys.server.stop()


@pytest.fixture
def ask_for_token(
    sandbox: Sandbox, client: FlaskClient, clock: Clock, tool_keys: ToolKeys
) -> Callable[..., TestResponse]:
    """Return a function that asks for a token; claims and form fields can be changed."""

    def ask(
        scope: str,
        *,
        key: RSAKey | None = None,
        claims: dict[str, Any] | None = None,
        **form: str,
    ) -> TestResponse:
        key = key or tool_keys.keys[0]
        now = int(clock().timestamp())
        client_id = sandbox.tools[1].client_id
        assertion = {"iss": client_id, "sub": client_id, "iat": now - 5, "exp": now + 60}
        signed = jwt.encode({"alg": "RS256", "kid": key.kid}, assertion | (claims or {}), key)
        fields = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signed,
            "scope": scope,
        }
        return client.post("/mod/lti/token.php", data=fields | form)

    return ask


@pytest.fixture
def stopwatch() -> Callable[[], float]:
    """Return a function that tells the seconds since the test began."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
