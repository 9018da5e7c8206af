"""The one-time link of an administrator: once, in time, from our own page, in one browser."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.services.sign_in_links import LIFETIME
from lti_app.store.audit import AuditEntry
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.store.visits import SignInLink, Visit
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import OWN, Visitor, read

HEADING = "<h1>This link does not work</h1>"


def opened(browser: FlaskClient, link: str) -> FlaskClient:
    """Open a link's page, as a browser does before anybody can press its button."""
    assert browser.get(link).status_code == 200
    return browser


def count_visits(tool: ToolUnderTest) -> int:
    """Return how many visits there are."""
    with transaction(tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(Visit)) or 0


def without_number(page: TestResponse) -> str:
    """Return a refusal without the number that is different each time."""
    return page.get_data(as_text=True).split("If you ask for help")[0]


def test_the_page_of_a_link_has_one_button_and_tells_nothing(tool: ToolUnderTest) -> None:
    page = tool.browser().get(tool.administrator_link("Grace Hopper"))
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Grace" not in text
    assert "dministrat" not in text
    (form,) = read(page).forms
    assert [(field.kind, field.name) for field in form.fields] == [("submit", "")]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"


def test_opening_a_link_uses_nothing_up(tool: ToolUnderTest) -> None:
    link, browser = tool.administrator_link(), tool.browser()
    for headers in ({}, {"Sec-Purpose": "prefetch"}, {"User-Agent": "a chat that shows previews"}):
        assert browser.get(link, headers=headers).status_code == 200
    assert count_visits(tool) == 0
    assert browser.post(link, headers=OWN).status_code == 303


def test_the_button_opens_a_visit_with_a_cookie_of_its_own_path(tool: ToolUnderTest) -> None:
    link = tool.administrator_link()
    answer = opened(browser := tool.browser(), link).post(link, headers=OWN)
    visit = answer.headers["Location"]
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Secure-v="))
    parts = set(cookie.split("; "))
    assert {"Secure", "HttpOnly", f"Path={visit}", "SameSite=None", "Partitioned"} <= parts
    assert len(visit.strip("/").removeprefix("v/")) >= 22
    page = browser.get(visit, follow_redirects=True)
    assert page.request.path == f"{visit}admin/"
    assert page.status_code == 200
    assert tool.browser().get(f"{visit}admin/").status_code == 403


def test_nobody_may_frame_administration(ada: Visitor) -> None:
    page = ada.get("admin/")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Referrer-Policy"] == "strict-origin"


def test_a_link_works_once(tool: ToolUnderTest) -> None:
    link = tool.administrator_link()
    first, second = opened(tool.browser(), link), opened(tool.browser(), link)
    assert first.post(link, headers=OWN).status_code == 303
    for browser in (first, second):
        refused = browser.post(link, headers=OWN)
        assert (refused.status_code, HEADING in refused.get_data(as_text=True)) == (404, True)
        assert browser.get(link).status_code == 404
    assert count_visits(tool) == 1


def test_spent_expired_and_unknown_links_look_the_same_and_say_how_to_get_a_new_one(
    tool: ToolUnderTest,
) -> None:
    spent, expired = tool.administrator_link(), tool.administrator_link()
    browser = opened(tool.browser(), spent)
    browser.post(spent, headers=OWN)
    with transaction(tool.database):
        unused = update(SignInLink).where(SignInLink.used_at.is_(None))
        db().execute(unused.values(expires_at=real_now()))
    unknown = "/signin/link/" + "x" * 43
    pages = [
        answer
        for link in (spent, expired, unknown)
        for answer in (browser.get(link), browser.post(link, headers=OWN))
    ]
    assert {page.status_code for page in pages} == {404}
    assert len({without_number(page) for page in pages}) == 1
    assert "throughline admin link" in without_number(pages[0])


def test_a_link_works_for_a_quarter_of_an_hour_and_no_longer(tool: ToolUnderTest) -> None:
    early, late = tool.administrator_link(), tool.administrator_link()
    start, browser = real_now(), tool.browser()
    opened(browser, early)
    assert timedelta(minutes=15) == LIFETIME
    with time_machine.travel(start + LIFETIME - timedelta(seconds=5)):
        assert browser.post(early, headers=OWN).status_code == 303
    with time_machine.travel(start + LIFETIME + timedelta(seconds=5)):
        assert browser.post(late, headers=OWN).status_code == 404


def test_of_many_who_use_a_link_at_the_same_moment_one_gets_in(tool: ToolUnderTest) -> None:
    link, several = tool.administrator_link(), 6
    browsers = [opened(tool.browser(), link) for _ in range(several)]
    start = Barrier(several)

    def use(browser: FlaskClient) -> int:
        start.wait(timeout=10)
        return browser.post(link, headers=OWN).status_code

    with ThreadPoolExecutor(several) as pool:
        statuses = sorted(pool.map(use, browsers))
    assert statuses == [303] + [404] * (several - 1)
    assert count_visits(tool) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null", "Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_another_site_cannot_press_the_button(tool: ToolUnderTest, headers: dict[str, str]) -> None:
    link = tool.administrator_link()
    browser = opened(tool.browser(), link)
    assert browser.post(link, headers=headers).status_code == 403
    assert count_visits(tool) == 0
    assert browser.post(link, headers=OWN).status_code == 303


def test_a_browser_that_keeps_no_cookies_is_told_so_and_the_link_stays_good(
    tool: ToolUnderTest,
) -> None:
    link = tool.administrator_link()
    forgetful = tool.app.test_client(use_cookies=False)
    forgetful.get(link)
    page = forgetful.post(link, headers=OWN)
    assert page.status_code == 403
    assert "allow cookies" in page.get_data(as_text=True)
    assert opened(tool.browser(), link).post(link, headers=OWN).status_code == 303


def test_the_same_name_is_the_same_person_and_both_ends_are_audited(tool: ToolUnderTest) -> None:
    tool.administer(tool.browser(), "Ada Admin")
    tool.administer(tool.browser(), "  ada  admin ")
    tool.administer(tool.browser(), "Grace Admin")
    with transaction(tool.database, read_only=True):
        people = {person.id: person.own_name for person in db().scalars(select(Person))}
        made, used = (
            db().scalars(select(AuditEntry.actor_id).where(AuditEntry.action == action)).all()
            for action in ("sign_in_link.make", "sign_in_link.use")
        )
    assert sorted(filter(None, people.values())) == ["Grace Admin", "ada admin"]
    assert made == [None, None, None]
    assert sorted(people[one] or "" for one in used if one) == [
        "Grace Admin",
        "ada admin",
        "ada admin",
    ]


def test_signing_out_ends_the_visit_and_the_cookie(ada: Visitor) -> None:
    answer = ada.post("me/leave")
    assert answer.status_code == 200
    assert any("Max-Age=0" in cookie for cookie in answer.headers.getlist("Set-Cookie"))
    assert ada.get("admin/").status_code == 403


def test_signing_out_needs_the_visits_token(ada: Visitor) -> None:
    assert ada.browser.post(ada.visit + "me/leave", headers=OWN).status_code == 403
    assert ada.get("admin/").status_code == 200


def test_an_administrators_visit_idles_out_like_any_other(ada: Visitor) -> None:
    start = real_now()
    with time_machine.travel(start + timedelta(minutes=110)):
        assert ada.get("admin/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=231)):
        page = ada.get("admin/")
    assert page.status_code == 403
    assert "throughline admin link" in page.get_data(as_text=True)


def test_another_administrator_in_the_same_browser_ends_the_former_ones_visit(
    tool: ToolUnderTest, sign_in: Callable[..., Visitor]
) -> None:
    ada, elsewhere = sign_in("Ada"), sign_in("Ada")
    grace = Visitor(ada.browser, tool.administer(ada.browser, "Grace"))
    assert ada.get("admin/").status_code == 403
    assert grace.get("admin/").status_code == 200
    assert elsewhere.get("admin/").status_code == 200


def test_launches_and_sign_ins_in_one_browser_leave_each_other_alone(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    alice = registered_tool.launch(ada.browser, lms, "alice", lms.activities[101])
    assert alice.status_code == 200
    assert ada.get("admin/").status_code == 200
    registered_tool.administer(ada.browser, "Grace")
    assert ada.browser.get(alice.request.path).status_code == 200


def test_a_visit_without_a_launch_opens_nothing_of_an_activity(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    assert ada.get("mentoring/").status_code == 404
    assert ada.get("mentoring/board").status_code == 404
    assert ada.get("grades/").status_code == 403
    assert ada.post("me/hat", hat="author").status_code == 403
    assert ada.get("").headers["Location"].endswith("/admin/")


@pytest.mark.parametrize("person", ["alice", "tina", "charlie"])
def test_people_from_a_course_do_not_get_into_administration(
    registered_tool: ToolUnderTest, lms: Sandbox, person: str
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, person, lms.activities[101])
    visit = "/".join(page.request.path.split("/")[:3])
    assert browser.get(f"{visit}/admin/").status_code == 403


def test_the_door_says_how_to_get_in_and_links_nowhere(tool: ToolUnderTest) -> None:
    page = tool.browser().get("/admin/")
    assert page.status_code == 200
    assert "throughline admin link" in page.get_data(as_text=True)
    assert read(page).forms == []
