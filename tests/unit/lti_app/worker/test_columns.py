"""A column that no launch named is found in the LMS, made at most once, and never guessed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from sqlalchemy import select, update

from lti_app.lti.http import Response
from lti_app.lti.line_items import SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ
from lti_app.services import columns
from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.courses import LineItem, Placement
from lti_app.store.encryption import Cipher
from lti_app.store.progress import Delivery
from lti_app.store.registrations import AccessToken, SigningKey
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.worker.score_delivery import deliver_due
from tests.outbox import ALL_SCOPES, Outbox, open_outbox
from tests.proofs import rule
from tests.unit.lti_app.worker.wire import LMS, Wire

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
LINK = "https://purl.imsglobal.org/spec/lti/claim/resource_link"
READING = (*ALL_SCOPES, SCOPE_LINE_ITEM_READ)
EVERYTHING = (*READING, SCOPE_LINE_ITEM)


class Place:
    """A link in a sandbox LMS, as the tool knows it before it knows the column."""

    def __init__(self, settings: Settings, database: Database, profile: str, key: SigningKey):
        self.lms = Sandbox.demo(LMS, "https://tool.test", profile=profile)
        self.activity: Activity = self.lms.activities[101]
        self.wire = Wire(settings, self.lms)
        self.runtime = Runtime(settings, database, Cipher(settings.secret_keys), self.wire)
        self.outbox: Outbox = open_outbox(database, issuer=LMS, family=profile)
        self.outbox.add(key)
        claims = self.lms.claims_for("alice", self.activity, "")
        self.service = claims[ENDPOINT]
        self.outbox.change(self.outbox.placement, resource_link_id=claims[LINK]["id"])
        self.knows(None)

    def knows(self, url: str | None, scopes: tuple[str, ...] = READING) -> None:
        """Tell what a launch told."""
        self.outbox.column(url, scopes)
        with transaction(self.outbox.database):
            self.item().container_url = self.service["lineitems"]

    def item(self) -> LineItem:
        """Return what the tool knows of the column, inside a transaction."""
        return db().get_one(LineItem, self.outbox.placement.id)

    def has_no_column(self, *, wanted: bool = False) -> None:
        """Take the link's column away; perhaps an author wants one."""
        self.lms.gradebook.remove_column(self.lms.gradebook.columns[self.activity.column_id or 0])
        self.activity.column_id = None
        if wanted:
            with transaction(self.outbox.database):
                columns.ask_for_column(self.outbox.placement.id)

    def earn(self, name: str = "alice") -> Delivery:
        """Let somebody earn a score, have it sent, and return what came of it."""
        person = self.outbox.learner(name, subject=self.lms.subject(name))
        self.outbox.queue(person, 80)
        deliver_due(self.runtime)
        return self.outbox.row(person)

    def searches(self) -> int:
        """Return how many lists were asked for."""
        return sum("lin" in call and "?" in call and call.startswith("GET") and "/results" not in
                   call for call in self.wire.calls)  # fmt: skip


@pytest.fixture(params=["moodle", "canvas"])
def place(
    request: pytest.FixtureRequest,
    settings: Settings,
    sqlite_database: Database,
    tool_key: tuple[str, str, dict[str, str]],
) -> Place:
    kid, private, public = tool_key
    encrypted = Cipher(settings.secret_keys).encrypt(private)
    key = SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True)
    return Place(settings, sqlite_database, request.param, key)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return an address for the settings."""
    return sqlite_url


@rule("R-4.5")
def test_a_column_is_found_by_its_link_and_kept(place: Place) -> None:
    assert place.earn("alice").state == "sent"
    assert place.lms.grade(place.activity, "alice").final == 80
    assert place.earn("bob").state == "sent"
    assert place.searches() == 1


@rule("R-4.5")
def test_without_a_column_nothing_is_made_by_itself(place: Place) -> None:
    place.has_no_column()
    place.knows(None, EVERYTHING)
    before = len(place.lms.gradebook.columns)
    row = place.earn("alice")
    assert (row.state, row.answer_reason) == ("configuration", "no_column")
    place.earn("bob")
    assert len(place.lms.gradebook.columns) == before
    assert place.searches() == 2


@rule("R-4.9")
def test_a_list_is_asked_for_with_both_scopes_where_both_are_granted(place: Place) -> None:
    place.knows(None, EVERYTHING)
    place.earn()
    with transaction(place.outbox.database):
        scopes = [set(scope.split()) for scope in db().scalars(select(AccessToken.scope))]
    assert {SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ} in scopes


def test_without_the_right_to_look_nothing_is_asked(place: Place) -> None:
    place.knows(None, ALL_SCOPES)
    assert place.earn().answer_reason == "no_column"
    assert place.wire.calls == []


def test_a_column_is_made_if_an_author_wants_one(place: Place) -> None:
    place.has_no_column(wanted=True)
    place.knows(None, EVERYTHING)
    with transaction(place.outbox.database):
        columns.ask_for_column(place.outbox.placement.id)
    row = place.earn()
    if place.lms.profile.family == "canvas":
        # Canvas makes none for a link that is no assignment, and we make none without the link.
        assert row.answer_reason == "no_column"
        return
    assert row.state == "sent"
    made = list(place.lms.gradebook.columns.values())[-1]
    assert (made.link_id, made.tag, made.maximum) == (place.activity.id, "mentoring", 100)
    assert made.resource_id == str(place.outbox.activity.id)


@rule("R-4.5")
def test_of_many_that_look_at_once_one_makes_a_column(place: Place) -> None:
    place.has_no_column()
    before = len(place.lms.gradebook.columns)
    place.knows(None, EVERYTHING)
    with transaction(place.outbox.database):
        columns.ask_for_column(place.outbox.placement.id)
    together = Barrier(4, timeout=30)

    def look(_: int) -> str | None:
        together.wait()
        return columns.resolve(place.runtime, place.outbox.placement.id).url

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(look, range(4)))
    made = 1 if place.lms.profile.family == "moodle" else 0
    assert len([url for url in found if url]) == made
    assert len(place.lms.gradebook.columns) == before + made


def test_a_column_that_an_answer_was_lost_about_is_found_the_next_time(place: Place) -> None:
    place.has_no_column()
    with transaction(place.outbox.database):
        resource = str(place.outbox.activity.id)
    column = place.lms.gradebook.add_column(
        place.activity.course.id, place.activity.tool.id, "Ours", resource_id=resource
    )
    place.earn("alice")
    person = place.lms.person("alice")
    assert place.lms.gradebook.cell(column.id, person.id).final == 80


@rule("R-4.5", "R-4.6")
def test_a_column_of_another_link_to_the_activity_is_left_alone(place: Place) -> None:
    place.has_no_column()
    other = place.lms.activities[102]
    assert other.column_id
    other_column = place.lms.gradebook.columns[other.column_id]
    other_column.resource_id = str(place.outbox.activity.id)
    assert place.earn().answer_reason == "no_column"


def test_a_column_that_is_gone_is_looked_for_once(place: Place) -> None:
    place.knows(place.service["lineitem"])
    place.has_no_column()
    column = place.lms.gradebook.add_column(
        place.activity.course.id, place.activity.tool.id, "New", link_id=place.activity.id
    )
    place.activity.column_id = column.id
    place.earn()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=2)):
        deliver_due(place.runtime)
    assert place.lms.grade(place.activity, "alice").final == 80


def test_a_column_that_is_gone_for_good_waits_for_a_launch(place: Place) -> None:
    place.knows(place.service["lineitem"], EVERYTHING)
    place.has_no_column(wanted=True)
    assert place.earn("alice").state == "gone"
    searches = place.searches()
    assert searches == 2
    assert place.earn("bob").state == "gone"
    assert place.searches() == searches
    assert not any(call.startswith("POST") and "scores" not in call for call in place.wire.calls)


def test_an_lms_that_fails_is_asked_again_soon(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(place.wire, "get", lambda *_args, **_named: Response(503, {}, b""))
        row = place.earn()
    assert (row.state, row.answer_reason) == ("waiting", "lms_error")
    with transaction(place.outbox.database):
        db().execute(update(Delivery).values(due_at=Delivery.created_at))
    deliver_due(place.runtime)
    assert place.outbox.row(row.person_id).state == "sent"


def test_a_placement_without_a_grade_service_has_nothing_to_look_for(place: Place) -> None:
    with transaction(place.outbox.database):
        db().delete(place.item())
    assert columns.resolve(place.runtime, place.outbox.placement.id).url is None
    with transaction(place.outbox.database):
        columns.ask_for_column(place.outbox.placement.id)
        assert db().get(Placement, place.outbox.placement.id) is not None
