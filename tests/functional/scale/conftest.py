"""A class whose grades are due, in an LMS that counts what it gets, for several processes."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lti_app.services import deliveries
from lti_app.settings import Settings
from lti_app.store.courses import Placement
from lti_app.store.organisations import Organisation
from lti_app.store.people import Identity, Person
from lti_app.store.progress import Delivery
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.waiting import wait_for

_ROOT = Path(__file__).parents[3]
_PATIENCE_SECONDS = 90


@dataclass
class Classroom:
    """Learners of one course, and where their grades go."""

    lms: Sandbox
    database: Database
    environment: dict[str, str]

    def earn(self, count: int) -> None:
        """Let so many new learners earn a grade."""
        activity = self.lms.activities[101]
        with transaction(self.database):
            placement = db().scalars(select(Placement)).one()
            organisation = db().scalars(select(Organisation)).one()
            for _ in range(count):
                number = len(self.lms.people)
                learner = self.lms.add_person(f"learner{number}", "Learner", str(number))
                self.lms.enrol(activity.course, learner)
                person = Person(organisation_id=organisation.id, name=learner.name)
                db().add(person)
                db().flush()
                db().add(
                    Identity(
                        organisation_id=organisation.id,
                        person_id=person.id,
                        kind="lti",
                        issuer=self.lms.issuer,
                        client_id="",
                        subject=str(learner.id),
                    )
                )
                db().flush()
                deliveries.queue(placement.id, person.id, Decimal(80))

    def posts(self) -> Counter[str]:
        """Return how many scores the LMS got, by learner."""
        return Counter(entry.json()["userId"] for entry in self.lms.log.of("scores"))

    def tokens(self) -> int:
        """Return how often the LMS was asked for a token to send grades with."""
        return sum("score" in entry.body for entry in self.lms.log.of("token"))

    def count_unsent(self) -> int:
        """Return how many grades are not in the gradebook."""
        with transaction(self.database, read_only=True):
            unsent = select(func.count()).select_from(Delivery).where(Delivery.state != "sent")
            return db().scalar(unsent) or 0

    def wait_until(self, unsent: int) -> None:
        """Return once at most so many grades are not sent."""
        wait_for(lambda: self.count_unsent() <= unsent, "grades are not sent", _PATIENCE_SECONDS)

    @contextmanager
    def running(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """Run Python with the tool's settings until the block ends."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env=self.environment | environment,
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            try:
                yield process
            finally:
                process.terminate()
                process.communicate(timeout=60)


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """Return an empty PostgreSQL database: several processes need a server."""
    return postgresql_url


@pytest.fixture
def classroom(
    registered_tool: ToolUnderTest, lms: Sandbox, settings: Settings
) -> Iterator[Classroom]:
    """Return a class whose link was launched once, so that its column is known."""
    tool = registered_tool
    tool.launch(tool.browser(), lms, "alice", lms.activities[101])
    settings = replace(settings, database_url=tool.runtime.settings.database_url)
    environment = os.environ | {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_SECRET_KEY": ",".join(settings.secret_keys),
        "THROUGHLINE_PUBLIC_URL": settings.public_url,
        "THROUGHLINE_ALLOW_PRIVATE_NETWORKS": "1",
    }
    with LoopbackServer(tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield Classroom(lms, tool.database, environment)
