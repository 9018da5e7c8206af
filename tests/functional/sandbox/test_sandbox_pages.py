"""What people see in the sandbox LMS."""

import re

from flask.testing import FlaskClient

from lti_app.testing.sandbox import Activity, Sandbox
from tests.functional.sandbox.calls import Services

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GRADES = "/grade/report/grader/index.php?id=2"


def test_the_front_page_offers_everybody_to_be_clicked(client: FlaskClient) -> None:
    page = client.get("/").text
    for username in ("adam", "tina", "nina", "alice", "bob", "charlie"):
        assert f'action="/as/{username}"' in page


def test_a_chosen_person_is_named_on_every_page(client: FlaskClient) -> None:
    assert "Alice Adams" in client.get("/as/alice?next=/course/2", follow_redirects=True).text
    assert client.post("/as/bob", data={"next": "/course/3"}).location == "/course/3"
    assert 'data-username="bob"' in client.get("/course/3").text


def test_choosing_a_person_never_leads_to_another_site(client: FlaskClient) -> None:
    for elsewhere in ("https://evil.example", "//evil.example", "/\\evil.example"):
        assert client.get("/as/alice", query_string={"next": elsewhere}).location == "/"


def test_switching_ends_the_session(client: FlaskClient) -> None:
    client.get("/as/alice")
    client.get("/switch")
    assert client.get("/course/2").location == "/?next=/course/2"


def test_only_chrome_gets_a_session_cookie_for_frames(client: FlaskClient) -> None:
    chrome = client.get("/as/alice", headers={"User-Agent": CHROME}).headers["Set-Cookie"]
    firefox = client.get("/as/alice", headers={"User-Agent": FIREFOX}).headers["Set-Cookie"]
    assert chrome.startswith("MoodleSession8000=")
    assert "Secure" in chrome
    assert "SameSite=None" in chrome
    assert "SameSite" not in firefox
    assert "Secure" not in firefox


def test_the_course_page_links_activities_and_grades(
    client: FlaskClient, activity: Activity
) -> None:
    page = client.get("/as/alice?next=/course/2", follow_redirects=True).text
    assert page.count("/mod/lti/view.php?id=") == 3
    assert f"/mod/lti/view.php?id={activity.cmid}" in page
    assert GRADES in page


def test_an_activity_is_shown_in_a_frame_like_moodles(
    client: FlaskClient, activity: Activity
) -> None:
    client.get("/as/alice")
    answer = client.get(f"/mod/lti/view.php?id={activity.cmid}")
    frame = re.search(r"<iframe.*?>", answer.text, re.DOTALL)
    assert frame
    assert f'src="/mod/lti/launch.php?id={activity.cmid}"' in frame[0]
    assert "microphone http://127.0.0.1:5000" in frame[0]
    assert "clipboard" not in frame[0]
    assert "storage-access" not in frame[0]
    assert "sandbox" not in frame[0]


def test_three_frames_stand_on_one_page(client: FlaskClient) -> None:
    page = client.get("/as/alice?next=/course/2/three", follow_redirects=True).text
    assert len(set(re.findall(r'src="(/mod/lti/launch.php\?id=\d+)"', page))) == 3


def test_no_page_forbids_to_be_framed(client: FlaskClient, activity: Activity) -> None:
    client.get("/as/alice")
    for path in ("/", "/course/2", f"/mod/lti/launch.php?id={activity.cmid}", "/mod/lti/auth.php"):
        headers = client.get(path).headers
        assert "X-Frame-Options" not in headers
        assert "frame-ancestors" not in headers.get("Content-Security-Policy", "")


def test_strangers_and_suspended_people_cannot_enter(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.add_person("sara", "Sara", "Stranger")
    alice = sandbox.people["alice"]
    activity.course.enrolments[alice.id].suspended = True
    for username in ("sara", "alice"):
        client.get(f"/as/{username}")
        assert client.get("/course/2").status_code == 404
        assert client.get(f"/mod/lti/launch.php?id={activity.cmid}").status_code == 404


def test_the_administrator_enters_without_being_enrolled(client: FlaskClient) -> None:
    client.get("/as/adam")
    assert client.get("/course/2").status_code == 200


def test_a_student_sees_only_the_own_row(client: FlaskClient) -> None:
    client.get("/as/bob")
    assert set(
        re.findall(r'<td data-user="\d+"\s+data-username="(\w+)"', client.get(GRADES).text)
    ) == {"bob"}


def test_teachers_see_every_students_row(client: FlaskClient) -> None:
    for username in ("tina", "nina", "adam"):
        client.get(f"/as/{username}")
        page = client.get(GRADES).text
        rows = set(re.findall(r'<td data-user="\d+"\s+data-username="(\w+)"', page))
        assert rows == {"alice", "bob", "charlie"}
        assert ("Edit a grade" in page) is (username != "nina")


def _save(client: FlaskClient, sandbox: Sandbox, activity: Activity, **fields: str) -> int:
    sesskey = re.search(r'name="sesskey" value="(\w+)"', client.get(GRADES).text)
    form = {
        "sesskey": sesskey[1] if sesskey else "",
        "user": str(sandbox.people["alice"].id),
        "item": str(activity.column_id),
    }
    return client.post(GRADES, data=form | fields).status_code


def test_a_grade_that_a_teacher_types_overrides(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    assert _save(client, sandbox, activity, grade="62.5", feedback="Good") == 302
    cell = sandbox.grade(activity, "alice")
    assert (cell.final, cell.feedback, cell.overridden) == (62.5, "Good", True)
    assert 'data-grade="62.50"' in client.get(GRADES).text


def test_a_teacher_locks_a_grade_and_a_column(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    client.get("/as/tina")
    _save(client, sandbox, activity, locked="on", column_locked="on")
    assert sandbox.grade(activity, "alice").locked
    assert activity.column_id
    assert sandbox.gradebook.columns[activity.column_id].locked
    _save(client, sandbox, activity)
    assert sandbox.grade(activity, "alice").locked
    _save(client, sandbox, activity, locked="off", column_locked="off")
    assert not sandbox.grade(activity, "alice").locked


def test_a_teacher_lets_the_tools_grade_count_again(
    client: FlaskClient, services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    services.post_score(activity, "alice")
    client.get("/as/tina")
    _save(client, sandbox, activity, grade="10")
    _save(client, sandbox, activity, overridden="off")
    cell = sandbox.grade(activity, "alice")
    assert (cell.final, cell.overridden) == (80.0, False)


def test_nobody_but_teachers_writes_grades(
    client: FlaskClient, sandbox: Sandbox, activity: Activity
) -> None:
    for username in ("alice", "nina"):
        client.get(f"/as/{username}")
        assert _save(client, sandbox, activity, grade="100") == 403


def test_what_a_tool_says_on_return_is_shown_as_text(client: FlaskClient) -> None:
    page = client.get("/mod/lti/return.php?course=2&lti_msg=<b>Done</b>&lti_errormsg=Oh").text
    assert "&lt;b&gt;Done&lt;/b&gt;" in page
    assert "Oh" in page
