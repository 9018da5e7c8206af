"""Whom somebody means by what they typed: a name or an e-mail address.

It only ever keeps two people apart, so that it rather finds one person too many than one too few.
It is never used to merge people, or to let anybody in.
"""

import re
import unicodedata
from collections.abc import Iterable


def means(typed: str, names: Iterable[str], addresses: Iterable[str]) -> bool:
    """Return whether a text means a person.

    An address means whoever has it. A name means everybody whose name has all of its words, in
    whichever order, with accents or without: "Adams, Zoe" is Zoë B. Adams.

    Args:
        typed: a name or an e-mail address; one without letters or digits means nobody.
        names: all that the person is called.
        addresses: all e-mail addresses of the person that are known.
    """
    if "@" in typed:
        return typed.strip().casefold() in {address.casefold() for address in addresses}
    wanted = _words(typed)
    return bool(wanted) and any(wanted <= _words(name) for name in names)


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return frozenset(re.findall(r"\w+", letters))
