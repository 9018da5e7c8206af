"""What has changed between two texts, word by word."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby
from typing import Final

#: So many pairs of words are compared at most: a line of 400 characters is some 130 words and
#: blanks. Of texts that are made for it, comparing takes the square of their length and more.
_MOST_COMPARED: Final = 40_000
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """Some words that share their fate."""

    change: Change
    text: str


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """Return both texts as one, in pieces: what stayed, what was taken out, what was put in.

    Without what was put in it reads as the text before, without what was taken out as the text
    after. Lines that changed are compared word by word, each with the one in its place; lines that
    are too long for that, and more or fewer lines than before, are taken out and put in as a whole.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return tuple(_joined(_lines(old, new)))


def _lines(old: list[str], new: list[str]) -> Iterator[Piece]:
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
        elif b - a == d - c:
            for one, other in zip(old[a:b], new[c:d], strict=True):
                yield from _words(_WORDS.findall(one), _WORDS.findall(other))
        else:
            yield from _words(_WORDS.findall("".join(old[a:b])), _WORDS.findall("".join(new[c:d])))


def _words(old: list[str], new: list[str]) -> Iterator[Piece]:
    if len(old) * len(new) > _MOST_COMPARED:
        yield Piece(Change.REMOVED, "".join(old))
        yield Piece(Change.ADDED, "".join(new))
        return
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece(Change.SAME, "".join(old[a:b]))
            continue
        if a < b:
            yield Piece(Change.REMOVED, "".join(old[a:b]))
        if c < d:
            yield Piece(Change.ADDED, "".join(new[c:d]))


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Return pieces so that no two with one fate stand beside each other."""
    for change, group in groupby(pieces, key=lambda one: one.change):
        text = "".join(one.text for one in group)
        if text:
            yield Piece(change, text)
