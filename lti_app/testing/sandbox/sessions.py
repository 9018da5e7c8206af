"""Sessions of the LMS itself: who is signed in, and which launches this browser has begun."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from lti_app.testing.sandbox.content import Item
from lti_app.testing.sandbox.people import Person
from lti_app.testing.sandbox.tools import Selection, Source


@dataclass(frozen=True)
class Picked:
    """What a tool answered to a selection; it waits for the teacher to save it."""

    selection: Selection
    items: tuple[Item, ...]


@dataclass
class LmsSession:
    """One browser's session. Each launch it begins is kept under its launch id, once."""

    id: str
    person: Person
    sesskey: str = field(default_factory=lambda: secrets.token_hex(5))
    launches: dict[str, Source] = field(default_factory=dict)
    picked: dict[str, Picked] = field(default_factory=dict)
    #: To be shown on the next page of a course: kind and words.
    notices: list[tuple[str, str]] = field(default_factory=list)

    def begin_launch(self, source: Source) -> str:
        launch_id = new_launch_id(source)
        self.launches[launch_id] = source
        return launch_id

    def keep_picked(self, picked: Picked) -> str:
        """Keep an answer until it is saved; returns its key."""
        key = secrets.token_hex(5)
        self.picked[key] = picked
        return key


def new_launch_id(source: Source) -> str:
    number = secrets.randbelow(2**31)
    if isinstance(source, Selection):
        return f"ltilaunch_ContentItemSelectionRequest{number}"
    return f"ltilaunch{source.id}_{number}"


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
