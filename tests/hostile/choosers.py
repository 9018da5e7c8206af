"""Attacks on an LMS's question for links, once it is open in somebody's browser."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Attack, Blow, Case
from tests.hostile.visits import NOBODY, OWN, found_token

_VALUES = {"title": "Mine", "points": "1", "option-sides": "both", "add": "1"}


@dataclass
class Chooser:
    """A question that is open.

    Attributes:
        visit: the address of its visit.
        token: what its forms carry.
    """

    arena: Arena
    browser: Browser
    visit: str
    token: str

    def post(self, path: str, browser: Browser | None = None) -> Blow:
        """Press a button of it."""
        data = {"csrf_token": self.token, **_VALUES}
        address = f"{self.visit}/place/{path}"
        return self.arena.strike("POST", address, browser or self.browser, data=data, headers=OWN)


def open_chooser(arena: Arena, person: str = "tina", course: str = "") -> Chooser:
    """Let the LMS ask somebody for links."""
    login = arena.begin(person=person, source=arena.lms.selection(course))
    answer = arena.launch(login, arena.lms.sign(login.claims)).answer
    assert answer.status_code == 303, answer.text
    arena.process.get(answer.headers["Location"], login.browser)
    visit = "/".join(answer.headers["Location"].split("/")[:3])
    page = arena.process.get(f"{visit}/place/new/mentoring", login.browser)
    token = found_token(page.text) if page.status_code == 200 else ""
    return Chooser(arena, login.browser, visit, token)


def _by(who: Callable[[Arena, Chooser], Browser], path: str, method: str = "POST") -> Attack:
    """Return an attack on Tina's open question from a browser that is not hers."""

    def attack(arena: Arena) -> Blow:
        chooser = open_chooser(arena)
        browser = who(arena, chooser)
        if method == "GET":
            return arena.strike("GET", f"{chooser.visit}/place/{path}", browser)
        return chooser.post(path, browser)

    return attack


def _nobody(_arena: Arena, _chooser: Chooser) -> Browser:
    return Browser()


def _learner(arena: Arena, _: Chooser) -> Browser:
    return arena.enter("bob")[0]


def _teacher(arena: Arena, _: Chooser) -> Browser:
    return open_chooser(arena, "tina", "Leadership 101").browser


def _after(*before: str, then: str) -> Attack:
    """Return an attack on a question that was answered already."""

    def attack(arena: Arena) -> Blow:
        chooser = open_chooser(arena)
        for path in before:
            assert chooser.post(path).answer.status_code == 303
        return chooser.post(then)

    return attack


def _after_leaving(path: str) -> Attack:
    """Return an attack on a question after its visit was ended."""

    def attack(arena: Arena) -> Blow:
        chooser = open_chooser(arena)
        address = f"{chooser.visit}/me/leave"
        data = {"csrf_token": chooser.token}
        arena.strike("POST", address, chooser.browser, data=data, headers=OWN)
        return chooser.post(path)

    return attack


def _with(path: str, headers: Mapping[str, str], *, token: bool = True) -> Attack:
    def attack(arena: Arena) -> Blow:
        chooser = open_chooser(arena)
        data = {**_VALUES, **({"csrf_token": chooser.token} if token else {})}
        address = f"{chooser.visit}/place/{path}"
        return arena.strike("POST", address, chooser.browser, data=data, headers=headers)

    return attack


def choosers() -> Iterator[Case]:
    """Answers to a question of an LMS by who was not asked, too late, twice, or elsewhere."""
    makers = {"nobody": _nobody, "a learner": _learner, "a chooser of another course": _teacher}
    for name, who in makers.items():
        for path in ("new/mentoring", "send", "leave", "copy"):
            yield Case(f"{name}: {path}", _by(who, path), 403, "visit_over")
        for path in ("", "answer"):
            yield Case(f"{name} looks at {path or 'it'}", _by(who, path, "GET"), 403, "visit_over")
    made = "new/mentoring"
    yield Case("a second answer", _after(made, then=made), 409, "answered")
    yield Case("an answer after none", _after("leave", then=made), 409, "answered")
    evil = {"Origin": "https://evil.example"}
    yield Case("an answer from another site", _with(made, evil), 403, "form_expired")
    no_token = _with(made, OWN, token=False)
    yield Case("an answer without its token", no_token, 403, "form_expired")
    yield Case("an answer after leaving", _after_leaving(made), 403, "visit_over")
    for path in (f"activity/{NOBODY}", f"activity/{NOBODY}/again", "new/knitting"):
        yield Case(path, _with(path, OWN), 404, "not_found")
