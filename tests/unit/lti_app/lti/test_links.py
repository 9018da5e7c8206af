"""The `Link` header, as LMSs write it (R-4.18)."""

import pytest

from lti_app.lti.links import next_page

PAGE = "https://lms.test/api/results?page=1"
NEXT = "https://lms.test/api/Results?page=2&per_page=50"


@pytest.mark.parametrize(
    "header",
    [
        f'<{NEXT}>; rel="next"',
        f"<{NEXT}>; rel=next",
        f"<{NEXT}>; rel='next'",
        f"<{NEXT}>; REL=Next",
        f"<{NEXT}>; rel=“next”",
        f'Link: <{NEXT}>; rel="next"',
        f'<{NEXT.replace("&", "&amp;")}>; rel="next"',
        f'<https://lms.test/a>; rel="current", <{NEXT}>; rel="next", </b>; rel="last"',
        f'<{NEXT}>; title="x"; rel="next"',
        f'<{NEXT}>; rel="next last"',
        '<Results?page=2&per_page=50>; rel="next"',
        '</api/Results?page=2&per_page=50>; rel="next"',
    ],
)
def test_the_next_page_is_found(header: str) -> None:
    assert next_page(header, PAGE) == NEXT


@pytest.mark.parametrize(
    "header", [None, "", "next", '<https://lms.test/a>; rel="prev"', '<>; rel="next"', "<a"]
)
def test_the_last_page_has_no_next_one(header: str | None) -> None:
    assert next_page(header, PAGE) is None
