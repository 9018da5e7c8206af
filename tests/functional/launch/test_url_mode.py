"""Rules 4 to 9 where no cookie is kept: the address proves little, for a short while, to few."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.clock import real_now
from lti_app.store.session import db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web import window_pages
from tests.conftest import PUBLIC_URL
from tests.functional.launch.frames import Frame, data_of
from tests.proofs import rule

_ROLES = "https://purl.imsglobal.org/spec/lti/claim/roles"
_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
WINDOW = {"Origin": PUBLIC_URL, "User-Agent": "Window/1.0"}


@pytest.fixture
def frame(registered_tool: ToolUnderTest, lms: Sandbox) -> Frame:
    """Return a frame of Alice's."""
    return Frame(registered_tool, lms)


@rule("R-8.3")
def test_a_learner_gets_in_by_a_page_that_goes_on_by_itself_and_works(frame: Frame) -> None:
    visit = frame.enter()
    first = frame.get(f"{visit}/")
    assert first.headers["Location"].endswith("/mentoring/")
    page = frame.get(f"{visit}/mentoring/")
    assert page.status_code == 200
    assert "Alice" in page.get_data(as_text=True)
    assert not page.headers.getlist("Set-Cookie")
    assert page.headers["Referrer-Policy"] == "strict-origin"
    saved = frame.post(f"{visit}/mentoring/step/part", {"side": "mentee", **csrf(page)})
    assert saved.status_code == 303
    assert frame.get(saved.headers["Location"]).status_code == 200


@rule("R-8.3")
def test_the_page_in_between_works_without_a_script(frame: Frame, lms: Sandbox) -> None:
    entered = frame.get(frame.prove_launch()["address"])
    text = entered.get_data(as_text=True)
    url = data_of(entered)["url"]
    assert f'<meta http-equiv="refresh" content="0; url={url}">' in text
    assert entered.headers["Content-Security-Policy"].endswith(f"'self' {lms.base_url}")


@rule("R-8.3")
def test_a_code_gets_one_browser_in_once(frame: Frame) -> None:
    address = frame.prove_launch()["address"]
    refused = {
        "pasted": {"Sec_Fetch_Site": "none"},
        "without saying from where": {"Sec_Fetch_Site": ""},
        "from another site": {"Sec_Fetch_Site": "cross-site"},
        "from a window of a sister site": {
            "Sec_Fetch_Site": "same-site",
            "Sec_Fetch_Dest": "document",
        },
        "by another browser": {"User_Agent": "Other/1.0"},
        "by none": {"User_Agent": ""},
        "ahead": {"Sec_Purpose": "prefetch;prerender"},
        "ahead, in the old way": {"Purpose": "prefetch"},
        "ahead, in Firefox's old way": {"X_Moz": "prefetch"},
        "with a wrong cookie": {"Cookie": "__Secure-v=x"},
    }
    for how, headers in refused.items():
        assert frame.get(address, **headers).status_code == 403, how
    assert frame.get(address.replace("code=", "code=x")).status_code == 403
    assert frame.get(address).status_code == 200
    assert frame.get(address).status_code == 403


@rule("R-8.3")
@pytest.mark.parametrize("role", ["Learner", "Instructor"])
def test_nobody_is_brought_into_anothers_account_by_their_link(
    registered_tool: ToolUnderTest, lms: Sandbox, role: str
) -> None:
    """Bob launches, and lets a page of his send Alice's browser to where he would enter."""
    bob = Frame(registered_tool, lms, "bob")
    answer = bob.prove_launch(lambda claims: claims.update({_ROLES: [_ROLE + role]}))
    alice = {"Sec-Fetch-Site": "cross-site", "User-Agent": bob.agent}
    for cookie in ({}, {"Cookie": "__Host-seen=" + "x" * 43}):
        led = registered_tool.app.test_client(use_cookies=False).get(
            answer["address"], headers=alice | cookie
        )
        assert led.status_code == 403, cookie
        assert "/v/" not in led.get_data(as_text=True)
    assert bob.get(answer["address"]).status_code == 200


def test_a_code_is_good_for_a_minute(frame: Frame) -> None:
    address = frame.prove_launch()["address"]
    with time_machine.travel(real_now() + timedelta(seconds=61)):
        assert frame.get(address).status_code == 403


@rule("R-8.3")
def test_before_it_is_entered_a_visit_shows_nothing(frame: Frame) -> None:
    answer = frame.prove_launch()
    visit = answer["address"].split("/enter")[0]
    assert frame.get(f"{visit}/mentoring/").status_code == 403


@rule("R-8.3")
def test_where_the_visits_cookie_came_only_the_cookie_counts(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    """The mode is fixed once: neither a lost cookie nor one that is found changes it."""
    frame = Frame(registered_tool, lms)
    keeps = Frame(registered_tool, lms, keeps_cookies=True, stored=frame.stored)
    asked = frame.launch(frame.begin())
    address = keeps.prove(asked).get_json()["address"]
    assert keeps.get(address).status_code == 303
    assert keeps.get(address).status_code == 303
    page = address.split("/enter")[0] + "/mentoring/"
    assert keeps.get(page).status_code == 200
    assert frame.get(page).status_code == 403
    assert frame.get(address).status_code == 403

    bare = Frame(registered_tool, lms)
    proven = bare.prove(bare.launch(bare.begin()))
    address = proven.get_json()["address"]
    cookie = proven.headers["Set-Cookie"].split(";")[0]
    assert bare.get(address).status_code == 200
    page = address.split("/enter")[0] + "/mentoring/"
    assert bare.get(page).status_code == 200
    assert bare.get(page, Cookie=cookie).status_code == 403
    assert bare.get(address, Cookie=cookie).status_code == 403


@rule("R-8.3")
def test_a_request_is_let_in_only_from_a_page_of_the_visit(frame: Frame) -> None:
    page = f"{frame.enter()}/mentoring/"
    refused = {
        "pasted, or opened from a mail": {"Sec_Fetch_Site": "none", "Sec_Fetch_Dest": "document"},
        "from another site": {"Sec_Fetch_Site": "cross-site"},
        "from a frame of another site": {
            "Sec_Fetch_Site": "cross-site",
            "Sec_Fetch_Dest": "iframe",
        },
        "by a script of another site": {
            "Sec_Fetch_Site": "cross-site",
            "Sec_Fetch_Mode": "cors",
            "Origin": "https://evil.example",
        },
        "from a sister site": {"Sec_Fetch_Site": "same-site"},
        "by something that says nothing": {"Sec_Fetch_Site": ""},
        "by something that says more": {"Sec_Fetch_Site": "same-origin, cross-site"},
        "in other letters": {"Sec_Fetch_Site": "Same-Origin"},
        "by another browser": {"User_Agent": "Other/1.0"},
        "by nothing that has a name": {"User_Agent": ""},
        "ahead": {"Sec_Purpose": "prefetch"},
        "ahead of a click": {"Sec_Purpose": "prefetch;prerender"},
        "ahead, in the old way": {"Purpose": "prefetch"},
        "ahead, in Firefox's old way": {"X_Moz": "prefetch"},
        "where cookies of ours are kept": {"Cookie": "__Host-seen=" + "x" * 43},
        "with a cookie of the visit": {"Cookie": "__Secure-v=x"},
    }
    texts = set()
    for how, headers in refused.items():
        answer = frame.get(page, **headers)
        assert answer.status_code == 403, how
        texts.add(re.sub(r"· \w{12}", "", answer.get_data(as_text=True)))
    unknown = frame.get("/v/" + "x" * 43 + "/mentoring/")
    texts.add(re.sub(r"· \w{12}", "", unknown.get_data(as_text=True)))
    assert len(texts) == 1
    (text,) = texts
    for word in ("<form", "<script", "refresh", "/v/"):
        assert word not in text
    assert text.count("<a ") == 1  # the skip link within the page
    assert frame.get(page).status_code == 200


@rule("R-8.3")
def test_bobs_cookies_do_not_help_him_to_alices_page(
    frame: Frame, registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    page = f"{frame.enter()}/mentoring/"
    bob = Frame(registered_tool, lms, "bob", keeps_cookies=True)
    registered_tool.launch(bob.browser, lms, "bob", lms.activities[101])
    assert bob.get(page).status_code == 403
    assert frame.get(page).status_code == 200


@rule("R-8.3")
def test_a_visit_without_a_cookie_is_over_after_twenty_minutes_without_use(frame: Frame) -> None:
    page = f"{frame.enter()}/mentoring/"
    start = real_now()
    for minutes, status in ((19, 200), (38, 200), (59, 403)):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert frame.get(page).status_code == status, minutes


@rule("R-8.3")
def test_and_after_four_hours_however_busy(frame: Frame) -> None:
    page = f"{frame.enter()}/mentoring/"
    start = real_now()
    for minutes in range(15, 240, 15):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert frame.get(page).status_code == 200, minutes
    with time_machine.travel(start + timedelta(minutes=241)):
        assert frame.get(page).status_code == 403


@rule("R-8.3", "R-8.5")
def test_what_changes_something_needs_the_token_and_our_origin_besides(frame: Frame) -> None:
    visit = frame.enter()
    step = f"{visit}/mentoring/step/part"
    sent = {"side": "mentee", **csrf(frame.get(f"{visit}/mentoring/"))}
    refused = (
        {"Origin": "https://evil.example"},
        {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "", "Sec_Fetch_Site": ""},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
        {"User_Agent": "Other/1.0"},
    )
    for headers in refused:
        assert frame.post(step, sent, **headers).status_code == 403, headers
    assert frame.post(step, {"side": "mentee"}).status_code == 403
    assert frame.post(step, sent, Origin="").status_code == 303


@rule("R-8.3")
@pytest.mark.parametrize("role", ["Instructor", "Observer"])
def test_nobody_but_a_learner_works_without_a_cookie(frame: Frame, role: str) -> None:
    answer = frame.prove_launch(lambda claims: claims.update({_ROLES: [_ROLE + role]}))
    assert answer["keeps"] is None
    page = frame.get(answer["address"])
    assert page.status_code == 200
    assert "This activity opens in a new window" in page.get_data(as_text=True)
    visit = answer["address"].split("/enter")[0]
    for path in ("/", "/mentoring/", "/mentoring/board", "/grades/", "/me/inbox"):
        assert frame.get(visit + path).status_code == 403, path
    button = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.get_data(as_text=True)))
    window = frame.tool.browser()
    opened = window.post(f"{visit}/window/", data=button, headers=WINDOW)
    assert opened.status_code == 303
    shown = window.get(opened.headers["Location"], follow_redirects=True)
    assert shown.status_code == 200
    again = frame.tool.browser().post(f"{visit}/window/", data=button, headers=WINDOW)
    assert again.status_code == 403
    assert frame.get(answer["address"]).status_code == 403


@rule("R-8.3")
def test_who_learns_and_teaches_teaches_in_a_window(frame: Frame) -> None:
    both = {_ROLES: [_ROLE + "Learner", _ROLE + "Instructor"]}
    answer = frame.prove_launch(lambda claims: claims.update(both))
    assert "opens in a new window" in frame.get(answer["address"]).get_data(as_text=True)


@rule("R-8.3")
def test_only_own_work_is_shown_and_the_rest_offers_a_window(frame: Frame) -> None:
    visit = frame.enter()
    for path in ("/me/inbox", "/me/notices", "/pairs/", "/mentoring/private", "/mentoring/groups"):
        page = frame.get(visit + path)
        assert page.status_code == 200, path
        text = page.get_data(as_text=True)
        assert "This page opens in a new window" in text, path
        assert "platform-storage.js" in text
    for path in ("/desk/", "/admin/", "/grades/", "/mentoring/board", "/programme/"):
        assert frame.get(visit + path).status_code in {403, 404}, path
    sent = csrf(frame.get(f"{visit}/mentoring/"))
    for path in ("/mentoring/private", "/mentoring/groups", "/me/notices"):
        assert frame.post(visit + path, sent).status_code == 403, path
    hat = frame.post(f"{visit}/me/hat", {"hat": "author", **sent})
    assert hat.status_code == 403


def test_an_activity_that_is_not_installed_any_more_leaves_the_windows_of_the_rest(
    frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = frame.enter()
    monkeypatch.setattr(window_pages, "catalogue", dict)
    page = frame.get(f"{visit}/me/inbox")
    assert page.status_code == 200
    assert "This page opens in a new window" in page.get_data(as_text=True)


@rule("R-8.3")
def test_a_window_needs_what_the_lms_keeps(frame: Frame) -> None:
    """Else whoever forges headers would get from the address to everything."""
    visit = frame.enter()
    button = window_button(frame, f"{visit}/mentoring/private")
    key = button.pop("key")
    for stored in (None, "", "x", "é"):
        sent = {**button, **({} if stored is None else {"stored": stored})}
        refused = frame.tool.browser().post(f"{visit}/window/", data=sent, headers=WINDOW)
        assert refused.status_code == 403
        assert "<code>window_unproven" in refused.get_data(as_text=True)
    window = frame.tool.browser()
    sent = {**button, "stored": frame.stored[key]}
    opened = window.post(f"{visit}/window/", data=sent, headers=WINDOW)
    assert opened.status_code == 303, opened.get_data(as_text=True)
    page = window.get(opened.headers["Location"], follow_redirects=True)
    assert page.status_code == 200
    assert "data-key" not in page.get_data(as_text=True)
    assert "opens in a new window" not in page.get_data(as_text=True)
    assert page.headers["Content-Security-Policy"].endswith("'none'")


def test_a_new_launch_of_the_activity_keeps_its_value_in_the_same_place(
    frame: Frame, lms: Sandbox
) -> None:
    """An LMS keeps few values of a tool, and for long."""
    first, second = frame.prove_launch()["keeps"], frame.prove_launch()["keeps"]
    assert first["key"] == second["key"]
    assert first["value"] != second["value"]
    assert (
        frame.prove_launch()["keeps"]["key"]
        != Frame(frame.tool, lms, "bob").prove_launch()["keeps"]["key"]
    )


@rule("R-8.3")
def test_what_a_forged_request_reaches_at_most(frame: Frame) -> None:
    """Docs and SECURITY.md say so: curl with copied headers is not told from the browser.

    It sees the own work of one learner, until twenty minutes after the last use.
    """
    visit = frame.enter()
    curl = frame.tool.app.test_client(use_cookies=False)
    copied = {"Sec-Fetch-Site": "same-origin", "User-Agent": frame.agent, "Origin": PUBLIC_URL}
    assert curl.get(f"{visit}/mentoring/", headers=copied).status_code == 200
    for path in ("/pairs/", "/me/inbox", "/mentoring/private"):
        text = curl.get(visit + path, headers=copied).get_data(as_text=True)
        assert "This page opens in a new window" in text
    button = window_button(frame, f"{visit}/pairs/")
    del button["key"]
    assert curl.post(f"{visit}/window/", data=button, headers=copied).status_code == 403
    with time_machine.travel(real_now() + timedelta(minutes=21)):
        assert curl.get(f"{visit}/mentoring/", headers=copied).status_code == 403
        assert curl.post(f"{visit}/window/", data=button, headers=copied).status_code == 403


def test_leaving_and_the_end_of_the_deployment_end_it(frame: Frame) -> None:
    visit = frame.enter()
    with transaction(frame.tool.database):
        row = db().scalars(select(Visit)).one()
        row.ended_at = real_now()
    assert frame.get(f"{visit}/mentoring/").status_code == 403


def csrf(page: TestResponse) -> dict[str, str]:
    """Return the visit's token as a form sends it."""
    text = page.get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', text)
    assert found, text
    return {"csrf_token": found[1]}


def window_button(frame: Frame, page: str) -> dict[str, str]:
    """Return what the button of a page sends, and under which key the LMS keeps its proof."""
    text = frame.get(page).get_data(as_text=True)
    form = text.split("data-window=")[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form))
    key = re.search(r'data-key="([^"]+)"', form)
    assert key, form
    return {"page": fields["page"], "code": fields["code"], "key": key[1]}
