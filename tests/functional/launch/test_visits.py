"""Visits: what a launch opens stays with its browser, its person and its course, and ends."""

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.services.logins import purge_logins
from lti_app.services.visits import purge_visits
from lti_app.store.registrations import Deployment
from lti_app.store.session import db, transaction
from lti_app.store.visits import LoginTransaction, Visit
from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import rule

_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
_ROLES = "https://purl.imsglobal.org/spec/lti/claim/roles"
OWN = {"Origin": "http://127.0.0.1:5000"}


def test_the_launch_redirects_into_the_visit_with_a_cookie_of_its_own_path(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    answer = registered_tool.answer(registered_tool.browser(), lms, "alice", lms.activities[101])
    location = answer.headers["Location"]
    visit = location.split("/enter")[0]
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Secure-v="))
    parts = set(cookie.split("; "))
    assert {"Secure", "HttpOnly", f"Path={visit}/", "SameSite=None", "Partitioned"} <= parts
    assert len(visit.removeprefix("/v/")) >= 22
    state = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-st-"))
    assert "Max-Age=0" in state
    assert "Partitioned" in state


def test_without_the_visits_cookie_nothing_opens(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    refused = registered_tool.browser().get(page.request.path)
    assert refused.status_code == 403
    assert refused.get_data(as_text=True).count("<a ") == 1  # the skip link within the page


def test_an_unknown_visit_and_a_foreign_one_look_the_same(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    foreign = registered_tool.browser().get(page.request.path)
    unknown = registered_tool.browser().get("/v/" + "x" * 43 + "/mentoring/")
    assert foreign.status_code == unknown.status_code == 403
    assert _without_number(foreign.get_data(as_text=True)) == _without_number(
        unknown.get_data(as_text=True)
    )


def test_back_to_the_first_address_works_in_the_same_browser_only(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    entry = registered_tool.answer(browser, lms, "alice", lms.activities[101]).headers["Location"]
    assert browser.get(entry).status_code == 303
    assert browser.get(entry).status_code == 303
    assert registered_tool.browser().get(entry).status_code == 403


def test_a_prefetch_does_not_use_the_entry_up(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    browser = registered_tool.browser()
    entry = registered_tool.answer(browser, lms, "alice", lms.activities[101]).headers["Location"]
    assert browser.get(entry, headers={"Sec-Purpose": "prefetch"}).status_code == 403
    assert browser.get(entry).status_code == 303


def test_an_entry_code_ends_after_a_minute(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    browser = registered_tool.browser()
    entry = registered_tool.answer(browser, lms, "alice", lms.activities[101]).headers["Location"]
    with time_machine.travel(real_now() + timedelta(seconds=61)):
        assert browser.get(entry).status_code == 403


def test_a_wrong_entry_code_is_refused(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    browser = registered_tool.browser()
    entry = registered_tool.answer(browser, lms, "alice", lms.activities[101]).headers["Location"]
    assert browser.get(entry.split("?")[0] + "?code=wrong").status_code == 403


def test_a_visit_ends_after_two_idle_hours_and_not_before(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    path = registered_tool.launch(browser, lms, "alice", lms.activities[101]).request.path
    start = real_now()
    with time_machine.travel(start + timedelta(minutes=110)):
        assert browser.get(path).status_code == 200
    with time_machine.travel(start + timedelta(minutes=220)):
        assert browser.get(path).status_code == 200
    with time_machine.travel(start + timedelta(minutes=341)):
        assert browser.get(path).status_code == 403


def test_a_visit_ends_after_twelve_hours_however_busy(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    path = registered_tool.launch(browser, lms, "alice", lms.activities[101]).request.path
    start = real_now()
    for hour in range(1, 12):
        with time_machine.travel(start + timedelta(hours=hour), tick=False):
            # A browser drops the cookie after twelve hours by itself; the client keeps it.
            assert browser.get(path).status_code == 200
    with time_machine.travel(start + timedelta(hours=12, minutes=1)):
        assert browser.get(path).status_code == 403


@rule("R-8.4")
def test_two_roles_of_one_person_in_two_tabs_do_not_mix(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    learner = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    teacher = registered_tool.launch(
        browser,
        lms,
        "alice",
        lms.activities[104],
        lambda c: c.update({_ROLES: [_ROLE + "Instructor"]}),
    )
    assert browser.get(learner.request.path).request.path.endswith("/mentoring/")
    assert browser.get(teacher.request.path).status_code == 200
    first = learner.request.path.replace("/mentoring/", "/mentoring/board")
    assert browser.get(first).status_code == 403


def test_another_persons_launch_in_the_browser_ends_the_first_ones_visits(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    shared, own = registered_tool.browser(), registered_tool.browser()
    alice = registered_tool.launch(shared, lms, "alice", lms.activities[101]).request.path
    elsewhere = registered_tool.launch(own, lms, "alice", lms.activities[101]).request.path
    bob = registered_tool.launch(shared, lms, "bob", lms.activities[101]).request.path
    assert shared.get(alice).status_code == 403
    assert shared.get(bob).status_code == 200
    assert own.get(elsewhere).status_code == 200


def test_a_student_preview_ends_nobodys_visits(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    teacher = registered_tool.launch(browser, lms, "tina", lms.activities[101]).request.path
    test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
    preview = registered_tool.launch(
        browser,
        lms,
        "charlie",
        lms.activities[101],
        lambda c: c.update({_ROLES: [_ROLE + "Learner", test_user], "sub": "preview"}),
    )
    assert preview.status_code == 200
    assert browser.get(teacher).status_code == 200


@rule("R-1.29")
def test_somebody_who_teaches_and_learns_chooses_as_whom_they_look(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(
        browser,
        lms,
        "tina",
        lms.activities[101],
        lambda c: c.update({_ROLES: [_ROLE + "Learner", _ROLE + "Instructor"]}),
    )
    assert page.request.path.endswith("/mentoring/board")
    answer = _post(browser, page.request.path, "me/hat", page.get_data(as_text=True), hat="learner")
    assert answer.request.path.endswith("/mentoring/")
    assert answer.status_code == 200


@rule("R-1.29", "R-1.32")
@pytest.mark.parametrize("hat", ["author", "reviewer", "preview", "king", ""])
def test_a_hat_that_the_launch_did_not_give_is_refused(
    registered_tool: ToolUnderTest, lms: Sandbox, hat: str
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    answer = _post(browser, page.request.path, "me/hat", page.get_data(as_text=True), hat=hat)
    assert answer.status_code in {400, 403}


@rule("R-8.5")
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (OWN, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null"}, 403),
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_an_unsafe_request_must_come_from_our_own_pages(
    registered_tool: ToolUnderTest, lms: Sandbox, headers: dict[str, str], status: int
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    path = page.request.path.replace("mentoring/", "me/hat")
    token = _token(page.get_data(as_text=True))
    answer = browser.post(path, data={"csrf_token": token, "hat": "learner"}, headers=headers)
    assert answer.status_code == status


@rule("R-8.5")
@pytest.mark.parametrize("token", [None, "", "wrong", "é", "another visit's"])
def test_an_unsafe_request_needs_the_visits_own_token(
    registered_tool: ToolUnderTest, lms: Sandbox, token: str | None
) -> None:
    browser = registered_tool.browser()
    page = registered_tool.launch(browser, lms, "alice", lms.activities[101])
    if token == "another visit's":
        other = registered_tool.launch(browser, lms, "alice", lms.activities[102])
        token = _token(other.get_data(as_text=True))
    form = {"hat": "learner"} | ({} if token is None else {"csrf_token": token})
    path = page.request.path.replace("mentoring/", "me/hat")
    answer = browser.post(path, data=form, headers=OWN)
    assert answer.status_code == 403
    assert "<code>form_expired ·" in answer.get_data(as_text=True)


def test_many_launches_never_make_the_cookie_header_long(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    paths = [
        registered_tool.launch(browser, lms, "alice", lms.activities[101]).request.path
        for _ in range(20)
    ]
    longest = max(len(browser.get(path).request.headers["Cookie"]) for path in paths)
    assert longest < 500


def test_what_nobody_can_use_any_more_is_purged(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    registered_tool.launch(browser, lms, "alice", lms.activities[101])
    with transaction(registered_tool.database):
        assert purge_logins(real_now()) == 0
        assert purge_visits(real_now()) == 0
        assert purge_logins(real_now() + timedelta(minutes=21)) == 1
        assert purge_visits(real_now() + timedelta(hours=37)) == 1
        assert not db().scalars(select(LoginTransaction)).all()
        assert not db().scalars(select(Visit)).all()


@rule("R-8.6")
def test_no_answer_is_kept_and_every_answer_says_who_may_frame_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = registered_tool.launch(registered_tool.browser(), lms, "alice", lms.activities[101])
    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "strict-origin"
    assert policy.endswith(f"frame-ancestors 'self' {lms.base_url}")
    assert "X-Frame-Options" not in page.headers
    assert "unsafe" not in policy


def _token(page: str) -> str:
    return page.split('name="csrf_token"')[1].split('value="')[1].split('"', maxsplit=1)[0]


def _post(browser: FlaskClient, path: str, to: str, page: str, **form: str) -> TestResponse:
    visit = "/".join(path.split("/")[:3])
    return browser.post(
        f"{visit}/{to}",
        data=form | {"csrf_token": _token(page)},
        headers=OWN,
        follow_redirects=True,
    )


def _without_number(page: str) -> str:
    return page.split("<code>", maxsplit=1)[0]


@rule("R-8.4")
@pytest.mark.parametrize("order", ["logins first", "one after another"])
def test_three_frames_of_a_new_browser_all_end_when_somebody_else_launches(
    registered_tool: ToolUnderTest, lms: Sandbox, order: str
) -> None:
    browser = registered_tool.browser()
    activities = [lms.activities[number] for number in (101, 102, 103)]
    if order == "logins first":
        begun = []
        for activity in activities:
            browser.delete_cookie("__Host-seen")
            begun.append(registered_tool.begin(browser, lms, "charlie", activity))
        paths = [
            _finish(registered_tool, browser, lms, *one)
            for one in zip(begun, activities, strict=True)
        ]
    else:
        paths = []
        for activity in activities:
            browser.delete_cookie("__Host-seen")
            auth_url = registered_tool.begin(browser, lms, "charlie", activity)
            paths.append(_finish(registered_tool, browser, lms, auth_url, activity))
    assert [browser.get(path).status_code for path in paths] == [200, 200, 200]
    registered_tool.launch(browser, lms, "alice", activities[0])
    assert [browser.get(path).status_code for path in paths] == [403, 403, 403]


def _finish(
    tool: ToolUnderTest, browser: FlaskClient, lms: Sandbox, auth_url: str, activity: Activity
) -> str:
    form = lms.answer_login(auth_url, "charlie", activity)
    entry = browser.post("/lti/launch", data=form).headers["Location"]
    return browser.get(entry, follow_redirects=True).request.path


def test_an_address_without_its_last_slash_is_no_redirect(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    for path in ("/v/x/grades", "//v/x/grades/"):
        answer = registered_tool.browser().get(path, headers={"Host": "evil.example"})
        assert answer.status_code in {403, 404}
        assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["a..b", "a" * 70, "a b", ""])
def test_a_host_that_makes_no_sense_is_refused_in_words(tool: ToolUnderTest, host: str) -> None:
    answer = tool.browser().get("/healthz", headers={"Host": host})
    assert answer.status_code in {200, 400}
    assert "Traceback" not in answer.get_data(as_text=True)


def test_blocking_a_deployment_ends_what_is_open_in_it(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    browser = registered_tool.browser()
    path = registered_tool.launch(browser, lms, "alice", lms.activities[101]).request.path
    with transaction(registered_tool.database):
        db().execute(update(Deployment).values(status="blocked"))
    assert browser.get(path).status_code == 403
