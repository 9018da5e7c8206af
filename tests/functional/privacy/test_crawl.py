"""Every address of the tool, asked for by everybody: what `docs/permissions.md` says, and no more.

With one's own ids and with others', with each method, with and without the token of the visit. By
default one of each hat asks for what it must not have, and all those who may ask for everything;
`make crawl` lets everybody ask for everything, and sends what makes no sense as well.
"""

import io
import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.domain.permissions import Hat, Reach, reach_of
from lti_app.testing.sandbox import LoopbackServer, Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.guards import Public, Requires, guard_of
from tests.functional.mentoring.visitors import OWN, Visitor
from tests.functional.privacy.crawl import Target, csrf_token_of, fingerprint, leads_to, targets
from tests.functional.privacy.everybody import (
    ADMINISTRATORS,
    AUTHORS,
    EVERYBODY,
    GUESTS,
    LEARNERS,
    PREVIEWS,
    REVIEWERS,
    TEAM,
    Everybody,
    open_everybody,
)
from tests.functional.privacy.expectations import (
    EXCEPTIONS,
    EXCEPTIONS_OF_ACTS,
    FORMS,
    KEPT,
    LAST,
    PUBLIC,
    ROWS,
    WHOLE_TEAM,
)
from tests.functional.privacy.planting import READERS, TO_CHOOSE, found_in, written_elsewhere
from tests.functional.privacy.world import TERMS
from tests.post_office import PostOffice

HATS: Final[Mapping[Hat, tuple[str, ...]]] = {
    Hat.AUTHOR: AUTHORS,
    Hat.REVIEWER: REVIEWERS,
    Hat.LEARNER: LEARNERS,
    Hat.PREVIEW: PREVIEWS,
    Hat.GUEST: GUESTS,
    Hat.ADMINISTRATOR: ADMINISTRATORS,
    Hat.LEARNING_AND_DEVELOPMENT: TEAM,
}
#: One of each hat; Lena runs one programme alone.
ONE_OF_EACH: Final = ("tina", "nina", "alice", "preview", "gus", "ada", "lena")
#: People of another organisation, and of another programme.
FAR: Final = ("emma", "ed", "eve", "erin")
#: Those who have written something of their own, and where it stands.
OTHERS_AT_WORK: Final = ("bob", "charlie", "mona", "olga")
OWN_WORK: Final = frozenset({"mentoring", "practice", "pairs", "me"})
IS_LONG: Final = "LONG" in os.environ
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "strict-origin",
    "X-Content-Type-Options": "nosniff",
}
#: How a form is answered that somebody may send: done, or refused in words.
TAKEN: Final = (200, 303, 400, 409, 422)
_NOT_FOUND: Final = 404
FOREIGN: Final = {"Origin": "https://evil.example"}
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: What no form of ours sends: it is refused, or taken as nothing, and never a fault.
NONSENSE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("note", "wish", "name", "title", "why", "words", "reason", "people"), "\x00"),
    **dict.fromkeys(("days", "weeks", "seats", "number", "page", "minutes", "points"), "9" * 30),
    **dict.fromkeys(("person", "course", "notice", "ruling", "newest", "group"), "not-an-id"),
    **dict.fromkeys(("act", "answer", "mark", "step", "kind", "hat", "code", "form"), "x" * 5000),
    **dict.fromkeys(("until", "day", "due_on", "held_on", "starts_on", "ends_on"), "31.02.2027"),
    **dict.fromkeys(("revision", "writer", "seen", "consent_version", "round"), "-1"),
}


@pytest.fixture
def everybody(
    registered_tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox, lines: io.StringIO
) -> Iterator[Everybody]:
    """Return the whole world, with a grade book that the tool can write to."""
    with LoopbackServer(registered_tool.app.wsgi_app) as server:
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield open_everybody(registered_tool, lms, elsewhere)


class Crawl:
    """Requests of everybody, and what was wrong with the answers."""

    def __init__(self, everybody: Everybody) -> None:
        self.everybody = everybody
        self.faults: list[str] = []
        #: Person → planted words that stood in an answer.
        self.found: dict[str, set[str]] = {who: set() for who in EVERYBODY}
        self._tokens: dict[int, str] = {}
        self._stored = fingerprint(everybody.tool.database)

    def visit_of(self, who: str, target: Target) -> Visitor:
        """Return the visit in which somebody asks for something."""
        return self.everybody.visit_for(who, target.blueprint)

    def get(self, who: str, target: Target) -> TestResponse:
        """Open a page."""
        return self._keep(who, self.visit_of(who, target).get(target.path))

    def post(self, who: str, target: Target, values: Mapping[str, Any]) -> TestResponse:
        """Send a form with the token of the visit."""
        visitor = self.visit_of(who, target)
        data = {"csrf_token": self.token(visitor), **values}
        address = visitor.visit + target.path
        return self._keep(who, visitor.browser.post(address, data=data, headers=OWN))

    def expect(self, who: str, target: Target, answer: TestResponse, *expected: int) -> None:
        """Note an answer with another status, or without the headers that every answer has."""
        status = answer.status_code
        if who in target.near:
            # That a part of their own is not there may be told in any words.
            expected = (*expected, 303, 409, 422)
        if status not in expected:
            self.faults.append(f"{who}: {target}: {status}, not {expected}")
        headers = {name: answer.headers.get(name) for name in HEADERS}
        if headers != dict(HEADERS) and target.endpoint not in KEPT:
            self.faults.append(f"{who}: {target}: {answer.headers}")
        policy = answer.headers.get("Content-Security-Policy", "")
        if "script-src 'self'" not in policy or "frame-ancestors" not in policy:
            self.faults.append(f"{who}: {target}: {policy}")

    def expect_unchanged(self, what: object) -> None:
        """Note that something has changed what is stored."""
        now = fingerprint(self.everybody.tool.database)
        changed = [name for name in now if now[name] != self._stored[name]]
        if changed:
            self.faults.append(f"{what} changed {changed}")
        self._stored = now

    def token(self, visitor: Visitor) -> str:
        """Return the token of the forms of a visit, also where no page of it has a form."""
        if id(visitor) not in self._tokens:
            self._tokens[id(visitor)] = csrf_token_of(self.everybody.tool, visitor)
        return self._tokens[id(visitor)]

    def _keep(self, who: str, answer: TestResponse) -> TestResponse:
        self.found[who] |= found_in(answer)
        return answer


def who_asks(target: Target) -> list[str]:
    """Return who asks for something: all who may, one of each hat, and whose others' things are."""
    if IS_LONG:
        return list(EVERYBODY)
    near = [who for who in ONE_OF_EACH if who in target.lets]
    if not target.is_own:
        return near[:1]
    allowed = target.opens if target.opens is not None else near
    at_work = OTHERS_AT_WORK if target.blueprint in OWN_WORK and target.opens is None else ()
    more = [who for who in (*at_work, *FAR) if who in target.lets]
    return list(dict.fromkeys([*allowed, *(ONE_OF_EACH if target.is_first else near), *more]))


def refusal_for(who: str, target: Target, everybody: Everybody) -> int | None:
    """Return the status with which somebody is refused; None where they are not."""
    refusal = target.refusal_for(who, everybody)
    if refusal == _NOT_FOUND and target.is_routed:
        return EXCEPTIONS.get((who, target.endpoint), refusal)
    return refusal


def opener_of(target: Target, everybody: Everybody) -> str | None:
    """Return one for whom there is something, or None."""
    return next((who for who in EVERYBODY if refusal_for(who, target, everybody) is None), None)


def test_a_guard_lets_in_whom_the_row_of_its_address_names(tool: ToolUnderTest) -> None:
    hats = {name: hat for hat, names in HATS.items() for name in names}
    wrong = {}
    for rule in tool.app.url_map.iter_rules():
        guard = guard_of(tool.app.view_functions[rule.endpoint])
        if isinstance(guard, Requires):
            lets = {
                name
                for name, hat in hats.items()
                if reach_of(hat, guard.action, guard.kind).covers(guard.of)
                and (guard.of is not Reach.ORGANISATION or name in WHOLE_TEAM)
            }
            wrong[rule.endpoint] = lets ^ set(ROWS[rule.endpoint].lets)
        elif isinstance(guard, Public):
            wrong[rule.endpoint] = set() if rule.endpoint in PUBLIC else {"no row"}
    assert {endpoint: names for endpoint, names in wrong.items() if names} == {}


def test_every_address_is_there_for_those_of_its_row_and_for_nobody_else(
    everybody: Everybody, lines: io.StringIO, office: PostOffice
) -> None:
    crawl = Crawl(everybody)
    app = everybody.tool.app
    pages, acts = targets(app, everybody.ids, "GET"), targets(app, everybody.ids, "POST")
    read_everything(crawl, pages)
    try_what_is_not_theirs(crawl, acts)
    come_as_somebody_else(crawl, [*pages, *acts])
    use_wrong_methods(crawl, [*pages, *acts])
    send_from_elsewhere(crawl, acts)
    ask_for_what_is_public(crawl)
    assert "\n".join(crawl.faults) == ""
    assert words_astray(crawl) == {}
    endings = [target for target in acts if target.endpoint in LAST]
    send_empty_forms(crawl, [target for target in acts if target not in endings])
    assert written_elsewhere(everybody.world, lines, office) == {
        "mail": set(),
        "notices": set(),
        "gradebook": set(),
        "log": set(),
        "words.csv": {word for word in TO_CHOOSE if word in TERMS.decode()},
        "lines.csv": {"plantedmanager"},
    }
    for target in sorted(endings, key=lambda one: LAST.index(one.endpoint)):
        send_empty_forms(crawl, [target] if target.is_first else [], only_the_first=True)
    assert "\n".join(crawl.faults) == ""


def words_astray(crawl: Crawl) -> dict[str, set[str]]:
    """Return which planted words somebody came across who must not, and which nobody did."""
    may = {who: {word for word, names in READERS.items() if who in names} for who in EVERYBODY}
    astray = {who: found - may[who] for who, found in crawl.found.items()}
    astray["nobody"] = set().union(*may.values()) - set().union(*crawl.found.values())
    return {who: words for who, words in astray.items() if words}


def read_everything(crawl: Crawl, pages: list[Target]) -> None:
    """Let everybody open all pages: looking changes nothing."""
    for target in pages:
        for who in who_asks(target):
            refusal = refusal_for(who, target, crawl.everybody)
            answer = crawl.get(who, target)
            crawl.expect(who, target, answer, *((200, 303) if refusal is None else (refusal,)))
    crawl.expect_unchanged("looking")


def try_what_is_not_theirs(crawl: Crawl, acts: list[Target]) -> None:
    """Let everybody send a good form where they may not."""
    for target in acts:
        for who in who_asks(target):
            refusal = refusal_for(who, target, crawl.everybody)
            if refusal is not None:
                form = FORMS.get(target.endpoint, {})
                crawl.expect(who, target, crawl.post(who, target, form), refusal)
        if target.is_own:
            crawl.expect_unchanged(target)
    crawl.expect_unchanged("what is not theirs")


def come_as_somebody_else(crawl: Crawl, everything: list[Target]) -> None:
    """Use the address of somebody's visit without a cookie, and with the cookies of another."""
    nobody, everybody = crawl.everybody.tool.browser(), crawl.everybody
    for target in everything:
        who = opener_of(target, everybody) if target.is_first else None
        if who is None:
            continue
        address = crawl.visit_of(who, target).visit + target.path
        stranger = everybody.world.people["olga" if who != "olga" else "bob"].browser
        for name, browser in (("nobody", nobody), ("a stranger", stranger)):
            answer = browser.open(address, method=target.method, headers=OWN)
            crawl.expect(name, target, answer, 403)
            # The one link is the one that skips to the content of the page.
            if (
                b"<form" in answer.data
                or b"<script" in answer.data
                or answer.data.count(b"<a ") > 1
            ):
                crawl.faults.append(f"{name}: {target}: this page can do something")
    crawl.expect_unchanged("others' visits")


def use_wrong_methods(crawl: Crawl, everything: list[Target]) -> None:
    """Ask for addresses with the methods that they do not take."""
    app = crawl.everybody.tool.app
    for target in everything:
        who = opener_of(target, crawl.everybody) if target.is_first else None
        if who is None:
            continue
        visitor = crawl.visit_of(who, target)
        for method in METHODS:
            if leads_to(app, target.path, method) is None:
                address = visitor.visit + target.path
                answer = visitor.browser.open(address, method=method, headers=OWN)
                crawl.expect(f"{who} by {method}", target, answer, 405)
    crawl.expect_unchanged("wrong methods")


def send_from_elsewhere(crawl: Crawl, acts: list[Target]) -> None:
    """Send forms without the token of the visit, and from another site with it."""
    for target in acts:
        who = opener_of(target, crawl.everybody) if target.is_first else None
        if who is not None:
            visitor = crawl.visit_of(who, target)
            address = visitor.visit + target.path
            for headers, token in ((OWN, ""), (FOREIGN, crawl.token(visitor))):
                data = {"act": "x", "csrf_token": token}
                answer = visitor.browser.post(address, data=data, headers=headers)
                crawl.expect(f"{who} from {headers}", target, answer, 403)
    crawl.expect_unchanged("forms from elsewhere")


def ask_for_what_is_public(crawl: Crawl) -> None:
    """Ask for what is public without saying who or what for."""
    nobody: FlaskClient = crawl.everybody.tool.browser()
    for rule in crawl.everybody.tool.app.url_map.iter_rules():
        for method, status in PUBLIC.get(rule.endpoint, {}).items():
            if method in (rule.methods or ()):
                path = rule.rule.replace("<visit_token>", "nothing")
                path = path.replace("<code>", "nothing").replace("<token>", "nothing")
                answer = nobody.open(path, method=method, headers=OWN)
                target = Target(rule.endpoint, method, path)
                crawl.expect("nobody", target, answer, status)
    crawl.expect_unchanged("what is public")


def send_empty_forms(crawl: Crawl, acts: list[Target], *, only_the_first: bool = False) -> None:
    """Let those who may send empty forms: something is done, or refused in words, never a fault.

    Args:
        crawl: of everybody.
        acts: what is sent.
        only_the_first: one of those who may does it, once; before that nobody sends nonsense. What
            everybody has done before may have taken away what it is about.
    """
    forms: list[tuple[Mapping[str, str], list[str]]]
    for target in acts if only_the_first else [one for one in acts if one.is_own]:
        may = [who for who in EVERYBODY if refusal_for(who, target, crawl.everybody) is None]
        if not IS_LONG and target.opens is None:
            may = [who for who in may if who in ONE_OF_EACH]
        if only_the_first:
            forms = [({}, may[:1])]
        else:
            forms = [(NONSENSE, may if IS_LONG else may[:1]), ({}, may)]
        for who, values in [(who, values) for values, people in forms for who in people]:
            answer = crawl.post(who, target, values)
            refusal = EXCEPTIONS_OF_ACTS.get((who, target.endpoint))
            taken = (*TAKEN, _NOT_FOUND) if only_the_first and IS_LONG else TAKEN
            crawl.expect(who, target, answer, *((refusal,) if refusal else taken))
