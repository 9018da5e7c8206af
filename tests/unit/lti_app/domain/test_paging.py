"""Pages of long lists."""

import pytest

from lti_app.domain.paging import pages_of


@pytest.mark.parametrize(
    ("total", "asked", "number", "count", "offset"),
    [
        (0, 1, 1, 1, 0),
        (25, 1, 1, 1, 0),
        (26, 2, 2, 2, 25),
        (26, 9, 2, 2, 25),
        (26, 0, 1, 2, 0),
        (26, -4, 1, 2, 0),
    ],
)
def test_the_nearest_page_that_there_is(
    total: int, asked: int, number: int, count: int, offset: int
) -> None:
    pages = pages_of(total, asked, 25)
    assert (pages.number, pages.count, pages.offset) == (number, count, offset)
