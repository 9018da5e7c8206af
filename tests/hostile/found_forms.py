"""Every form that a page of the tool shows, found by following its links, and sent in any state."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, quote_plus, urlsplit

from flask import Flask
from sqlalchemy import select
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from lti_app.domain.secrets import hash_secret
from lti_app.store.migrations import metadata
from lti_app.store.pairs import Pair
from lti_app.store.session import db, transaction
from lti_app.store.visits import find_visit
from lti_app.testing.browser.document import Document
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import OWN, Visitor, read

#: Of pages that differ in nothing but whom they are about, so many are looked at.
_OF_EACH: Final = 2
_MOST_PAGES: Final = 150
TOKEN: Final = "csrf_token"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Tables that tell no more than that somebody has come.
_TRACES: Final = frozenset({"visit", "launch_outcome", "launch_count", "login_transaction"})
#: What two people of a pair do together: either may do it for both.
_ROOM: Final = frozenset({"pairs", "goals", "charter_pair"})
Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class FoundForm:
    """A form as a page showed it.

    Attributes:
        visitor: who saw it.
        endpoint: what takes it.
        path: its address.
        pairs: what a browser would send.
        kinds: of its fields, by name.
    """

    visitor: Visitor
    endpoint: str
    path: str
    pairs: tuple[tuple[str, str], ...]
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Return the names of its fields, each once, without the token of the visit."""
        return [name for name in dict.fromkeys(self.kinds) if name != TOKEN]

    @property
    def below_visit(self) -> str:
        """Return its address without the visit, and whom its fields name."""
        named = sorted(value for _, value in self.pairs if _ID.fullmatch(value))
        return " ".join([self.path.removeprefix(self.visitor.visit), *named])

    @property
    def holds_ids(self) -> bool:
        """Tell whether its address or one of its fields names something by its id."""
        return _ID.search(self.below_visit) is not None

    def send_as(self, visitor: Visitor, token: str) -> TestResponse:
        """Send it from somebody else's visit, as if a page there had shown it."""
        pairs = [(name, token if name == TOKEN else value) for name, value in self.pairs]
        return visitor.browser.post(
            visitor.visit + self.path.removeprefix(self.visitor.visit),
            data=urlencoded(pairs),
            headers=OWN,
            content_type="application/x-www-form-urlencoded",
        )

    def send(self, pairs: Pairs) -> TestResponse:
        """Send it with other values."""
        return self.visitor.browser.post(
            self.path,
            data=urlencoded(pairs),
            headers=OWN,
            content_type="application/x-www-form-urlencoded",
        )

    def send_parts(self, body: bytes, boundary: str) -> TestResponse:
        """Send it with a body of several parts, as it is."""
        return self.visitor.browser.post(
            self.path,
            data=body,
            headers=OWN,
            content_type=f"multipart/form-data; boundary={boundary}",
        )


def urlencoded(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return pairs as a form; halves of surrogates go out as bytes that are no UTF-8."""
    return "&".join(
        "=".join(quote_plus(part, errors="surrogatepass") for part in pair) for pair in pairs
    ).encode()


def stored(tool: ToolUnderTest) -> dict[str, list[str]]:
    """Return all rows of all tables, but for the traces of having come."""
    with transaction(tool.database, read_only=True):
        return {
            table.name: sorted(str(tuple(row)) for row in db().execute(select(table)))
            for table in metadata().sorted_tables
            if table.name not in _TRACES
        }


class Theirs:
    """Whose business a form is besides that of who was shown it."""

    def __init__(self, tool: ToolUnderTest, visitors: Iterable[Visitor]) -> None:
        with transaction(tool.database, read_only=True):
            self._people = {id(one): _person_of(one) for one in visitors}
            pairs = db().execute(select(Pair.mentee_id, Pair.mentor_id))
            self._pairs = {frozenset((mentee, mentor)) for mentee, mentor in pairs}

    def is_of(self, form: FoundForm, visitor: Visitor) -> bool:
        """Tell whether a form is of the same person, or of the room that they share with them."""
        first, second = self._people[id(form.visitor)], self._people[id(visitor)]
        if first == second:
            return True
        is_of_room = form.endpoint.split(".")[0] in _ROOM
        return is_of_room and frozenset((first, second)) in self._pairs


def _person_of(visitor: Visitor) -> object:
    found = find_visit(hash_secret(visitor.visit.split("/")[2]))
    return found.person_id if found else visitor.visit


def find_forms(app: Flask, visitors: Iterable[Visitor]) -> list[FoundForm]:
    """Follow the links of everybody's visit, and return the forms that their pages show."""
    found: dict[tuple[object, ...], FoundForm] = {}
    for visitor in visitors:
        for form in _forms_of(app, visitor):
            shape = (form.endpoint, tuple(form.kinds), id(visitor))
            found.setdefault(shape, form)
    return [*found.values()]


def post_endpoints(app: Flask) -> dict[str, str]:
    """Return every endpoint that takes a form, with its address."""
    return {
        rule.endpoint: rule.rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
    }


def _forms_of(app: Flask, visitor: Visitor) -> Iterator[FoundForm]:
    for _, document in pages_of(app, visitor):
        for form in document.forms:
            action = _local(form.action)
            taken_by = endpoint_of(app, action, "POST")
            if form.method != "post" or taken_by is None:
                continue
            kinds = {one.name: one.kind for one in form.fields if one.name}
            yield FoundForm(visitor, taken_by, action, tuple(form.pairs({})), kinds)


def pages_of(app: Flask, visitor: Visitor) -> Iterator[tuple[str, Document]]:
    """Follow the links of somebody's visit; yields the address and the content of each page."""
    queue, seen = [urlsplit(visitor.first.request.url).path], dict[str, int]()
    queue += [visitor.visit + page for page in _DOORS]
    visited: set[str] = set()
    while queue and len(visited) < _MOST_PAGES:
        path = queue.pop(0)
        endpoint = endpoint_of(app, path, "GET")
        if path in visited or endpoint is None or not path.startswith(visitor.visit):
            continue
        if seen.get(endpoint, 0) >= _OF_EACH and "?" not in path:
            continue
        visited.add(path)
        seen[endpoint] = seen.get(endpoint, 0) + 1
        page = visitor.browser.get(path, follow_redirects=True)
        if page.status_code != 200 or "html" not in (page.content_type or ""):
            continue
        document = read(page)
        queue += [_local(link.url) for link in document.links]
        yield path, document


def names_in(document: Document) -> set[str]:
    """Return the names that a page's links and searches put into a query."""
    found = {name for link in document.links for name, _ in parse_qsl(urlsplit(link.url).query)}
    searches = (form for form in document.forms if form.method == "get")
    return found.union(one.name for form in searches for one in form.fields if one.name)


#: First pages that not every first page links.
_DOORS: Final = ("me/inbox", "me/notices", "pairs/", "grades/", "programme/", "desk/")


def endpoint_of(app: Flask, path: str, method: str) -> str | None:
    """Return what answers a path, or None."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(path.partition("?")[0], method)
    except HTTPException:
        return None
    return str(endpoint)


def _local(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
