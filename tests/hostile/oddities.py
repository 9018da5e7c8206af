"""JSON that nobody expects: any value at any place of a good document, written in any way."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import strategies as st

Json = Any  # of any shape: that is the point
Path = tuple[str | int, ...]
_RAW: Final = re.compile(r'"@([^"@]*)@"')
#: Numbers that no Python value is written as.
_NUMBERS: Final = (
    *("1e999", "-1e999", "1e99999999", "1e99999999999999999999", "1e-99999999", "-0", "-0.0"),
    *("9" * 40, "9" * 5000, "0." + "3" * 5000, "NaN", "Infinity", "-Infinity"),
)
_TEXTS: Final = (
    *("", " ", "\0", "a\0b", "\ud800", "\udfff x", "\ufeff", "\u202ealice", "\u2028", "\x7f"),
    *("x" * 70_000, "é" * 300, "\U0001f600" * 300, "²", "٣", "1e999", "NaN", "-1", "true", "null"),
    *("0000-00-00", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "=1+1", "<b>", "%00"),
    *("$Person.sourcedId", "http://[", "//evil.example", "javascript:alert(1)", "a\r\nX: y"),
)
_VALUES: Final[tuple[Json, ...]] = (
    *(None, True, False, 0, -1, 1.5, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400),
    *([], [[]], {}, {"": {}}, [None], [True], [{}], ["\0"], {"\0": "\ud800"}, {"a": [{"b": []}]}),
    *(_TEXTS + tuple(f"@{number}@" for number in _NUMBERS)),
    json.loads("[" * 60 + "]" * 60),
    ["x"] * 2000,
    {f"k{number}": number for number in range(2000)},
)


def odd_values() -> st.SearchStrategy[Json]:
    """Return values of every kind: the ones that have broken programs, and any others."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(st.characters(exclude_categories=()), max_size=30),
    )
    return st.one_of(
        st.sampled_from(_VALUES),
        st.recursive(
            leaves,
            lambda inner: (
                st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
            ),
            max_leaves=8,
        ),
    )


def spoiled(document: Json, times: int = 3) -> st.SearchStrategy[Json]:
    """Return a good document with odd values in some places, or without something."""
    places = [*_places(document)]
    change = st.tuples(st.sampled_from(places), st.booleans() | st.just(True), odd_values())
    return st.lists(change, min_size=1, max_size=times).map(
        lambda changes: _changed(document, changes)
    )


def written(document: Json) -> str:
    """Return a document as JSON; numbers that cannot be held stand there as they are meant."""
    return _RAW.sub(r"\1", json.dumps(document))


def encoded(text: str) -> st.SearchStrategy[bytes]:
    """Return JSON in one of the ways in which servers send text, right and wrong."""
    half = len(text) // 2
    return st.sampled_from(
        [
            text.encode("utf-8", "surrogatepass"),
            text.encode("utf-8", "surrogatepass"),
            text.encode("utf-8-sig", "surrogatepass"),
            text.encode("utf-16", "surrogatepass"),
            text.encode("utf-32", "surrogatepass"),
            text.encode("utf-7", "replace"),
            json.dumps(text).encode(),
            # Written in full, so that a reader has to cope with what stands behind the escapes.
            _unescaped(text),
            (text[:half]).encode("utf-8", "surrogatepass"),
            (text + text).encode("utf-8", "surrogatepass"),
            b"\0" + text.encode("utf-8", "surrogatepass"),
            b")]}',\n" + text.encode("utf-8", "surrogatepass"),
        ]
    )


def _unescaped(text: str) -> bytes:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "surrogatepass")
    except ValueError:
        return text.encode("latin-1", "replace")


def _places(document: Json, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(document, dict):
        for name, value in document.items():
            yield from _places(value, (*path, name))
    if isinstance(document, list):
        for at, value in enumerate(document):
            yield from _places(value, (*path, at))


def _changed(document: Json, changes: list[tuple[Path, bool, Json]]) -> Json:
    document = json.loads(json.dumps(document))
    for path, is_set, value in changes:
        document = _put(document, path, is_set, value)
    return document


def _put(holder: Json, path: Path, is_set: bool, value: Json) -> Json:
    """Return a value with something else at a path, if the path still leads anywhere."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    is_there = (isinstance(holder, dict) and first in holder) or (
        isinstance(holder, list) and isinstance(first, int) and first < len(holder)
    )
    if is_there and not rest and not is_set:
        del holder[first]
    elif is_there:
        holder[first] = _put(holder[first], rest, is_set, value)
    return holder
