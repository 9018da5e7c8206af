"""What an instructor reads of a session: a copy that never changes, without the partners' names."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final, Protocol

from plugins.coaching.log import Log, to_json, with_texts

#: Stands for a name of the partner; a page puts it into the reader's language.
PARTNER: Final = "[partner]"
_SHORTEST_NAME = 3


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
    """Return what replaces names of people in a text, whole or in part, in any letters."""
    pattern = _pattern_of(names)
    return lambda text: text if pattern is None else pattern.sub(PARTNER, text)


def _pattern_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds whole names and each part of them; short parts are words, not names."""
    parts = {name for name in names if name.strip()}
    parts |= {part for name in parts for part in name.split() if len(part) >= _SHORTEST_NAME}
    if not parts:
        return None
    longest_first = sorted(parts, key=len, reverse=True)
    words = "|".join(re.escape(part) for part in longest_first)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
