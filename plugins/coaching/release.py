"""What an instructor reads of a session: a copy that never changes, without the partners' names."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final, Protocol
from unicodedata import normalize

from plugins.coaching.log import Log, to_json, with_texts

#: Stands for a name of the partner; a page puts it into the reader's language.
PARTNER: Final = "[partner]"
_SHORTEST = 2


class Answered(Protocol):
    """What the partner said of a session."""

    verdicts: list[str]
    corrections: list[str]
    talk_share: str
    own_step: str


def freeze(
    log: Log,
    answer: Answered | None,
    *,
    held_on: date | None,
    minutes: int | None,
    form: str,
    round_: int,
    names: Iterable[str] = (),
) -> dict[str, Any]:
    """Return the copy of a session.

    Args:
        log: everything that the coach wrote, the reflection included.
        answer: of the partner, or None.
        held_on, minutes, form, round_: of the session.
        names: of everybody who practised with the coach; they are replaced wherever they stand.

    Returns:
        `held_on`, `minutes`, `form`, `round`, `log` (see `log.to_json`), and `answer` with
        `verdicts`, `corrections`, `talk_share` and `own_step`, or None.
    """
    without_names = replacing(names)
    return {
        "held_on": held_on.isoformat() if held_on else None,
        "minutes": minutes,
        "form": form,
        "round": round_,
        "log": to_json(with_texts(log, without_names)),
        "answer": None
        if answer is None
        else {
            "verdicts": list(answer.verdicts),
            "corrections": [without_names(one) for one in answer.corrections],
            "talk_share": answer.talk_share,
            "own_step": answer.own_step,
        },
    }


def replacing(names: Iterable[str]) -> Callable[[str], str]:
    """Return what replaces names of people in a text, whole or in part.

    Whole names and parts of three letters and more are found in capitals, too; parts of two only
    as they are written ("Bo", not "BO" or "bo"), as most of them are words besides; single letters
    not at all, unless they are the whole name. Scripts without capitals (李明, 김민수) hardly part
    names from what stands around them, so there they are found inside of longer words, and without
    the space between them.
    """
    pattern = _pattern_of(names)
    # A letter with its accent may come as one character or as two.
    return lambda text: text if pattern is None else pattern.sub(PARTNER, normalize("NFC", text))


def _pattern_of(names: Iterable[str]) -> re.Pattern[str] | None:
    whole = {normalize("NFC", name.strip()) for name in names} - {""}
    parts = {part for name in whole for part in name.split()}
    parts |= {"".join(name.split()) for name in whole if _has_no_capitals(name)}
    alternatives = {
        name: _found_as(name) for name in whole | {one for one in parts if len(one) >= _SHORTEST}
    }
    if not alternatives:
        return None
    longest_first = sorted(alternatives, key=len, reverse=True)
    return re.compile("|".join(alternatives[name] for name in longest_first))


def _found_as(name: str) -> str:
    if _has_no_capitals(name):
        return re.escape(name)
    options = "" if len(name) <= _SHORTEST else "i"
    return rf"(?{options}:(?<!\w){re.escape(name)}(?!\w))"


def _has_no_capitals(name: str) -> bool:
    return name.lower() == name.upper()
