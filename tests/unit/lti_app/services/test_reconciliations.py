"""A column is read page by page, and no list of pages keeps the tool for ever."""

import json
from collections.abc import Callable, Mapping
from uuid import UUID

import pytest

from lti_app.lti.http import HttpClient, Response
from lti_app.lti.results import MAXIMUM_PAGES
from lti_app.lti.scores import SCOPE_SCORE
from lti_app.services import reconciliations, signing_keys
from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.encryption import Cipher
from lti_app.store.reconciliations import Reconciliation, list_findings
from lti_app.store.session import Database, db, transaction
from tests.outbox import ISSUER, Outbox, open_outbox

Answer = Callable[[int], tuple[list[dict[str, object]], str | None]]


class Pages(HttpClient):
    """An LMS whose results come in pages; `answer` tells what is on each and what comes next."""

    def __init__(self, settings: Settings, answer: Answer) -> None:
        super().__init__(settings)
        self.answer = answer
        self.read: list[str] = []

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        deadline: float = 8.0,
        largest: int = 0,
    ) -> Response:
        """Answer with the next page."""
        self.read.append(url)
        results, link = self.answer(len(self.read))
        found = {"Link": link} if link else {}
        return Response(200, found, json.dumps(results).encode())

    def post(
        self,
        url: str,
        data: bytes | Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        deadline: float = 60.0,
    ) -> Response:
        """Give out a token."""
        return Response(200, {}, b'{"access_token": "token", "expires_in": 3600}')


@pytest.fixture
def outbox(database: Database) -> Outbox:
    return open_outbox(database)


def read(settings: Settings, outbox: Outbox, answer: Answer) -> tuple[Pages, UUID, str | None]:
    """Compare a column; returns the LMS, the reading and why it failed."""
    pages, cipher = Pages(settings, answer), Cipher(settings.secret_keys)
    runtime = Runtime(settings, outbox.database, cipher, pages)
    with transaction(outbox.database):
        signing_keys.ensure(cipher)
    found = reconciliations.run_now(runtime, outbox.placement.id)
    assert found is not None
    with transaction(outbox.database, read_only=True):
        return pages, found, db().get_one(Reconciliation, found).reason


def test_every_page_is_read_and_the_token_stays_with_the_lms(
    settings: Settings, outbox: Outbox
) -> None:
    alice = outbox.learner(subject="7")
    outbox.learner("Bob", subject="8")
    pages, found, reason = read(
        settings,
        outbox,
        lambda page: (
            [{"userId": str(6 + page), "resultScore": 50, "resultMaximum": 100}],
            f"<{ISSUER}/more?page={page + 1}>; rel=“next”" if page < 3 else None,
        ),
    )
    assert reason is None
    assert len(pages.read) == 3
    with transaction(outbox.database, read_only=True):
        findings = list_findings(found, 10)
        assert [(name, finding.kind) for finding, name in findings] == [
            ("Alice", "not_ours"),
            ("Bob", "not_ours"),
        ]
        assert findings[0][0].person_id == alice
        assert db().get_one(Reconciliation, found).strangers == 1


@pytest.mark.parametrize(
    ("link", "reason", "pages_read"),
    [
        (lambda page: f"<{ISSUER}/more>; rel=next", "endless_pages", 2),
        (lambda page: f"<{ISSUER}/more?{page}>; rel=next", "endless_pages", MAXIMUM_PAGES),
        (lambda page: "<https://elsewhere.test/more>; rel=next", "foreign_address", 1),
    ],
)
def test_pages_that_lead_nowhere_end_the_reading(
    settings: Settings,
    outbox: Outbox,
    link: Callable[[int], str],
    reason: str,
    pages_read: int,
) -> None:
    pages, _, found = read(settings, outbox, lambda page: ([], link(page)))
    assert (found, len(pages.read)) == (reason, pages_read)


def test_a_column_that_nobody_may_look_into_is_not_read(settings: Settings, outbox: Outbox) -> None:
    outbox.column(scopes=(SCOPE_SCORE,))
    pages, _, reason = read(settings, outbox, lambda page: ([], None))
    assert (reason, pages.read) == ("scope_missing", [])


def test_a_link_without_a_column_is_not_read(settings: Settings, outbox: Outbox) -> None:
    outbox.column(url=None)
    pages, _, reason = read(settings, outbox, lambda page: ([], None))
    assert (reason, pages.read) == ("no_column", [])


def test_a_reading_whose_runner_died_is_done_by_another(settings: Settings, outbox: Outbox) -> None:
    with transaction(outbox.database):
        found = reconciliations.request(outbox.placement.id, by=None)
        row = db().get_one(Reconciliation, found)
        row.leased_until = row.created_at
    _, done, reason = read(settings, outbox, lambda page: ([], None))
    assert (done, reason) == (found, None)
