"""Sessions of the LMS itself: who is signed in, and which launches this browser has begun."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.tools import Activity


@dataclass
class LmsSession:
    """One browser's session. Each launch it begins is kept under its launch id, once."""

    id: str
    person: Person
    sesskey: str = field(default_factory=lambda: secrets.token_hex(5))
    launches: dict[str, Activity] = field(default_factory=dict)

    def begin_launch(self, activity: Activity) -> str:
        launch_id = new_launch_id(activity)
        self.launches[launch_id] = activity
        return launch_id


def new_launch_id(activity: Activity) -> str:
    return f"ltilaunch{activity.id}_{secrets.randbelow(2**31)}"


class Sessions:
    """All sessions, by the value of the cookie."""

    def __init__(self) -> None:
        self._sessions: dict[str, LmsSession] = {}

    def open(self, person: Person) -> LmsSession:
        session = LmsSession(secrets.token_hex(13), person)
        self._sessions[session.id] = session
        return session

    def find(self, cookie: str | None) -> LmsSession | None:
        return self._sessions.get(cookie or "")

    def close(self, cookie: str | None) -> None:
        self._sessions.pop(cookie or "", None)
