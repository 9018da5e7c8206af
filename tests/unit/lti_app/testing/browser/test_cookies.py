"""The browser keeps and sends cookies as Chromium was observed to do."""

import pytest

from lti_app.testing.browser.cookies import CookieJar, Navigation, site_of

LMS = "http://localhost:8080"
TOOL = "http://127.0.0.1:5000"
VISIT = "v=secret; Path=/v/abc/; Secure; HttpOnly; SameSite=None; Partitioned"


def frame(url: str, method: str = "GET", top: str = LMS) -> Navigation:
    return Navigation(url, method, site_of(top), "http://localhost:8080", True)


def window(url: str, method: str = "GET", initiator: str | None = None) -> Navigation:
    return Navigation(url, method, site_of(url), initiator, False)


def test_a_partitioned_cookie_comes_back_in_the_frame_of_the_same_site_only() -> None:
    jar = CookieJar()
    jar.keep([VISIT], frame(f"{TOOL}/lti/launch", "POST"))
    assert jar.header(frame(f"{TOOL}/v/abc/page")) == "v=secret"
    assert jar.header(frame(f"{TOOL}/v/abc/page", top="http://evil.example")) == ""
    assert jar.header(window(f"{TOOL}/v/abc/page")) == ""


def test_a_cookie_goes_to_its_own_path_only() -> None:
    jar = CookieJar()
    jar.keep([VISIT], frame(f"{TOOL}/lti/launch", "POST"))
    assert jar.header(frame(f"{TOOL}/v/abcd/")) == ""
    assert jar.header(frame(f"{TOOL}/v/abc")) == ""


def test_longer_paths_come_first() -> None:
    jar = CookieJar()
    jar.keep(["a=1; Path=/", "b=2; Path=/deep"], window(f"{LMS}/"))
    assert jar.header(window(f"{LMS}/deep/down")) == "b=2; a=1"


@pytest.mark.parametrize("allowed", [True, False])
def test_unpartitioned_cookies_live_in_a_frame_only_where_third_parties_are_allowed(
    allowed: bool,
) -> None:
    jar = CookieJar(third_party_allowed=allowed)
    jar.keep(["v=1; Path=/; Secure; SameSite=None"], frame(f"{TOOL}/"))
    assert jar.header(frame(f"{TOOL}/")) == ("v=1" if allowed else "")


def test_a_lax_cookie_is_never_kept_in_a_foreign_frame() -> None:
    jar = CookieJar(third_party_allowed=True)
    jar.keep(["v=1; Path=/; SameSite=Lax", "w=1; Path=/"], frame(f"{TOOL}/"))
    assert jar.header(frame(f"{TOOL}/")) == ""


def test_a_lax_cookie_goes_with_a_foreign_link_and_not_with_a_foreign_form() -> None:
    jar = CookieJar()
    jar.keep(["s=1; Path=/; SameSite=Lax"], window(f"{LMS}/"))
    assert jar.header(window(f"{LMS}/", initiator=TOOL)) == "s=1"
    assert jar.header(window(f"{LMS}/", "POST", initiator=TOOL)) == ""
    assert jar.header(window(f"{LMS}/", "POST", initiator=LMS)) == "s=1"


def test_secure_cookies_are_kept_on_the_machines_own_names_only() -> None:
    jar = CookieJar()
    for host in ("http://localhost:1", "http://127.0.0.1:1", "https://tool.example"):
        jar.keep(["s=1; Path=/; Secure"], window(host))
        assert jar.header(window(host)) == "s=1"
    jar.keep(["s=1; Path=/; Secure"], window("http://tool.example"))
    assert jar.header(window("http://tool.example")) == ""


@pytest.mark.parametrize(
    "line",
    [
        "__Host-a=1; Path=/deep; Secure",
        "__Host-a=1; Path=/",
        "__Host-a=1; Path=/; Secure; Domain=localhost",
        "__Secure-a=1; Path=/",
        "a=1; Path=/; SameSite=None",
        "a=1; Path=/; Partitioned",
        "a=1; Path=/; Domain=elsewhere.example",
        "a=" + "x" * 4096,
        "nameless",
    ],
)
def test_a_cookie_that_breaks_a_rule_is_dropped(line: str) -> None:
    jar = CookieJar()
    jar.keep([line], window(f"{LMS}/deep/page"))
    assert list(jar) == []


@pytest.mark.parametrize("end", ["Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
def test_deleting_needs_the_same_attributes(end: str) -> None:
    jar = CookieJar()
    there = frame(f"{TOOL}/v/abc/")
    jar.keep([VISIT], there)
    jar.keep([f"v=; Path=/v/abc/; Secure; SameSite=None; {end}"], there)
    assert jar.header(there) == "v=secret"
    jar.keep([f"v=; Path=/v/abc/; Secure; SameSite=None; Partitioned; {end}"], there)
    assert jar.header(there) == ""


def test_ports_and_subdomains_are_one_site_and_two_hosts_are_two() -> None:
    assert site_of("https://a.school.example:1") == site_of("https://b.school.example")
    assert site_of("http://localhost:1") != site_of("http://127.0.0.1:1")
    assert site_of("http://school.example") != site_of("https://school.example")
