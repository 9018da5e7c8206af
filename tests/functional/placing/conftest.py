"""Everything runs for real, as Moodle or as both LMSs; one kind of database is enough."""

from collections.abc import Iterator

import pytest

from lti_app.settings import Settings
from lti_app.testing.sandbox import SigningKey
from lti_app.testing.stage import Stage, open_stage
from tests.functional.placing.people import Classroom


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return the address of an empty PostgreSQL database."""
    return postgresql_url


@pytest.fixture
def profile() -> str:
    """Return which LMS is played; `both` lets a test run in each."""
    return "moodle"


@pytest.fixture
def stage(settings: Settings, lms_key: SigningKey, profile: str) -> Iterator[Stage]:
    """Start tool, worker and LMS."""
    with open_stage(settings, lms_key, profile=profile) as opened:
        yield opened


@pytest.fixture
def classroom(stage: Stage) -> Iterator[Classroom]:
    """Return the people in front of their browsers."""
    opened = Classroom(stage)
    yield opened
    opened.close()
