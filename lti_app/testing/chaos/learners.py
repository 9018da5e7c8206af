"""People who sign up, again and again until the tool has told them that it is done."""

import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Final

import requests

from lti_app.testing.browser import BrowserError, HttpBrowser
from lti_app.testing.journey import walk
from lti_app.testing.sandbox import Sandbox

COURSE: Final = "Leading People"
ACTIVITY: Final = "Mentoring sign-up"
#: After this many tries somebody has lost patience with a tool that is killed all the time.
_MOST_TRIES = 60
_DONE = "You are signed up"


@dataclass
class Learners:
    """The learners of one run, with a browser each.

    Attributes:
        lms: which they open the activity in.
        chance: how long they wait between two tries.
        told: whom the tool has answered with 2xx or 3xx that their work is done.
    """

    lms: Sandbox
    chance: Random
    told: set[str] = field(default_factory=set)

    def sign_up(self, username: str) -> None:
        """Do one learner's work."""
        for _ in range(_MOST_TRIES):
            with (
                suppress(requests.RequestException, BrowserError),
                closing(HttpBrowser()) as browser,
            ):
                if self._try(browser, username):
                    self.told.add(username)
                    return
            time.sleep(self.chance.uniform(0.2, 1.0))

    def can_see(self, tool_url: str) -> bool:
        """Tell whether the tool answers."""
        with suppress(requests.RequestException), closing(HttpBrowser()) as browser:
            return browser.get(f"{tool_url}/readyz").status == 200
        return False

    def _try(self, browser: HttpBrowser, username: str) -> bool:
        """Open the activity and hand in; returns whether the tool says that it is done."""
        page = browser.get(f"{self.lms.base_url}/as/{username}?next=/")
        page = browser.open_frame(browser.click(browser.click(page, COURSE), ACTIVITY))
        if page.status == 200 and _DONE in page.text:
            # An earlier try was stored, and its answer was lost.
            return True
        answer = walk(browser, page, {"side": "mentee"}, until_sent=True)
        return 200 <= answer.status < 400
