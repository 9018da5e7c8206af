"""All results of a gradebook column, page by page (AGS 2.0)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.lti.addresses import add_to_path
from lti_app.lti.http import HttpClient, HttpFailure
from lti_app.lti.links import next_page
from lti_app.lti.scores import (
    RESULTS_TYPE,
    Platform,
    ResultRead,
    check_service_url,
    class_answer,
    class_failure,
    read_results,
)
from lti_app.lti.throttling import lms_time

MAXIMUM_PAGES = 200


@dataclass(frozen=True)
class ResultsPage:
    """One page of a column's results.

    Attributes:
        answer: `ACCEPTED` if the page could be read, and only then do the others mean anything.
        cells: what the gradebook holds, by the LMS's id of the person; an empty cell may be absent.
        next_url: of the next page, or None.
        lms_time: what the LMS said of its time when it answered, in whole seconds, or None.
    """

    answer: PostAnswer
    cells: Mapping[str, ResultRead] = field(default_factory=dict)
    next_url: str | None = None
    lms_time: datetime | None = None


def first_page(line_item_url: str) -> str:
    """Return the address of a column's first page of results."""
    # Never with a `limit`: Moodle fails on it.
    return add_to_path(line_item_url, "results")


def read_page(client: HttpClient, token: str, page_url: str, platform: Platform) -> ResultsPage:
    """Read one page.

    Args:
        client: makes the call.
        token: granted for `SCOPE_RESULT`.
        page_url: of the first page, or what the page before named.
        platform: the LMS; the token goes to nobody else.
    """
    if not check_service_url(page_url, platform.endpoints):
        return ResultsPage(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    headers = {"Authorization": f"Bearer {token}", "Accept": RESULTS_TYPE}
    try:
        answer = client.get(page_url, headers, deadline=60.0)
    except HttpFailure as failure:
        return ResultsPage(class_failure(failure))
    classed = class_answer(answer, platform.family)
    if classed.outcome is not Outcome.ACCEPTED:
        return ResultsPage(classed)
    try:
        cells = read_results(answer, classed, platform.family)
    except (ValueError, RecursionError):
        return ResultsPage(PostAnswer(Outcome.TRANSIENT, answer.status, "result_unreadable"))
    return ResultsPage(
        classed, cells, next_page(answer.headers.get("Link"), page_url), lms_time(answer)
    )
