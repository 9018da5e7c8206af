"""Rules 2 and 3 where the LMS keeps what proves a browser: given to one, asked for once."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from lti_app.clock import real_now
from lti_app.store.session import db, transaction
from lti_app.store.visits import LoginTransaction, Visit
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.launch.frames import AGENT, FETCH, FOREIGN, TARGET, Frame, data_of
from tests.proofs import rule


@pytest.fixture
def frame(registered_tool: ToolUnderTest, lms: Sandbox) -> Frame:
    """Return a frame of Alice's."""
    return Frame(registered_tool, lms)


@rule("R-8.1", "R-8.2")
def test_a_frame_is_told_what_the_lms_is_to_keep_and_where(frame: Frame, lms: Sandbox) -> None:
    page = frame.login()
    told = data_of(page)
    assert told["frame"] == TARGET
    assert told["at"] == lms.registration().auth_url
    assert told["onward"].startswith(lms.registration().auth_url)
    assert told["otherwise"].startswith("/lti/login/continue?login=")
    assert len(told["value"]) >= 22
    assert told["value"] not in told["onward"] + told["otherwise"] + told["key"]
    text = page.get_data(as_text=True)
    assert f'<meta http-equiv="refresh" content="0; url={told["otherwise"]}">' in text
    ancestors = page.headers["Content-Security-Policy"].split("frame-ancestors ")[1]
    assert ancestors == f"'self' {lms.base_url}"
    assert page.headers["Cache-Control"] == "no-store"


@rule("R-8.2")
def test_only_hashes_are_stored_of_what_the_lms_keeps(frame: Frame) -> None:
    login = frame.begin()
    proven = frame.prove(frame.launch(login)).get_json()
    with transaction(frame.tool.database, read_only=True):
        rows = [*db().scalars(select(LoginTransaction)), *db().scalars(select(Visit))]
        stored = " ".join(str(vars(row)) for row in rows)
    for secret in (login.value, proven["keeps"]["value"], AGENT):
        assert secret not in stored


@rule("R-8.1")
def test_storage_is_offered_to_frames_without_cookies_only(frame: Frame, lms: Sandbox) -> None:
    assert frame.login(target=None).status_code == 303
    for header in ({"Sec_Fetch_Dest": "document"}, {"Sec_Fetch_Dest": ""}):
        assert frame.login(**header).status_code == 303
    for name in ("_top", "_blank", "a frame", "a'b", "x" * 101, "<b>", ""):
        assert frame.login(target=name).status_code == 303, name
    assert data_of(frame.login(target="_parent"))["frame"] == "_parent"
    keeps = Frame(frame.tool, lms, keeps_cookies=True)
    assert keeps.login().status_code == 200
    assert keeps.login().headers["Location"].startswith(lms.registration().auth_url)


def test_in_a_window_no_storage_is_offered(frame: Frame, lms: Sandbox) -> None:
    given = lms.make_login("alice", lms.activities[101])
    given |= {"lti_storage_target": TARGET, "window": "1"}
    page = frame.browser.post("/lti/login", data=given, headers=FOREIGN)
    assert "data-value" not in page.get_data(as_text=True)


@rule("R-8.1")
def test_whoever_keeps_the_cookie_or_gets_no_answer_goes_the_way_of_everybody(
    frame: Frame, lms: Sandbox
) -> None:
    keeps = Frame(frame.tool, lms, keeps_cookies=True)
    kept = keeps.get(data_of(keeps.login())["otherwise"])
    assert kept.headers["Location"].startswith(lms.registration().auth_url)
    page = frame.get(frame.begin().otherwise)
    assert page.status_code == 200
    assert 'name="window" value="1"' in page.get_data(as_text=True)


def test_the_address_after_the_login_gives_nothing_away(frame: Frame) -> None:
    login = frame.begin()
    login_id = login.otherwise.split("=")[1].replace("-", "")
    for cookie in ("", "x", login.value, "__Host-st-x"):
        sent = {"Cookie": f"__Host-st-{login_id}={cookie}"}
        page = frame.browser.get(login.otherwise, headers=FETCH | sent)
        assert page.status_code == 200
        assert login.state not in page.get_data(as_text=True)
        assert login.value not in page.get_data(as_text=True)


@rule("R-8.1", "R-8.2")
def test_what_the_lms_answers_proves_a_launch_once(frame: Frame) -> None:
    login = frame.begin()
    asked = frame.launch(login)
    assert asked.status_code == 200
    told = data_of(asked)
    assert (told["frame"], told["key"]) == (login.frame, login.key)
    text = asked.get_data(as_text=True)
    assert login.value not in text
    assert login.state not in text
    assert "eyJ" not in text  # how every token begins
    answer = frame.prove(asked)
    assert answer.get_json()["address"].startswith("/v/")
    for again in (frame.prove(asked), frame.launch(login)):
        assert again.status_code == 401
        assert "<code>state_invalid" in again.get_data(as_text=True)
    assert count_visits(frame) == 1


@rule("R-8.1")
def test_a_launch_without_its_proof_is_refused_and_uses_nothing_up(frame: Frame) -> None:
    login = frame.begin()
    asked = frame.launch(login)
    other = Frame(frame.tool, frame.lms, "bob")
    of_another = other.begin()
    for value in ("", "x", "é" * 43, login.state, login.key, of_another.value, "a\0b"):
        refused = frame.prove(asked, value)
        assert refused.status_code == 401, value
        assert "<code>state_invalid" in refused.get_data(as_text=True)
    assert count_visits(frame) == 0
    assert frame.prove(asked).status_code == 200


@rule("R-8.1")
def test_a_stolen_answer_opens_nothing_in_another_browser(frame: Frame) -> None:
    login = frame.begin()
    thief = Frame(frame.tool, frame.lms, agent="Thief/1.0")
    asked = thief.launch(login)
    assert asked.status_code == 200
    assert thief.prove(asked).status_code == 401
    for headers in ({"Sec_Fetch_Dest": "document"}, {"Sec_Fetch_Dest": ""}):
        assert thief.launch(login, None, **headers).status_code == 401
    assert count_visits(frame) == 0
    assert frame.prove(frame.launch(login)).status_code == 200


@rule("R-8.1")
def test_the_proof_of_one_login_proves_no_other(frame: Frame) -> None:
    """Who learns states of two logins cannot cross them: nobody is launched as somebody else."""
    mine, theirs = frame.begin(), Frame(frame.tool, frame.lms, "bob").begin()
    assert frame.prove(frame.launch(theirs), mine.value).status_code == 401
    asked = frame.browser.post(
        "/lti/launch",
        data={
            "state": mine.state,
            "id_token": frame.lms.answer_login(theirs.onward, "bob", frame.lms.activities[101])[
                "id_token"
            ],
        },
        headers=FOREIGN,
    )
    refused = frame.prove(asked, mine.value)
    assert refused.status_code == 401
    assert count_visits(frame) == 0


@rule("R-8.1")
def test_a_login_that_went_on_with_a_cookie_is_proven_by_the_cookie_only(
    frame: Frame, lms: Sandbox
) -> None:
    """Nobody gets from a browser that keeps cookies to one that needs none."""
    keeps = Frame(frame.tool, lms, keeps_cookies=True)
    keeps.login()
    onward = keeps.login().headers["Location"]
    answer = lms.answer_login(onward, "alice", lms.activities[101])
    bare = frame.browser.post("/lti/launch", data=answer, headers=FOREIGN)
    assert frame.prove(bare, "x").status_code == 401
    wrong = {"Cookie": f"__Host-st-{data_of(bare)['key'].split('_')[-1]}=x"}
    assert (
        frame.browser.post("/lti/launch", data=answer, headers=FOREIGN | wrong).status_code == 401
    )
    launched = keeps.browser.post("/lti/launch", data=answer, headers=FOREIGN)
    assert launched.status_code == 303
    visit = launched.headers["Location"].split("?")[0]
    code = launched.headers["Location"]
    assert frame.get(code).status_code == 403
    assert keeps.get(code).status_code == 303
    assert frame.get(visit.replace("enter", "mentoring/")).status_code == 403


def test_a_wrong_cookie_is_not_made_good_by_storage(frame: Frame) -> None:
    login = frame.begin()
    asked = frame.launch(login)
    login_id = login.otherwise.split("=")[1].replace("-", "")
    refused = frame.prove(asked, Cookie=f"__Host-st-{login_id}=x")
    assert refused.status_code == 401
    assert count_visits(frame) == 0


def test_the_second_step_of_a_launch_is_for_our_own_pages(frame: Frame) -> None:
    asked = frame.launch(frame.begin())
    for origin in ("https://evil.example", "null", "http://localhost"):
        refused = frame.prove(asked, Origin=origin, Sec_Fetch_Site="cross-site")
        assert refused.status_code == 403, origin
    for sealed in ("x", "é", "gAAAAA", data_of(asked)["launch"][:-4] + "AAAA", "x" * 101_000):
        sent = {"launch": sealed, "stored": "x"}
        assert frame.browser.post(data_of(asked)["to"], data=sent, headers=FETCH).status_code == 400
    something_else = frame.tool.runtime.cipher.encrypt('["token", "a", "b"]')
    sent = {"launch": something_else, "stored": "x"}
    assert frame.browser.post(data_of(asked)["to"], data=sent, headers=FETCH).status_code == 400
    assert frame.browser.post(data_of(asked)["to"], headers=FETCH).status_code == 400
    assert frame.prove(asked).status_code == 200


def test_a_proof_that_comes_too_late_is_refused(frame: Frame) -> None:
    login = frame.begin()
    asked = frame.launch(login)
    with time_machine.travel(real_now() + timedelta(minutes=11)):
        assert frame.prove(asked).status_code == 401
        assert frame.launch(login).status_code == 401


def test_a_token_that_is_not_to_be_trusted_is_refused_after_the_proof(frame: Frame) -> None:
    asked = frame.launch(frame.begin(), lambda claims: claims.update({"nonce": "another"}))
    refused = frame.prove(asked)
    assert refused.status_code == 401
    assert count_visits(frame) == 0


def test_an_lms_that_answers_with_an_error_is_shown_as_everywhere(frame: Frame) -> None:
    login = frame.begin()
    sent = {"error": "login_required", "state": login.state}
    refused = frame.browser.post("/lti/launch", data=sent, headers=FOREIGN)
    assert "login_required" in refused.get_data(as_text=True) or refused.status_code == 400
    assert frame.prove(frame.launch(login)).status_code == 200


def count_visits(frame: Frame) -> int:
    """Return how many visits there are."""
    with transaction(frame.tool.database, read_only=True):
        return db().scalar(select(func.count()).select_from(Visit)) or 0
