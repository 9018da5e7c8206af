"""What an administrator finds who registers by hand: the page of values, and Canvas's file."""

from lti_app.testing.sandbox.tools import ALL_SCOPES
from lti_app.testing.tool import ToolUnderTest
from tests.proofs import rule


@rule("R-7.8")
def test_the_page_shows_every_value_without_a_script(tool: ToolUnderTest) -> None:
    page = tool.browser().get("/lti/setup")
    assert page.status_code == 200
    for value in ("/lti/launch", "/lti/login", "/lti/jwks.json", "/lti/canvas.json"):
        assert f'value="http://127.0.0.1:5000{value}"' in page.text
    assert "ctx_history=$Context.id.history" in page.text
    for scope in ALL_SCOPES:
        assert scope in page.text
    assert "throughline platform add --family moodle" in page.text


def test_the_page_is_not_shown_in_frames(tool: ToolUnderTest) -> None:
    page = tool.browser().get("/lti/setup")
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@rule("R-7.8")
def test_the_file_for_canvas_is_the_same_for_everybody_and_may_be_kept(
    tool: ToolUnderTest,
) -> None:
    answer = tool.browser().get("/lti/canvas.json")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in answer.headers
    assert answer.json is not None
    assert answer.json["target_link_uri"] == "http://127.0.0.1:5000/lti/launch"
    assert set(answer.json["scopes"]) == set(ALL_SCOPES)
    assert answer.data == tool.browser().get("/lti/canvas.json").data
