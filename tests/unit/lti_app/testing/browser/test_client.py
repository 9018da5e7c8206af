"""The browser navigates, in windows and frames, and says who asked."""

from collections.abc import Callable

import pytest
from requests import PreparedRequest, Response

from lti_app.testing.browser import BrowserError, HttpBrowser

LMS = "http://localhost:8080"
TOOL = "http://127.0.0.1:5000"


def answer(html: str = "", status: int = 200, **headers: str) -> Response:
    response = Response()
    response.status_code = status
    response._content = html.encode()
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response


class Net:
    """Answers from a table, and remembers what was asked."""

    def __init__(self, answers: dict[str, Response | Callable[[PreparedRequest], Response]]):
        self.answers = answers
        self.requests: list[PreparedRequest] = []

    def __call__(self, request: PreparedRequest) -> Response:
        self.requests.append(request)
        found = self.answers[request.url or ""]
        return found if isinstance(found, Response) else found(request)


def browse(**answers: Response) -> tuple[HttpBrowser, Net]:
    places = {"lms": f"{LMS}/", "tool": f"{TOOL}/", "next": f"{TOOL}/next"}
    net = Net({places[name]: one for name, one in answers.items()})
    return HttpBrowser(send=net), net


FRAMED = f'<iframe src="{TOOL}/"></iframe>'
POSTING = f'<form method=post action="{TOOL}/next"><input type=hidden name=a value="1 2"></form>'


def test_an_automatic_form_of_a_frame_is_sent_from_the_page_around_it() -> None:
    browser, net = browse(lms=answer(FRAMED), tool=answer(POSTING), next=answer("<p>Here</p>"))
    page = browser.open_frame(browser.get(f"{LMS}/"))
    assert page.text == "Here"
    posted = net.requests[-1]
    assert posted.body == "a=1+2"
    assert posted.headers["Origin"] == TOOL
    assert posted.headers["Sec-Fetch-Site"] == "same-origin"
    assert posted.headers["Sec-Fetch-Dest"] == "iframe"
    assert net.requests[1].headers["Sec-Fetch-Site"] == "cross-site"
    assert [hop.method for hop in page.hops] == ["GET", "POST"]


def test_a_redirect_of_a_post_becomes_a_get_and_stays_cross_site() -> None:
    browser, net = browse(
        lms=answer(POSTING), next=answer(status=303, Location="/"), tool=answer("<p>Here</p>")
    )
    assert browser.get(f"{LMS}/").url == f"{TOOL}/"
    assert net.requests[-1].method == "GET"
    assert net.requests[-1].headers["Sec-Fetch-Site"] == "cross-site"
    assert "Origin" not in net.requests[-1].headers


def test_a_cookie_of_one_answer_comes_with_the_next_request() -> None:
    cookie = "v=1; Path=/; Secure; SameSite=None; Partitioned"
    browser, net = browse(
        lms=answer(FRAMED),
        tool=answer(status=302, Location="/next", Set_Cookie=cookie),
        next=answer(),
    )
    browser.open_frame(browser.get(f"{LMS}/"))
    assert net.requests[-1].headers["Cookie"] == "v=1"


def test_a_form_for_a_new_window_leaves_the_frame() -> None:
    button = f'<form method=post target=_blank action="{TOOL}/next"><button>Open</button></form>'
    browser, net = browse(lms=answer(FRAMED), tool=answer(button), next=answer())
    inner = browser.open_frame(browser.get(f"{LMS}/"))
    assert inner.in_frame
    opened = browser.submit(inner)
    assert not opened.in_frame
    assert net.requests[-1].headers["Sec-Fetch-Dest"] == "document"


def test_a_page_that_may_not_be_framed_is_not_shown() -> None:
    policy = "default-src 'none'; frame-ancestors https://other.example"
    browser, _ = browse(lms=answer(FRAMED), tool=answer(Content_Security_Policy=policy))
    with pytest.raises(BrowserError, match="refuses to be shown"):
        browser.open_frame(browser.get(f"{LMS}/"))


def test_a_page_is_framed_where_its_policy_names_the_site() -> None:
    policy = f"frame-ancestors {LMS}"
    browser, _ = browse(lms=answer(FRAMED), tool=answer(Content_Security_Policy=policy))
    assert browser.open_frame(browser.get(f"{LMS}/")).status == 200


def test_redirects_without_end_are_an_error() -> None:
    browser, _ = browse(lms=answer(status=302, Location="/"))
    with pytest.raises(BrowserError, match="no end of redirects"):
        browser.get(f"{LMS}/")


def test_what_is_missing_is_named() -> None:
    browser, _ = browse(lms=answer("<p>Bare</p>"))
    page = browser.get(f"{LMS}/")
    with pytest.raises(BrowserError, match="Bare"):
        browser.open_frame(page)
    with pytest.raises(BrowserError, match="Bare"):
        browser.submit(page)
    with pytest.raises(BrowserError, match="Bare"):
        browser.click(page, "Go")


def test_a_link_a_search_and_a_reload_are_gets() -> None:
    html = '<a href="/?b">Go</a><form action="/?old"><input name=q></form>'
    net = Net({f"{LMS}/{query}": answer(html) for query in ("", "?b", "?q=x+y")})
    browser = HttpBrowser(send=net)
    page = browser.click(browser.get(f"{LMS}/"), "Go")
    assert browser.reload(page).url == f"{LMS}/?b"
    assert browser.submit(page, values={"q": "x y"}).url == f"{LMS}/?q=x+y"
    assert [one.method for one in net.requests] == ["GET"] * 4


def test_following_can_be_left_to_the_caller() -> None:
    browser, _ = browse(lms=answer(status=302, Location="/"))
    assert browser.get(f"{LMS}/", follow=False).status == 302
