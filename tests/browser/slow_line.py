"""A line on which an answer does not come before a test wants it to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route


@contextmanager
def held(page: Page, address: str, then: Callable[[Route], None] = Route.abort) -> Iterator[None]:
    """Let what a page asks for at an address wait until the block ends.

    Args:
        page: which.
        address: a pattern of addresses.
        then: what becomes of it.
    """
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(address, hold)
    try:
        yield
    finally:
        # What is never answered is complained of while some later test runs.
        for route in waiting:
            then(route)
        page.unroute(address)
