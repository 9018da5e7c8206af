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
    for address, parameters in _ENTRY.findall((header or "").translate(_CURLY)):
        relations = " ".join(_RELATION.findall(parameters)).lower().split()
        if "next" in relations and address.strip():
            return str(urljoin(page_url, address.strip().replace("&amp;", "&")))
    return None
