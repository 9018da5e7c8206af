"""Walk through all addresses of the tool: what there is to ask for, and what has to be answered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask
from sqlalchemy import select, text
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from lti_app.activity import catalogue
from lti_app.domain.secrets import hash_secret
from lti_app.store.migrations import metadata
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import Visit
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.forms import csrf_token
from tests.functional.mentoring.visitors import Visitor
from tests.functional.privacy.everybody import Everybody
from tests.functional.privacy.expectations import NO_IDS, OTHERS, ROWS, TWOS, Row

_PARAMETER: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
_VISIT: Final = "/v/<visit_token>/"
#: What only tells that somebody was here: the last use of a visit, and how launches went.
_TRACES: Final = frozenset({"launch_outcome", "launch_count", "login_transaction"})
#: What names a part of a charter.
_PARTS: Final = frozenset({"section", "goal"})
_USED: Final = frozenset({"used_at"})


@dataclass(frozen=True)
class Target:
    """Something to ask for.

    Attributes:
        path: below a visit.
        lets: whom the guard lets in.
        opens: for whom of these it is there; None is all of them.
        is_routed: the address leads to a view.
        near: for whom all is there but the part of their own charter that the address names.
        is_own: it is one of the places that the row names.
        is_first: it is the first one of its rule.
    """

    endpoint: str
    method: str
    path: str
    lets: Sequence[str] = ()
    opens: Sequence[str] | None = None
    near: Sequence[str] = ()
    is_routed: bool = True
    is_own: bool = True
    is_first: bool = True

    @property
    def blueprint(self) -> str:
        """Return where the view lies."""
        return self.endpoint.split(".", maxsplit=1)[0]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.path}"

    def refusal_for(self, who: str, everybody: Everybody) -> int | None:
        """Return the status with which somebody is refused; None where they are not."""
        if not self.is_routed or not is_at(who, self.blueprint, everybody):
            return 404
        if who not in self.lets:
            return 403
        return None if self.opens is None or who in self.opens else 404


def is_at(who: str, blueprint: str, everybody: Everybody) -> bool:
    """Tell whether somebody came to the kind of activity that a blueprint belongs to."""
    if blueprint not in catalogue() or (who, blueprint) in everybody.visits:
        return True
    return blueprint == "mentoring" and who != "ada"


def targets(app: Flask, ids: Mapping[str, str], method: str) -> list[Target]:
    """Return all that a method can ask for: each place of a row, and what is not there.

    Raises:
        KeyError: an address has no row.
    """
    found: dict[tuple[str, str], Target] = {}
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(_VISIT) or method not in (rule.methods or ()):
            continue
        if rule.endpoint in {"visits.enter", "window.open_page"}:
            continue
        row = ROWS[rule.endpoint]
        for number, (path, opens, near, is_own) in enumerate(_paths(rule, row, ids)):
            led = leads_to(app, path, method)
            if led in {None, rule.endpoint}:
                found.setdefault(
                    (rule.endpoint, path),
                    Target(
                        endpoint=rule.endpoint,
                        method=method,
                        path=path,
                        lets=row.lets,
                        opens=opens,
                        near=near,
                        is_routed=led is not None,
                        is_own=is_own,
                        is_first=number == 0,
                    ),
                )
    return list(found.values())


def leads_to(app: Flask, path: str, method: str) -> str | None:
    """Return the endpoint that an address below a visit leads to."""
    bare = path.split("?", maxsplit=1)[0].replace("%00", "\0")
    try:
        endpoint, _ = app.url_map.bind("localhost").match(f"/v/token/{bare}", method)
    except HTTPException:
        return None
    return str(endpoint)


def _paths(
    rule: Rule, row: Row, ids: Mapping[str, str]
) -> Iterator[tuple[str, Sequence[str] | None, Sequence[str], bool]]:
    """Yield address, for whom it is there, who is near it, and whether a row names it."""
    parameters = {name: kind for kind, name in _PARAMETER.findall(rule.rule)}
    del parameters["visit_token"]
    pattern = rule.rule.removeprefix(_VISIT)
    places = [place for place in row.places if set(place.ids) == set(parameters)]
    assert places, f"{rule.endpoint}: no place with {set(parameters)}"
    named = [dict(place.ids) for place in places]
    for place in places:
        yield _fill(pattern, place.ids, ids) + place.query, place.opens, (), True
    for place in places:
        for parameter, kind in parameters.items():
            more = (row.others or {}).get(parameter, OTHERS[parameter])
            for other in (*more, *(NO_IDS if kind == "uuid" else ())):
                changed = {**place.ids, parameter: other}
                if changed not in named:
                    two = TWOS.get(changed.get("pair_id", ""), ())
                    near = two if _PARTS & set(changed) else ()
                    yield _fill(pattern, changed, ids), (), near, False


def _fill(pattern: str, given: Mapping[str, str], ids: Mapping[str, str]) -> str:
    return _PARAMETER.sub(lambda found: ids.get(given[found[2]], given[found[2]]), pattern)


def csrf_token_of(tool: ToolUnderTest, visitor: Visitor) -> str:
    """Return the token that every form of a visit carries."""
    token = visitor.visit.strip("/").split("/")[1]
    with transaction(tool.database, read_only=True):
        row = db().scalars(select(Visit).where(Visit.token_hash == hash_secret(token))).one()
    with tool.app.app_context():
        return csrf_token(row)  # type: ignore[arg-type]  # of a visit it takes the id alone


def fingerprint(database: Database) -> dict[str, str]:
    """Return what is stored, table by table, but for the traces of having come."""
    with transaction(database, read_only=True):
        rows = db().execute(text(_query()))
        return {name: f"{count} rows, {digest}" for name, count, digest in rows}


def _query() -> str:
    parts = []
    for table in metadata().sorted_tables:
        if table.name in _TRACES:
            continue
        left_out = _USED if table.name == "visit" else frozenset()
        columns = ", ".join(f'"{one.name}"' for one in table.columns if one.name not in left_out)
        digest = "md5(coalesce(string_agg(line, '|' ORDER BY line), ''))"
        lines = f'SELECT row({columns})::text AS line FROM "{table.name}"'
        parts.append(f"SELECT '{table.name}', count(*), {digest} FROM ({lines}) AS lines")
    return " UNION ALL ".join(parts)
