"""The LMS's storage for tools: promised in the login, and answered by a frame beside the tool's."""

import pytest
import requests

from lti_app.testing.sandbox import Sandbox, serve
from lti_app.testing.sandbox.storage import STORAGE_MODES

TOOL = "http://127.0.0.1:5000"


@pytest.mark.parametrize("mode", STORAGE_MODES)
def test_a_login_names_the_frame_that_the_page_has(mode: str) -> None:
    lms = Sandbox.demo("http://localhost:0", TOOL, profile="canvas")
    with serve(lms) as server:
        answer = requests.post(f"{server.url}/sandbox/switch", json={"storage": mode}, timeout=5)
        assert answer.status_code == 200
        activity = lms.activities[101]
        target = lms.make_login("alice", activity).get("lti_storage_target")
        assert target == {"none": None, "parent": "_parent"}.get(mode, "post_message_forwarding")
        browser = requests.Session()
        browser.get(f"{server.url}/as/alice", timeout=5)
        page = browser.get(server.url + lms.profile.activity_path(activity), timeout=5).text
        assert ('name="post_message_forwarding"' in page) is (mode != "none")
        frame = browser.get(f"{server.url}/post_message_forwarding", timeout=5)
        assert frame.status_code == (404 if mode == "none" else 200)
        refused = requests.post(f"{server.url}/sandbox/switch", json={"storage": "?"}, timeout=5)
        assert refused.status_code == 400


def test_moodle_has_no_storage() -> None:
    lms = Sandbox.demo("http://localhost:0", TOOL)
    with serve(lms) as server:
        assert "lti_storage_target" not in lms.make_login("alice", lms.activities[101])
        browser = requests.Session()
        browser.get(f"{server.url}/as/alice", timeout=5)
        page = browser.get(server.url + lms.profile.activity_path(lms.activities[101]), timeout=5)
        assert "post_message_forwarding" not in page.text
