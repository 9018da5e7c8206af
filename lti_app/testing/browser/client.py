"""The browser itself: it navigates, in windows and in frames."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

import requests

from lti_app.testing.browser.cookies import (
    CookieJar,
    Navigation,
    is_trustworthy,
    origin_of,
    site_of,
)
from lti_app.testing.browser.document import (
    Document,
    Form,
    Frame,
    Link,
    Table,
    Values,
    read_document,
)

_MOST_HOPS = 25
_SECONDS = 30.0
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FORM_TYPE = "application/x-www-form-urlencoded"


class BrowserError(Exception):
    """The page is not what the journey needs; the message says what was met instead."""


@dataclass(frozen=True)
class Hop:
    """One request on the way to a page."""

    method: str
    url: str
    status: int


@dataclass
class Page:
    """What a navigation ended at, and in which window or frame.

    Attributes:
        url: the address of the page itself.
        hops: every request on the way, redirects and automatic forms included.
        top_site: the site of the window's address bar.
        in_frame: the page is shown in a frame of another page.
    """

    url: str
    status: int
    headers: requests.structures.CaseInsensitiveDict[str]
    html: str
    top_site: str
    in_frame: bool = False
    hops: list[Hop] = field(default_factory=list)
    document: Document = field(default_factory=Document)

    @property
    def title(self) -> str:
        """Return the page's title."""
        return self.document.title

    @property
    def text(self) -> str:
        """Return the words of the page, blanks squeezed."""
        return self.document.text

    @property
    def forms(self) -> list[Form]:
        """Return all forms."""
        return self.document.forms

    @property
    def links(self) -> list[Link]:
        """Return all links."""
        return self.document.links

    @property
    def frames(self) -> list[Frame]:
        """Return all frames."""
        return self.document.frames

    @property
    def tables(self) -> list[Table]:
        """Return all tables."""
        return self.document.tables

    def form(self, *, with_field: str | None = None, action: str | None = None) -> Form:
        """Return the first form that has a control, or whose address contains a text.

        Raises:
            BrowserError: there is none.
        """
        for form in self.forms:
            names = {one.name for one in form.fields}
            if with_field in {None, *names} and (action is None or action in form.action):
                return form
        raise BrowserError(f"no such form on {self}")

    def link(self, text: str) -> Link:
        """Return the first link whose words contain `text`.

        Raises:
            BrowserError: there is none.
        """
        for link in self.links:
            if text in link.text:
                return link
        raise BrowserError(f"no link {text!r} on {self}")

    def __str__(self) -> str:
        """Name the page for a message, without its query, which may hold secrets."""
        parts = urlsplit(self.url)
        where = f"{parts.scheme}://{parts.netloc}{parts.path}"
        return f"{where} ({self.status}, {self.title or self.text[:80]!r})"


class HttpBrowser:
    """One browser of one person.

    Args:
        third_party_cookies: frames of another site keep unpartitioned cookies too; Chromium
            forbids it by default.
        user_agent: sent with every request.
        verify: file of certificates to trust, or True for the usual ones.
        send: replaces the network, for tests of the browser itself.
    """

    def __init__(
        self,
        *,
        third_party_cookies: bool = False,
        user_agent: str = "Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0 ThroughlineBrowser/1",
        verify: str | bool = True,
        send: Callable[[requests.PreparedRequest], requests.Response] | None = None,
    ) -> None:
        self.cookies = CookieJar(third_party_allowed=third_party_cookies)
        self._user_agent = user_agent
        self._session = requests.Session()
        self._session.trust_env = False
        self._verify = verify
        self._send = send or self._send_for_real

    def close(self) -> None:
        """Close all connections."""
        self._session.close()

    def get(self, url: str, *, follow: bool = True) -> Page:
        """Type an address.

        Args:
            url: where to.
            follow: go along with redirects, automatic forms and forwardings.
        """
        return self._navigate(Navigation(url, "GET", site_of(url), None, False), None, follow)

    def click(self, page: Page, link: Link | str, *, follow: bool = True) -> Page:
        """Follow a link of a page, given by itself or by its words."""
        wanted = page.link(link) if isinstance(link, str) else link
        return self._leave(page, wanted.url, "GET", target=wanted.target, follow=follow)

    def reload(self, page: Page, *, follow: bool = True) -> Page:
        """Load a page again, as its own script would."""
        return self._leave(page, page.url, "GET", target="", follow=follow)

    def open_frame(self, page: Page, which: int | str = 0, *, follow: bool = True) -> Page:
        """Load one frame of a page, given by its number or its id.

        Raises:
            BrowserError: the page has no such frame, or its content refuses to be framed there.
        """
        numbered = dict(enumerate(page.frames))
        named = {frame.id: frame for frame in page.frames}
        frame = numbered.get(which) if isinstance(which, int) else named.get(which)
        if frame is None:
            raise BrowserError(f"no frame {which} on {page}")
        start = Navigation(frame.url, "GET", page.top_site, origin_of(page.url), True)
        return self._navigate(start, None, follow)

    def submit(
        self,
        page: Page,
        form: Form | None = None,
        values: Values | None = None,
        *,
        button: str | None = None,
        follow: bool = True,
    ) -> Page:
        """Fill in a form and send it.

        Args:
            page: where the form is.
            form: which one; the page's only or first one otherwise.
            values: see `Form.pairs`.
            button: name, value or words of the button; the first one otherwise.
            follow: see `get`.
        """
        wanted = form or page.form()
        pairs = wanted.pairs(values or {}, button)
        if wanted.method == "post":
            return self._leave(
                page, wanted.action, "POST", pairs, target=wanted.target, follow=follow
            )
        url = f"{wanted.action.partition('?')[0]}?{urlencode(pairs)}"
        return self._leave(page, url, "GET", target=wanted.target, follow=follow)

    def _leave(
        self,
        page: Page,
        url: str,
        method: str,
        pairs: list[tuple[str, str]] | None = None,
        *,
        target: str,
        follow: bool,
    ) -> Page:
        leaves_frame = target in {"_blank", "_top"} or not page.in_frame
        top_site = site_of(url) if leaves_frame else page.top_site
        start = Navigation(url, method, top_site, origin_of(page.url), not leaves_frame)
        return self._navigate(start, pairs, follow)

    def _navigate(
        self, navigation: Navigation, pairs: list[tuple[str, str]] | None, follow: bool
    ) -> Page:
        hops: list[Hop] = []
        crossed = "none"
        while True:
            crossed = _widest(crossed, navigation.fetch_site)
            response = self._request(navigation, pairs, crossed)
            hops.append(Hop(navigation.method, navigation.url, response.status_code))
            target = response.headers.get("Location")
            if follow and response.status_code in _REDIRECTS and target:
                navigation, pairs = _redirected(navigation, pairs, response.status_code, target)
            else:
                page = self._page(navigation, response, hops)
                after = _automatic(page) if follow else None
                if after is None:
                    return page
                navigation, pairs = after
                crossed = "none"
            if len(hops) >= _MOST_HOPS:
                raise BrowserError(f"no end of redirects at {navigation.url.partition('?')[0]}")

    def _request(
        self, navigation: Navigation, pairs: list[tuple[str, str]] | None, fetch_site: str
    ) -> requests.Response:
        headers = {"User-Agent": self._user_agent, "Accept": "text/html,*/*;q=0.8"}
        if is_trustworthy(navigation.url):
            headers["Sec-Fetch-Site"] = fetch_site
            headers["Sec-Fetch-Mode"] = "navigate"
            headers["Sec-Fetch-Dest"] = "iframe" if navigation.in_frame else "document"
        if navigation.method == "POST":
            headers["Origin"] = navigation.initiator or "null"
            headers["Content-Type"] = _FORM_TYPE
        if cookie := self.cookies.header(navigation):
            headers["Cookie"] = cookie
        body = urlencode(pairs) if pairs is not None else None
        prepared = requests.Request(navigation.method, navigation.url, headers, data=body).prepare()
        response = self._send(prepared)
        self.cookies.keep(_set_cookie_lines(response), navigation)
        return response

    def _send_for_real(self, prepared: requests.PreparedRequest) -> requests.Response:
        return self._session.send(
            prepared, timeout=_SECONDS, allow_redirects=False, verify=self._verify
        )

    @staticmethod
    def _page(navigation: Navigation, response: requests.Response, hops: list[Hop]) -> Page:
        kind = response.headers.get("Content-Type", "")
        html = response.text if kind.startswith(("text/", "application/json")) else ""
        page = Page(
            url=navigation.url,
            status=response.status_code,
            headers=response.headers,
            html=html,
            top_site=navigation.top_site,
            in_frame=navigation.in_frame,
            hops=hops,
        )
        if kind.startswith("text/html"):
            page.document = read_document(html, navigation.url)
        if navigation.in_frame and not _may_be_framed(page):
            raise BrowserError(f"{page} refuses to be shown in a frame of {page.top_site}")
        return page


def _widest(one: str, other: str) -> str:
    """Return what `Sec-Fetch-Site` says after a redirect: the most foreign step of the way."""
    order = ("none", "same-origin", "same-site", "cross-site")
    return max(one, other, key=order.index)


def _redirected(
    navigation: Navigation, pairs: list[tuple[str, str]] | None, status: int, target: str
) -> tuple[Navigation, list[tuple[str, str]] | None]:
    url = urljoin(navigation.url, target)
    keeps_method = status in {307, 308} or navigation.method == "GET"
    method = navigation.method if keeps_method else "GET"
    top_site = navigation.top_site if navigation.in_frame else site_of(url)
    redirected = Navigation(url, method, top_site, navigation.initiator, navigation.in_frame)
    return redirected, pairs if keeps_method else None


def _automatic(page: Page) -> tuple[Navigation, list[tuple[str, str]] | None] | None:
    """Return what the page does by itself, or None if it waits for a person."""
    initiator = origin_of(page.url)
    if page.document.refresh_url is not None:
        url = page.document.refresh_url
        return _onward(page, url, "GET", initiator), None
    if len(page.forms) != 1 or not page.forms[0].is_automatic:
        return None
    form = page.forms[0]
    pairs = form.pairs({})
    if form.method == "post":
        return _onward(page, form.action, "POST", initiator), pairs
    url = f"{form.action.partition('?')[0]}?{urlencode(pairs)}"
    return _onward(page, url, "GET", initiator), None


def _onward(page: Page, url: str, method: str, initiator: str) -> Navigation:
    top_site = page.top_site if page.in_frame else site_of(url)
    return Navigation(url, method, top_site, initiator, page.in_frame)


def _set_cookie_lines(response: requests.Response) -> list[str]:
    # Only the raw answer keeps several headers of one name apart.
    headers = getattr(response.raw, "headers", None)
    if headers is not None and hasattr(headers, "getlist"):
        return list(headers.getlist("Set-Cookie"))
    line = response.headers.get("Set-Cookie")
    return [line] if line else []


def _may_be_framed(page: Page) -> bool:
    """Tell whether the page's headers let the site around it show it in a frame."""
    for policy in page.headers.get("Content-Security-Policy", "").split(";"):
        words = policy.split()
        if words and words[0] == "frame-ancestors":
            return any(_source_fits(source, page) for source in words[1:])
    if "X-Frame-Options" in page.headers:
        return page.headers["X-Frame-Options"].upper() == "SAMEORIGIN" and (
            site_of(page.url) == page.top_site
        )
    return True


def _source_fits(source: str, page: Page) -> bool:
    if source == "*":
        return True
    if source == "'self'":
        return site_of(page.url) == page.top_site
    return site_of(source) == page.top_site
