"""Web addresses: origins, and what is added to paths and queries."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.lti.addresses import (
    add_to_path,
    add_to_query,
    cell_named_in,
    is_launch_address,
    origin,
    review_address,
    same_origin,
)
from tests.proofs import rule

ORIGINS = {
    "https://lms.example/mod/lti?a=b#c": ("https", "lms.example", 443),
    "HTTPS://LMS.Example": ("https", "lms.example", 443),
    "https://lms.example:443/": ("https", "lms.example", 443),
    "http://127.0.0.1:5000/x": ("http", "127.0.0.1", 5000),
    "http://lms.example": ("http", "lms.example", 80),
    "https://[2001:db8::1]:8443/": ("https", "2001:db8::1", 8443),
    "https://lms.example:0/": ("https", "lms.example", 0),
}


@pytest.mark.parametrize("url", ORIGINS)
def test_an_origin_is_scheme_host_and_port(url: str) -> None:
    assert origin(url) == ORIGINS[url]


NOT_USABLE = [
    "",
    "lms.example",
    "//lms.example/",
    "https://",
    "https:///path",
    "ftp://lms.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "https://user@lms.example/",
    "https://user:password@lms.example/",
    "https://@lms.example/",
    "https://lms.example:port/",
    "https://lms.example:99999/",
    "https://lms.example\\@evil.example/",
    "https://lms.example/ x",
    "https://lms.example/\n",
    " https://lms.example/",
    "https://lms.example/é",
    "https://[::1/",
    "https://lms.example/" + "x" * 2000,
]


@pytest.mark.parametrize("url", NOT_USABLE)
def test_an_address_that_programs_read_differently_is_not_usable(url: str) -> None:
    assert origin(url) is None
    assert not same_origin(url, url)


@given(st.text())
def test_no_text_breaks_the_reading_of_an_address(text: str) -> None:
    for url in (text, "https://" + text, "https://lms.example" + text):
        found = origin(url)
        assert found is None or found[0] in {"http", "https"}


QUERIES = [
    ("https://a.example/auth", {"x": "1"}, "https://a.example/auth?x=1"),
    ("https://a.example/auth?", {"x": "1"}, "https://a.example/auth?x=1"),
    ("https://a.example/auth?t=7", {"x": "1"}, "https://a.example/auth?t=7&x=1"),
    ("https://a.example/auth?x=0&t=7", {"x": "1"}, "https://a.example/auth?t=7&x=1"),
    ("https://a.example/auth?t=a%2Fb&u", {"x": "1"}, "https://a.example/auth?t=a%2Fb&u&x=1"),
    ("https://a.example/auth?%78=0", {"x": "1"}, "https://a.example/auth?x=1"),
    ("https://a.example/auth#part", {"x": "1"}, "https://a.example/auth?x=1"),
    ("https://a.example/", {"x": "a +&=é/"}, "https://a.example/?x=a%20%2B%26%3D%C3%A9%2F"),
]


@rule("R-1.7")
@pytest.mark.parametrize(("url", "parameters", "expected"), QUERIES)
def test_parameters_are_merged_into_a_query(
    url: str, parameters: dict[str, str], expected: str
) -> None:
    assert add_to_query(url, parameters) == expected


PATHS = [
    ("https://a.example/items/7", "https://a.example/items/7/scores"),
    ("https://a.example/items/7/", "https://a.example/items/7/scores"),
    (
        "https://a.example/items/7/lineitem?type_id=1",
        "https://a.example/items/7/lineitem/scores?type_id=1",
    ),
    ("https://a.example", "https://a.example/scores"),
    ("https://a.example/7?u=https://b/c#d", "https://a.example/7/scores?u=https://b/c"),
]


@pytest.mark.parametrize(("url", "expected"), PATHS)
def test_a_segment_goes_before_the_query(url: str, expected: str) -> None:
    assert add_to_path(url, "scores") == expected


CELL = UUID("6f6f3d0e-9f6f-4a47-9a64-0b3c5f3e2a11")


@rule("R-9.2")
def test_the_address_of_a_cell_names_it_and_takes_launches() -> None:
    address = review_address("https://tool.example", CELL)
    assert address == f"https://tool.example/lti/launch?for={CELL}"
    assert is_launch_address(address, "https://tool.example")
    assert cell_named_in(address) == CELL


@pytest.mark.parametrize(
    "query", ["", "?for=", "?for=7", f"?for={CELL}&for={CELL}", f"?other={CELL}", "?for=%00"]
)
def test_an_address_that_names_no_cell_names_none(query: str) -> None:
    assert cell_named_in(f"https://tool.example/lti/launch{query}") is None


@rule("R-1.4")
@pytest.mark.parametrize(
    ("url", "is_ours"),
    [
        ("https://tool.example/lti/launch", True),
        ("https://tool.example/lti/launch?kind=mentoring", True),
        ("https://tool.example/", False),
        ("https://tool.example/lti/launch/x", False),
        ("https://evil.example/lti/launch", False),
        ("http://tool.example/lti/launch", False),
    ],
)
def test_one_address_of_the_tool_takes_launches(url: str, is_ours: bool) -> None:
    assert is_launch_address(url, "https://tool.example") is is_ours
