"""Codes that instructors type to bring their course into a programme.

Twelve characters of an alphabet without letters that look like digits: 60 random bits. They are
read out, mailed and typed, so capitals, blanks and the usual mistakes do not matter.
"""

from secrets import choice

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 12, 4
#: What is typed by mistake → what is meant.
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BLANKS = str.maketrans("", "", " -\t\u00a0\u2010\u2011\u2012\u2013\u2014")


def new_code() -> str:
    """Return a new code, in groups of four."""
    code = "".join(choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(code[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))


def read_code(typed: str) -> str | None:
    """Return the code that was typed, as it is compared; None if it cannot be one."""
    code = typed.translate(_BLANKS).upper().translate(_MEANT)
    return code if len(code) == _LENGTH and set(code) <= set(_ALPHABET) else None


def label_of(code: str) -> str:
    """Return the last characters of a code, by which its maker tells it from the others."""
    return code[-_GROUP:]
