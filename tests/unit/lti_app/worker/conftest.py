"""What tests of sending share: a tool whose LMS is a scripted gradebook, and a clock at noon."""

from collections.abc import Iterator

import pytest
import time_machine

from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.encryption import Cipher
from lti_app.store.registrations import SigningKey
from lti_app.store.session import Database, db, transaction
from tests.outbox import Outbox, open_outbox
from tests.unit.lti_app.worker.gradebook import NOON, Gradebook

ToolKey = tuple[str, str, dict[str, str]]


@pytest.fixture
def gradebook(settings: Settings) -> Gradebook:
    """Return the LMS's grade services."""
    return Gradebook(settings)


@pytest.fixture
def runtime(
    settings: Settings, database: Database, gradebook: Gradebook, tool_key: ToolKey
) -> Runtime:
    """Return a tool that calls the scripted gradebook."""
    cipher = Cipher(settings.secret_keys)
    kid, private, public = tool_key
    with transaction(database):
        encrypted = cipher.encrypt(private)
        db().add(SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True))
    return Runtime(settings, database, cipher, gradebook)


@pytest.fixture
def outbox(runtime: Runtime) -> Outbox:
    """Return a course of that LMS."""
    return open_outbox(runtime.database)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stand still at noon; `clock.shift` moves on."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock
