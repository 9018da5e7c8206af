"""Whatever is sent in a form or a query: it is taken or refused in words, never a fault of ours.

A few in one part of the tool run with everything else; `make fuzz` sends them everywhere.
"""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from random import Random
from typing import Final
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from lti_app.settings import Settings
from lti_app.testing.sandbox import LoopbackServer, Sandbox, SigningKey, serve
from lti_app.testing.tool import ToolUnderTest
from tests.functional.desk.people import register_elsewhere
from tests.functional.mentoring.visitors import Visitor, visit
from tests.hostile.areas import AREAS, Open
from tests.hostile.found_forms import (
    TOKEN,
    FoundForm,
    Pairs,
    Theirs,
    find_forms,
    names_in,
    pages_of,
    post_endpoints,
    stored,
    urlencoded,
)
from tests.post_office import open_post_office
from tests.rules.tree import ROOT

_IS_WHOLE: Final = bool(os.environ.get("HOSTILE"))
#: Taken by whoever comes from outside of visits: attacked in families of their own.
_OUTSIDE: Final = frozenset({"lti", "registration", "signin", "links"})
#: How often a form is sent in each state; whole: every field with every value, up to so many.
_OF_EACH: Final = 60 if _IS_WHOLE else 12
RANDOM: Final = Random(8)
#: How often a page is asked for.
_QUERIES: Final = 15 if _IS_WHOLE else 4
#: The names that our code asks for in a query.
QUERIES: Final = frozenset(
    re.findall(
        r'request\.args(?:\.get\(|\.getlist\(|\[)"(\w+)"',
        "".join(
            file.read_text()
            for folder in ("lti_app/web", "plugins")
            for file in sorted((ROOT / folder).rglob("*.py"))
        ),
    )
)
#: With blanks and long enough to be kept for whoever typed it.
TYPED: Final = "What I have typed here, and do not want to type again."
ODD: Final = (
    *("", " ", "\0", "a\0b", "\ud800", "\ufeff", "\u202e", "\u2028", "\r\nX: y", "%00", "\x1b[31m"),
    *("-1", "0", "²", "٣", "1e999", "NaN", "inf", "1_0", "+5", "0x10", "9" * 19, "9" * 20),
    *("9" * 5000, "-" + "9" * 30, "2147483648", "9223372036854775808", "0.1", "1,5", "true"),
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "2026-W48-1"),
    *("20261130", "9999-12-31T23:59", "0001-01-01T00:00", "2026-11-30T12:00:00+99:99"),
    *("00000000-0000-0000-0000-000000000000", "{6b1f0a52-6f0e-4c0a-9d56-3d4c1f0f7a11}"),
    *("urn:uuid:6b1f0a52-6f0e-4c0a-9d56-3d4c1f0f7a11", "6B1F0A526F0E4C0A9D563D4C1F0F7A11"),
    *("x" * 256, "x y " * 2000, "\U0001f600" * 5000, "e\u0301" * 300, "a" * 60_000),
    *("=1+1", "@SUM(A1)", "<script>alert(1)</script>", "{{ 7*7 }}", "%(x)s %s {0}", "../../x"),
    *(
        "javascript:alert(1)",
        "//evil.example/",
        "a@b",
        "'; DROP TABLE person; --",
        "Europe/Berlin\0",
    ),
)
#: What fits into an address.
_SHORT: Final = [value for value in ODD if len(value) < 3000]


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """Return settings of a tool that sends mail, as sign-ups need it."""
    with open_post_office() as office:
        yield replace(settings, mail_server=office.server(), mail_from="mentoring@tool.example")


@pytest.fixture
def elsewhere(lms_key: SigningKey) -> Iterator[Sandbox]:
    """Serve the LMS of another organisation."""
    other = Sandbox.demo("http://localhost:0", "http://127.0.0.1:5000", name="Elsewhere")
    other.use_key(lms_key)
    with serve(other):
        yield other


@pytest.fixture
def states(registered_tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> Iterator["States"]:
    """Return a way into every area, with a grade book that the tool can write to."""
    with ExitStack() as stack:
        server = stack.enter_context(LoopbackServer(registered_tool.app.wsgi_app))
        lms.tools[1].jwks_url = f"{server.url}/lti/jwks.json"
        yield States(registered_tool, lms, elsewhere)


class States:
    """Opens areas."""

    def __init__(self, tool: ToolUnderTest, lms: Sandbox, elsewhere: Sandbox) -> None:
        self.tool, self.lms, self.elsewhere = tool, lms, elsewhere

    def of(self, area: Open) -> Iterator[list[Visitor]]:
        """Go through the states of an area; returns who looks at it in each."""
        return area(self.tool, self.lms, self.elsewhere)


def test_every_part_of_the_tool_that_takes_forms_is_in_an_area(tool: ToolUnderTest) -> None:
    parts = {endpoint.split(".")[0] for endpoint in post_endpoints(tool.app)}
    assert parts == _OUTSIDE.union(*(shown for _, shown in AREAS.values()))


@pytest.mark.parametrize("area", AREAS if _IS_WHOLE else ["administration"])
def test_anything_in_any_field_is_taken_or_refused_in_words(states: States, area: str) -> None:
    open_area, parts = AREAS[area]
    # All are found before any is sent: what is sent changes what there is to find.
    forms = [
        form for visitors in states.of(open_area) for form in find_forms(states.tool.app, visitors)
    ]
    for form in forms:
        for pairs in _chosen(form):
            _check(form, pairs, form.send(pairs))
        _check(form, [], form.send_parts(*_parts_of(form)))
    if _IS_WHOLE and parts:
        wanted = {name for name in post_endpoints(states.tool.app) if name.split(".")[0] in parts}
        assert wanted - {form.endpoint for form in forms} <= NOT_SHOWN


@pytest.mark.parametrize("area", AREAS if _IS_WHOLE else ["administration"])
def test_a_form_with_the_ids_of_others_does_nothing_for_who_is_not_shown_it(
    states: States, area: str
) -> None:
    open_area, _ = AREAS[area]
    everybody: list[Visitor] = []
    for visitors in states.of(open_area):
        everybody += [one for one in visitors if one not in everybody]
    # Of another organisation, of another course, and of none of those in the area.
    if area != "programme":
        register_elsewhere(states.tool, states.elsewhere)
    other = next(n for n, one in states.lms.activities.items() if one.course.id != 2)
    everybody += [
        visit(states.tool, states.elsewhere, "alice"),
        visit(states.tool, states.elsewhere, "tina"),
        visit(states.tool, states.lms, "alice", activity=other),
        visit(states.tool, states.lms, "tina", activity=other),
    ]
    forms = find_forms(states.tool.app, everybody)
    shown = {(id(form.visitor), form.below_visit) for form in forms}
    theirs = Theirs(states.tool, everybody)
    tokens = {id(form.visitor): dict(form.pairs).get(TOKEN, "") for form in forms}
    before, done = stored(states.tool), []
    for form in (form for form in forms if form.holds_ids):
        for other_visitor in everybody:
            if (id(other_visitor), form.below_visit) in shown or theirs.is_of(form, other_visitor):
                continue
            answer = form.send_as(other_visitor, tokens.get(id(other_visitor), ""))
            assert 400 <= answer.status_code < 500 or answer.status_code == 303
            if stored(states.tool) != before:
                done.append((form.endpoint, other_visitor.first.request.path))
                before = stored(states.tool)
    assert done == []


@pytest.mark.parametrize("area", AREAS if _IS_WHOLE else ["administration"])
def test_anything_in_any_query_is_shown_something_for_or_refused(states: States, area: str) -> None:
    open_area, _ = AREAS[area]
    app = states.tool.app
    for visitor in {id(one): one for some in states.of(open_area) for one in some}.values():
        pages = [(path, names_in(document)) for path, document in pages_of(app, visitor)]
        names = sorted(QUERIES.union(*(found for _, found in pages)))
        before = stored(states.tool)
        for path, _ in pages:
            for _ in range(_QUERIES):
                asked = RANDOM.sample(names, RANDOM.randint(1, 3))
                query = urlencoded((name, RANDOM.choice(_SHORT)) for name in asked).decode()
                address = f"{path.partition('?')[0]}?{query}"
                answer = visitor.browser.get(address)
                assert 200 <= answer.status_code < 500, (address, answer.get_data(as_text=True))
                location = answer.headers.get("Location", "/")
                assert urlsplit(location).netloc in {"", "127.0.0.1:5000", "localhost"}, address
        assert stored(states.tool) == before, "looking changes nothing"


#: What takes a form that no page of an area shows: only a script, or a state that passes, sends it.
NOT_SHOWN: Final = frozenset(
    {
        *("charter_pair.remove_goal", "charter_pair.save_goal", "charter_pair.save_answer"),
        *("charter_pair.ready", "charter_pair.save_text", "charter_pair.take_answer"),
        *("practice.autosave", "practice.begin", "practice.choose_partner", "practice.hand_over"),
        *("practice.leave_partner", "practice.make_link", "practice.publish"),
        *("grades.refresh_roster", "grades.send_again", "grades.send_instead", "grades.undo"),
        *("place.copy", "place.drop", "place.send", "charter_pair.save_close"),
        *("desk.approve_all", "mentoring.agree", "mentoring.discard", "pairs.resume"),
        *("programme.ask", "visits.leave", "window.open_page"),
        *("admin.approve", "admin.enable", "admin.register_by_hand", "admin.revoke"),
    }
)


def _chosen(form: FoundForm) -> Iterator[Pairs]:
    """Return some of all ways to spoil one field of a form; in the others somebody has typed."""
    ways = [(name, how) for name in form.names for how in (*ODD, None, "twice")]
    for name, how in RANDOM.sample(ways, min(_OF_EACH, len(ways))):
        pairs = [
            (other, TYPED if form.kinds[other] == "textarea" and other != name else value)
            for other, value in form.pairs
        ]
        if how == "twice":
            yield [*pairs, *((other, value) for other, value in pairs if other != TOKEN)]
        else:
            kept = [pair for pair in pairs if pair[0] != name]
            yield kept if how is None else [*kept, (name, how)]


def _parts_of(form: FoundForm) -> tuple[bytes, str]:
    """Return the form in parts, as a file in every field, with names that no file has."""
    boundary = "x" * 30
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    body = b""
    for name, value in form.pairs:
        file = "" if name == TOKEN else '; filename="../..\\\xff\0\ud800.csv"'
        text = head % (name, file) + value + "\r\n"
        body += text.encode("utf-8", "surrogatepass")
    return body + f"--{boundary}--\r\n".encode(), boundary


def _check(form: FoundForm, pairs: Pairs, answer: TestResponse) -> None:
    where = (form.endpoint, [pair for pair in pairs if pair not in form.pairs], answer.status_code)
    assert 200 <= answer.status_code < 500, (where, answer.get_data(as_text=True)[:2000])
    location = answer.headers.get("Location", "/")
    assert urlsplit(location).netloc in {"", "127.0.0.1:5000", "localhost"}, where
    if answer.status_code in {400, 409, 422} and (TYPED in dict(pairs).values()):
        assert TYPED in answer.get_data(as_text=True), where
