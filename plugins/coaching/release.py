"""What an instructor reads of a session: a copy that never changes, without the partners' names."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, Final, Protocol
from unicodedata import category, normalize
from unicodedata import name as unicode_name

from plugins.coaching.log import Log, to_json, with_texts

#: Stands for a name of the partner; a page puts it into the reader's language.
PARTNER: Final = "[partner]"
_SHORTEST = 2
#: How long most Chinese and Korean names are: a family name of one sign, a given name of two.
_FAMILY_AND_GIVEN = 3
#: How Unicode calls the letters of scripts that set no space between words, or add endings to them.
_WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


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
    as they are written or with a capital ("Bo", not "BO" or "bo"), as most are words besides;
    single letters and numbers are not. What a name with capitals holds in small letters ("de la")
    is a word of the language and no name. Scripts that set no space between words (李明, 김민수)
    hardly part names from what stands around them: there they are found inside of longer words,
    without the space between them, and without the family name.
    """
    pattern = _pattern_of(names)
    # A letter with its accent may come as one character or as two.
    return lambda text: text if pattern is None else pattern.sub(PARTNER, normalize("NFC", text))


def _pattern_of(names: Iterable[str]) -> re.Pattern[str] | None:
    patterns: dict[str, str] = {}
    for name in names:
        patterns |= _patterns_of_one(normalize("NFC", name.strip()))
    if not patterns:
        return None
    longest_first = sorted(patterns, key=len, reverse=True)
    return re.compile("|".join(patterns[one] for one in longest_first))


def _patterns_of_one(name: str) -> dict[str, str]:
    """Return what finds a name: each way in which it may stand in a text, and its pattern."""
    words = _words_of(name)
    if not words:
        return {}
    if all(map(_stands_in_words, words)):
        joined = "".join(words)
        given = [joined[1:]] if len(joined) == _FAMILY_AND_GIVEN else []
        spelled = (name, joined, *words, *given)
        return {one: re.escape(one) for one in spelled if len(one) >= _SHORTEST}
    has_capitals = any(word != word.lower() for word in words)
    parts = [word for word in words if not (has_capitals and word == word.lower() != word.upper())]
    found = {name, *(part for part in parts if len(part) >= _SHORTEST)}
    return {one: _bounded(one) for one in found}


def _words_of(name: str) -> list[str]:
    """Return the runs of letters of a name, each with its accents and vowel signs."""
    return "".join(sign if category(sign)[0] in "LM" else " " for sign in name).split()


def _bounded(name: str) -> str:
    """Return what finds a name that no letter stands before or behind."""
    if len(name) > _SHORTEST:
        spelled = f"(?i:{re.escape(name)})"
    else:
        spelled = "|".join(sorted({re.escape(name), re.escape(name.capitalize())}))
    return rf"(?<![^\W\d_])(?:{spelled})(?![^\W\d_])"


def _stands_in_words(part: str) -> bool:
    return unicode_name(part[0], "").startswith(_WITHOUT_SPACES)
