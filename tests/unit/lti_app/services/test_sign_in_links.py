"""One-time links on both databases: what is stored of them, and when they are deleted."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from lti_app.clock import real_now
from lti_app.domain.errors import MalformedRequest, NotFound, VisitRefused
from lti_app.domain.permissions import Hat
from lti_app.domain.proof import Evidence
from lti_app.services import sign_in_links, visits
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import SignInLink
from lti_app.store.visits import Visit as VisitRow

BROWSER = "b" * 64


def test_a_used_link_leaves_a_visit_without_lms_and_placement(database: Database) -> None:
    with transaction(database):
        code = sign_in_links.make_administrator_link("Ada Admin")
    with transaction(database):
        opened = sign_in_links.use_link(code, BROWSER)
    with transaction(database, read_only=True):
        visit = visits.find_visit(opened.token, Evidence(cookie=opened.cookie))
    assert (visit.hat, visit.hats) == (Hat.ADMINISTRATOR, (Hat.ADMINISTRATOR,))
    assert (visit.is_launched, visit.placement, visit.frame_ancestors) == (False, None, ())
    assert visit.person.name == "Ada Admin"
    with transaction(database), pytest.raises(NotFound):
        sign_in_links.use_link(code, BROWSER)


def test_a_visit_that_no_launch_made_cannot_be_entered_by_a_code(database: Database) -> None:
    with transaction(database):
        opened = sign_in_links.use_link(sign_in_links.make_administrator_link("Ada"), BROWSER)
    for code in ("", "anything", opened.token):
        with transaction(database), pytest.raises(VisitRefused):
            visits.enter_visit(opened.token, code, Evidence(cookie=opened.cookie))


def test_only_hashes_are_stored(database: Database) -> None:
    with transaction(database):
        code = sign_in_links.make_administrator_link("Ada")
        opened = sign_in_links.use_link(code, BROWSER)
    with transaction(database, read_only=True):
        link, visit = db().scalars(select(SignInLink)).one(), db().scalars(select(VisitRow)).one()
        stored = f"{vars(link)} {vars(visit)}"
    for secret in (code, opened.token, opened.cookie):
        assert secret not in stored


def test_links_are_deleted_when_nobody_can_use_them_any_more(database: Database) -> None:
    with transaction(database):
        sign_in_links.make_administrator_link("Ada")
    for minutes, deleted in ((14, 0), (29, 0), (31, 1), (31, 0)):
        with time_machine.travel(real_now() + timedelta(minutes=minutes)), transaction(database):
            assert sign_in_links.purge_links(real_now()) == deleted


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(database: Database, name: str) -> None:
    with transaction(database), pytest.raises(MalformedRequest):
        sign_in_links.make_administrator_link(name)
