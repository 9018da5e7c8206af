"""A walk over every page that a visit leads to, with axe-core looking at each.

Each page is looked at in light and dark, at 1280 and at 360 pixels (in the short form light and
wide, dark and narrow); at 320 nothing may stand out of it to the side (WCAG 2.2, 1.4.10).
"""

import os
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from flask import Flask
from playwright.sync_api import Frame, Page
from werkzeug.exceptions import HTTPException

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text()
#: Only what is a fault, of this frame; the LMS around it is not ours.
_ALL: Final = {"resultTypes": ["violations"], "iframes": False}
_NARROWEST: Final = 320
_IS_LONG: Final = "LONG" in os.environ
_COLOURS: Final = _ALL | {"runOnly": ["color-contrast"]}
#: How a page is shown, and what axe looks for then: between light and dark nothing changes but
#: colours. The short form shows each width in one of them.
_LOOKS: Final[Sequence[tuple[int, Literal["light", "dark"], Mapping[str, object]]]] = (
    [(1280, "light", _ALL), (1280, "dark", _COLOURS), (360, "light", _ALL), (360, "dark", _COLOURS)]
    if _IS_LONG
    else [(1280, "light", _ALL), (360, "dark", _ALL)]
)
_HEIGHT: Final = 900
#: How wide the page is where it can be moved sideways, and the first that reach over its edge.
_STANDING_OUT: Final = """() => {
    const page = document.documentElement, width = page.clientWidth
    if (page.scrollWidth <= width) return []
    const outside = [...document.querySelectorAll("body *")].filter(element =>
        !element.children.length && element.getBoundingClientRect().right > width + 1)
    return [`${page.scrollWidth} of ${width}`, ...outside.slice(0, 3).map(
        element => element.outerHTML.slice(0, 200))]
}"""
#: Pages of one kind that are opened: a second one often shows another state, and links further.
_OF_A_KIND: Final = 2
#: So many of them axe looks at; the long form is `make accessibility`.
_LOOKED_AT: Final = 2 if _IS_LONG else 1


@dataclass
class Walk:
    """What came of following every link from one page.

    Attributes:
        page: the LMS's page around the frame, or the frame's own.
        frame: where the tool is.
        app: tells which view an address belongs to.
        not_pages: endpoints that lead to files, which no browser shows.
        seen: how many addresses of each endpoint were looked at.
        faults: what axe found, a line each.
    """

    page: Page
    frame: Frame
    app: Flask
    not_pages: frozenset[str] = frozenset()
    seen: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def follow(self) -> None:
        """Look at the page that is shown, at those that it links to, and so on in the visit."""
        first, visit = self.frame.url, self._visit()
        waiting, known = deque([first]), {first}
        while waiting:
            address = waiting.popleft()
            endpoint = self.endpoint_of(urlsplit(address).path)
            if endpoint in self.not_pages or self.seen[endpoint] >= _OF_A_KIND:
                continue
            self.frame.goto(address)
            if self.seen[endpoint] < _LOOKED_AT:
                self.look()
            else:
                self.seen[endpoint] += 1
            for link in self._links():
                if urlsplit(link).path.startswith(visit) and link not in known:
                    known.add(link)
                    waiting.append(link)

    def open(self, path: str) -> None:
        """Look at a page of the visit that no link leads to."""
        self.frame.goto(urljoin(self.frame.url, self._visit() + path))
        self.look()

    def look(self) -> None:
        """Let axe look at the page that is shown."""
        name = self.endpoint_of(urlsplit(self.frame.url).path)
        self.seen[name] += 1
        self.frame.evaluate(f"{_AXE};0")
        for width, scheme, options in _LOOKS:
            self.page.set_viewport_size({"width": width, "height": _HEIGHT})
            # Without motion: a colour in the middle of its change would be measured.
            self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for fault in self._faults(options):
                self.faults.append(f"{name}, {width} pixels, {scheme}: {fault}")
        self.page.set_viewport_size({"width": _NARROWEST, "height": _HEIGHT})
        for outside in self.frame.evaluate(_STANDING_OUT):
            self.faults.append(f"{name} is wider than {_NARROWEST} pixels: {outside}")

    def endpoint_of(self, path: str) -> str:
        """Return the view behind an address."""
        try:
            endpoint, _ = self.app.url_map.bind("tool").match(path, method="GET")
        except HTTPException as error:
            return f"{path} ({error.code})"
        return str(endpoint)

    def _links(self) -> list[str]:
        found: list[str] = self.frame.evaluate(
            "[...document.querySelectorAll('a[href]')].map(link => link.href.split('#')[0])"
        )
        return found

    def _visit(self) -> str:
        return "/".join(urlsplit(self.frame.url).path.split("/")[:3]) + "/"

    def _faults(self, options: Mapping[str, object]) -> Iterator[str]:
        result: Mapping[str, list[Mapping[str, list[Mapping[str, str]]]]] = self.frame.evaluate(
            "options => axe.run(document, options)", options
        )
        for violation in result["violations"]:
            for node in violation["nodes"]:
                yield f"{violation['id']} at {node['html'][:200]}"
