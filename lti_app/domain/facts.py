"""Facts: what one activity tells the others, and the desk, without anybody's words."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

_KIND = re.compile(r"[a-z][a-z0-9_]{2,30}\.[a-z][a-z0-9_]{1,40}")
#: A state by its name; no sentence fits into it, and no name of a person.
_CODE = re.compile(r"[a-z0-9_]{0,30}")


@dataclass(frozen=True)
class Fact:
    """Something that is so, as an activity last said it.

    Attributes:
        kind: `<key of who says it>.<what>`.
        programme_id, pair_id, person_id: what it is of, as far as it is of one.
        about: the object that it is about, where there are several of a kind.
        number, code: what is so: a number, a state.
        at: since when, or when.
    """

    kind: str
    programme_id: UUID | None
    pair_id: UUID | None
    person_id: UUID | None
    about: UUID | None
    number: Decimal | None
    code: str
    at: datetime


def check_fact(kind: str, code: str) -> None:
    """Refuse what is no fact: another kind of name, or words where a state belongs.

    Raises:
        ValueError: naming what is wrong.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"the kind of a fact is not of the form {_KIND.pattern}: {kind!r}")
    if not _CODE.fullmatch(code):
        raise ValueError(f"the code of {kind} is not of the form {_CODE.pattern}")


def subject_of(
    programme_id: UUID | None, pair_id: UUID | None, person_id: UUID | None, about: UUID | None
) -> str:
    """Return under which name a fact of a kind is the same one again."""
    return ":".join(one.hex if one else "" for one in (programme_id, pair_id, person_id, about))
