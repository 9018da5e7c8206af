"""What somebody can make the database grow by: each is bounded, and nobody else pays for it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, insert, inspect, select

from lti_app.clock import real_now
from lti_app.services import logins, visits, windows
from lti_app.services.platforms import NewPlatform, add_platform
from lti_app.store.people import Person
from lti_app.store.registrations import Registration
from lti_app.store.session import db, transaction
from lti_app.store.visits import LoginTransaction, VisitWindow
from lti_app.store.visits import Visit as VisitRow
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import OWN, visit
from tests.proofs import rule


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """What is kept is the same on every database."""
    return postgresql_url


def count(tool: ToolUnderTest, table: type) -> int:
    """Return how many rows a table has."""
    with transaction(tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(table)) or 0


def add(tool: ToolUnderTest, table: type, rows: Iterator[dict[str, Any]]) -> None:
    """Fill a table."""
    with transaction(tool.database):
        db().execute(insert(table), list(rows))


def of_all(tool: ToolUnderTest, column: Any) -> Any:
    """Return what there is one of."""
    with transaction(tool.database, read_only=True):
        return db().scalars(select(column)).first()


@rule("R-1.10")
def test_a_flood_of_logins_drops_the_oldest_and_who_is_on_the_way_gets_in(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tool, now = registered_tool, real_now()
    registration = of_all(tool, Registration.id)

    def flood() -> Iterator[dict[str, Any]]:
        for number in range(logins.KEPT_OF_EACH + 500):
            yield {
                "id": uuid4(),
                "registration_id": registration,
                "state": f"state{number}",
                "nonce": "n",
                "cookie_hash": "c",
                "browser_hash": "b",
                "login_hint": "1",
                "target_link_uri": "http://127.0.0.1:5000/lti/launch",
                "in_window": False,
                "created_at": now - timedelta(seconds=60, milliseconds=number),
                "expires_at": now + timedelta(minutes=9),
            }

    add(tool, LoginTransaction, flood())
    browser, activity = tool.browser(), lms.activities[101]
    asked = tool.begin(browser, lms, "alice", activity)
    attacker = tool.browser()
    for _ in range(logins.LOOKS_EVERY):
        begun = attacker.post("/lti/login", data=lms.make_login("charlie", activity))
        assert begun.status_code == 303
    assert count(tool, LoginTransaction) <= logins.KEPT_OF_EACH + logins.LOOKS_EVERY
    launched = browser.post("/lti/launch", data=lms.answer_login(asked, "alice", activity))
    assert launched.status_code == 303


@rule("R-1.10")
def test_who_takes_turns_between_two_lmss_makes_neither_of_them_grow(
    registered_tool: ToolUnderTest, lms: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool, kept, every = registered_tool, 10, 4
    monkeypatch.setattr(logins, "KEPT_OF_EACH", kept)
    monkeypatch.setattr(logins, "LOOKS_EVERY", every)
    given = lms.make_login("charlie", lms.activities[101])
    other = given | {"iss": "https://other.example", "client_id": "1"}
    auth_url, token_url, jwks_url = (f"{other['iss']}/{what}" for what in ("auth", "token", "keys"))
    with transaction(tool.database):
        add_platform(
            NewPlatform(
                issuer=other["iss"],
                client_id=other["client_id"],
                auth_url=auth_url,
                token_url=token_url,
                jwks_url=jwks_url,
            ),
            allow_private_networks=False,
        )
    attacker = tool.browser()
    for _ in range(5 * kept):
        for login in (given, other):
            assert attacker.post("/lti/login", data=login).status_code == 303
    with transaction(tool.database, read_only=True):
        of_each = select(func.count(LoginTransaction.id)).group_by(LoginTransaction.registration_id)
        counts = db().scalars(of_each).all()
    assert len(counts) == 2
    assert max(counts) <= kept + every


def test_one_person_keeps_two_hundred_visits_and_the_newest_works(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tool, bob = registered_tool, visit(registered_tool, lms, "bob")
    alice = visit(tool, lms, "alice")
    with transaction(tool.database, read_only=True):
        person = db().scalars(select(Person.id).where(Person.name.like("Alice%"))).one()

    def launches() -> Iterator[dict[str, Any]]:
        now = real_now()
        for number in range(visits.KEPT_OF_EACH + 50):
            yield {
                "id": uuid4(),
                "token_hash": f"t{number}",
                "cookie_hash": "c",
                "browser_hash": "b",
                "person_id": person,
                "role_names": [],
                "granted_hats": [],
                "hat": "learner",
                "created_at": now - timedelta(hours=2),
                "used_at": now - timedelta(hours=1, seconds=number),
                "expires_at": now + timedelta(hours=10),
            }

    add(tool, VisitRow, launches())
    again = visit(tool, lms, "alice")
    assert count(tool, VisitRow) == visits.KEPT_OF_EACH + 1, "and the one of Bob"
    assert alice.get("mentoring/").status_code == 200, "it was used later than the others"
    assert again.get("mentoring/").status_code == 200
    assert bob.get("mentoring/").status_code == 200


def test_whoever_deletes_a_visit_finds_its_windows_without_reading_all_visits(
    registered_tool: ToolUnderTest,
) -> None:
    """The database looks for them at each visit that it deletes; 4,000 of 8,000 took 19 seconds."""
    with registered_tool.database.engine.connect() as connection:
        indexes = inspect(connection).get_indexes("visit")
    assert ["parent_id"] in [index["column_names"] for index in indexes]


def test_windows_of_made_up_pages_come_to_an_end(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    tool, alice = registered_tool, visit(registered_tool, lms, "alice")

    def open_window(page: str) -> int:
        code = alice.get(f"window/code?page={page}").get_json()["code"]
        return alice.browser.post(
            f"{alice.visit}window/", data={"page": page, "code": code}, headers=OWN
        ).status_code

    assert open_window("mentoring/") == 303
    visit_id: UUID = of_all(tool, VisitWindow.visit_id)
    pages = (
        {"visit_id": visit_id, "page_hash": f"h{n}", "opened": 1} for n in range(windows.MOST_PAGES)
    )
    add(tool, VisitWindow, pages)
    assert open_window("mentoring/made-up") == 403
    assert open_window("mentoring/") == 303, "a page that was opened before opens again"
    assert count(tool, VisitWindow) == windows.MOST_PAGES + 1
