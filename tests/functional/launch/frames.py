"""A frame in the LMS whose browser keeps no cookie of the tool, as HTTP sees it.

What the script of the pages does (`static/platform-storage.js`) is done here by hand.
"""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import Edit, ToolUnderTest
from tests.conftest import PUBLIC_URL

AGENT = "Frame/1.0"
TARGET = "post_message_forwarding"
#: What a browser sends when a page of ours in the frame makes it ask.
OWN = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}
#: And when the LMS does.
FOREIGN = OWN | {"Sec-Fetch-Site": "cross-site"}
#: And when a script of ours does.
FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Origin": PUBLIC_URL}
_DATA = re.compile(r'data-([a-z]+)="([^"]*)"')


def data_of(page: TestResponse) -> dict[str, str]:
    """Return what a page tells its script."""
    return {name: unescape(value) for name, value in _DATA.findall(page.get_data(as_text=True))}


@dataclass
class Login:
    """A login whose page was shown: what the script knows."""

    page: TestResponse
    frame: str
    key: str
    value: str
    onward: str
    otherwise: str

    @property
    def state(self) -> str:
        """Return what names the login towards the LMS."""
        return parse_qs(urlsplit(self.onward).query)["state"][0]


@dataclass
class Frame:
    """One person's frame; `keeps_cookies` is for browsers that change their mind."""

    tool: ToolUnderTest
    lms: Sandbox
    person: str = "alice"
    keeps_cookies: bool = False
    activity: int = 101
    agent: str = AGENT
    #: What the LMS's storage holds.
    stored: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser = self.tool.app.test_client(use_cookies=self.keeps_cookies)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Follow a link of one of our pages; headers may say something else."""
        return self.browser.get(path, headers=self._headers(OWN, headers))

    def post(self, path: str, data: dict[str, str], **headers: str) -> TestResponse:
        """Send a form of one of our pages."""
        own = OWN | {"Origin": PUBLIC_URL}
        return self.browser.post(path, data=data, headers=self._headers(own, headers))

    def login(self, target: str | None = TARGET, **headers: str) -> TestResponse:
        """Let the LMS begin a login; returns the answer, whatever it is."""
        given = self.lms.make_login(self.person, self.lms.activities[self.activity])
        given |= {"lti_storage_target": target} if target is not None else {}
        return self.browser.post("/lti/login", data=given, headers=self._headers(FOREIGN, headers))

    def begin(self) -> Login:
        """Log in, and let the LMS keep the proof."""
        page = self.login()
        assert page.status_code == 200, page.get_data(as_text=True)
        told = data_of(page)
        login = Login(
            page, told["frame"], told["key"], told["value"], told["onward"], told["otherwise"]
        )
        self.stored[login.key] = login.value
        return login

    def launch(self, login: Login, edit: Edit | None = None, **headers: str) -> TestResponse:
        """Post the LMS's answer."""
        activity = self.lms.activities[self.activity]
        given = self.lms.answer_login(login.onward, self.person, activity, edit)
        return self.browser.post("/lti/launch", data=given, headers=self._headers(FOREIGN, headers))

    def prove(self, asked: TestResponse, stored: str | None = None, **headers: str) -> TestResponse:
        """Give a launch back with what the LMS keeps for it."""
        told = data_of(asked)
        value = self.stored.get(told["key"], "") if stored is None else stored
        return self.browser.post(
            told["to"],
            data={"launch": told["launch"], "stored": value},
            headers=self._headers(FETCH, headers),
        )

    def prove_launch(self, edit: Edit | None = None) -> dict[str, Any]:
        """Do all that leads up to the visit; returns what the script is answered."""
        proven = self.prove(self.launch(self.begin(), edit))
        assert proven.status_code == 200, proven.get_data(as_text=True)
        answer: dict[str, Any] = proven.get_json()
        if answer["keeps"]:
            self.stored[answer["keeps"]["key"]] = answer["keeps"]["value"]
        return answer

    def enter(self, edit: Edit | None = None) -> str:
        """Launch and enter without a cookie; returns the address of the visit."""
        entered = self.get(self.prove_launch(edit)["address"])
        assert entered.status_code == 200, entered.get_data(as_text=True)
        path: str = data_of(entered)["url"]
        assert path.startswith("/v/")
        return path.removesuffix("/")

    def _headers(self, own: dict[str, str], changed: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in changed.items()}
        every = own | {"User-Agent": self.agent} | named
        return {name: value for name, value in every.items() if value != ""}
