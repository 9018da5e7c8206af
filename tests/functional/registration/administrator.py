"""The administrator of an LMS, who registers the tool there with two browsers' worth of clicks."""

import re
from urllib.parse import urlsplit

from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox, create_app
from lti_app.testing.tool import ToolUnderTest

OWN = {"Origin": "http://127.0.0.1:5000"}
#: Canvas's session cookie is for https alone.
_SECURE = "https://localhost"
_CODE = re.compile(r'name="code"[^>]*value="([^"]+)"')
_PARAMETER = {"moodle": "url", "canvas": "registration_url"}
_START = {"moodle": "/mod/lti/startltiadvregistration.php", "canvas": "/api/lti/register"}


class Administrator:
    """Adam, signed in to his LMS; what he does in the LMS's frame goes to the tool."""

    def __init__(self, tool: ToolUnderTest, lms: Sandbox) -> None:
        self._tool = tool
        self._lms = lms
        self._family = lms.profile.family
        self._browser = create_app(lms).test_client()
        self._browser.get("/as/adam", base_url=_SECURE)

    def start(self, invite: str, **parameters: str) -> str:
        """Enter the tool's address in the LMS; returns where its frame is sent then."""
        url = f"http://127.0.0.1:5000/lti/register?invite={invite}"
        answer = self._browser.get(
            _START[self._family],
            query_string={_PARAMETER[self._family]: url, **parameters},
            base_url=_SECURE,
        )
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def open(self, address: str) -> TestResponse:
        """Open what the LMS's frame is sent to."""
        parts = urlsplit(address)
        return self._tool.browser().get(f"{parts.path}?{parts.query}")

    def ask(self, invite: str, **parameters: str) -> TestResponse:
        """Enter the address and open the frame."""
        return self.open(self.start(invite, **parameters))

    def confirm(self, page: TestResponse, identity: str = "yes") -> TestResponse:
        """Press the button of the page."""
        return self.send(code_of(page), identity)

    def send(self, code: str, identity: str = "yes") -> TestResponse:
        """Send a page's code."""
        data = {"code": code, "identity": identity}
        return self._tool.browser().post("/lti/register", data=data, headers=OWN)

    def register(self, invite: str, identity: str = "yes", **parameters: str) -> TestResponse:
        """Do all of it."""
        page = self.ask(invite, **parameters)
        assert page.status_code == 200, page.text
        return self.confirm(page, identity)

    def activate(self, tool_id: int, *scopes: str) -> None:
        """Switch a registered tool on, with these rights only if any are named."""
        path = f"{self._lms.profile.tools_path}/{tool_id}/activate"
        answer = self._browser.post(path, data={"scope": [*scopes]}, base_url=_SECURE)
        assert answer.status_code == 302, answer.text


def code_of(page: TestResponse) -> str:
    """Return the code in a page's form."""
    return code_in(page.text)


def code_in(html: str) -> str:
    """Return the code in the form of a page as text."""
    found = _CODE.search(html)
    assert found, html
    return found[1]


def says(page: TestResponse) -> tuple[int, str, str]:
    """Return a page's status, the code that it quotes, and its heading."""
    code = re.search(r"<code>([a-z_]+) ·", page.text)
    heading = re.search(r"<h1>([^<]*)</h1>", page.text)
    return page.status_code, code[1] if code else "", heading[1] if heading else ""
