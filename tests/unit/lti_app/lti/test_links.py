"""The `Link` header, as LMSs write it (R-4.18)."""

import pytest

from lti_app.lti.links import next_page
from tests.proofs import rule

PAGE = "https://lms.test/api/results?page=1"
NEXT = "https://lms.test/api/Results?page=2&per_page=50"


@rule("R-4.18")
@pytest.mark.parametrize(
    "header",
    [
        f'<{NEXT}>; rel="next"',
        f"<{NEXT}>; rel=next",
        f"<{NEXT}>; rel='next'",
        f"<{NEXT}>; REL=Next",
        f"<{NEXT}>; rel=“next”",
        # As it arrives from the wire: UTF-8, read as Latin-1.
        f"<{NEXT}>; rel=“next”".encode().decode("latin-1"),
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
    "header",
    [
        None,
        "",
        "next",
        '<https://lms.test/a>; rel="prev"',
        '<https://lms.test/a>; rel="nextish"',
        '<>; rel="next"',
        "<a",
    ],
)
def test_the_last_page_has_no_next_one(header: str | None) -> None:
    assert next_page(header, PAGE) is None


def test_an_address_that_is_none_is_left_for_others_to_refuse() -> None:
    assert next_page('<https://[lms.test/>; rel="next"', PAGE) == "https://[lms.test/"
