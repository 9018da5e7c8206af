"""The LMS's storage for tools: promised in the login, and answered by a frame beside the tool's."""

import pytest
from flask.testing import FlaskClient

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.sandbox.app import create_app
from lti_app.testing.sandbox.storage import STORAGE_MODES
from tests.functional.sandbox.calls import TOOL_URL

_PAGE = "/courses/2/assignments/101"


@pytest.mark.parametrize("mode", STORAGE_MODES)
def test_a_login_names_the_frame_that_the_page_has(
    sandbox: Sandbox, client: FlaskClient, mode: str
) -> None:
    assert client.post("/sandbox/switch", json={"storage": mode}).status_code == 200
    target = sandbox.make_login("alice", sandbox.activities[101]).get("lti_storage_target")
    assert target == {"none": None, "parent": "_parent"}.get(mode, "post_message_forwarding")
    client.get("/as/alice")
    page = client.get(_PAGE).get_data(as_text=True)
    assert ('name="post_message_forwarding"' in page) is (mode != "none")
    frame = client.get("/post_message_forwarding")
    assert frame.status_code == (404 if mode == "none" else 200)


def test_an_unknown_way_to_behave_is_refused(client: FlaskClient) -> None:
    assert client.post("/sandbox/switch", json={"storage": "?"}).status_code == 400


def test_moodle_has_no_storage() -> None:
    lms = Sandbox.demo("http://localhost:8000", TOOL_URL)
    assert "lti_storage_target" not in lms.make_login("alice", lms.activities[101])
    client = create_app(lms).test_client()
    client.get("/as/alice")
    page = client.get(lms.profile.activity_path(lms.activities[101])).get_data(as_text=True)
    assert "<iframe" in page
    assert "post_message_forwarding" not in page
