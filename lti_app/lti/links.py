"""The `Link` header of paged answers, read tolerantly (lti-rules.md R-4.18)."""

import re
from urllib.parse import urljoin

#: Quotes that word processors made of straight ones.
_CURLY = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": '"', "’": '"'})
_ENTRY = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION = re.compile(r";\s*rel\s*=\s*[\"']?\s*([^\"';,]+)", re.IGNORECASE)


def next_page(header: str | None, page_url: str) -> str | None:
    """Return the address of the next page, or None if this is the last one.

    Curly or missing quotes, `&amp;`, a second `Link:` inside the header, several headers joined
    into one, and relative addresses are all understood.

    Args:
        header: the `Link` header, if there is one.
        page_url: the address of the page that it came with.
    """
    for address, parameters in _ENTRY.findall(_decoded(header or "").translate(_CURLY)):
        relations = " ".join(_RELATION.findall(parameters)).lower().split()
        if "next" in relations and address.strip():
            return _absolute(address.strip().replace("&amp;", "&"), page_url)
    return None


def _absolute(address: str, page_url: str) -> str:
    try:
        return str(urljoin(page_url, address))
    except ValueError:
        # No address at all: whoever is to call it refuses it.
        return address


def _decoded(header: str) -> str:
    """Return the header as it was written: headers arrive as Latin-1, and Moodle writes UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
