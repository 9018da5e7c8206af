"""Columns of a gradebook: a link's own column found in the course's list, or made (R-4.5 to R-4.7).

Nothing here changes or deletes a column that exists.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.lti.addresses import add_to_query
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.links import next_page
from lti_app.lti.scores import Platform, check_service_url, class_answer, class_failure

SCOPE_LINE_ITEM: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
SCOPE_LINE_ITEM_READ: Final = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json"
LIST_TYPE = "application/vnd.ims.lis.v2.lineitemcontainer+json"
_MOST_PAGES = 200
#: The LMS makes no column for this link; Canvas says 412 for one that is no assignment.
_NO_COLUMN = frozenset({400, 404, 412, 422})
_DEADLINE = 60.0
_LONGEST_LABEL = 255


@dataclass(frozen=True)
class Column:
    """What names a column.

    Attributes:
        link_id: of the link in the course.
        resource_id: what we call the activity.
        label: for people; `tag`: the activity's kind.
        maximum: of its grades.
        copied_id: what we called the activity in the course that this one was copied from, and the
            LMS still does; None where nothing was copied.
    """

    link_id: str
    resource_id: str
    label: str
    tag: str
    maximum: int = 100
    copied_id: str | None = None


@dataclass(frozen=True)
class ColumnAnswer:
    """What a search came to; without a `url` an accepted answer means that there is no column."""

    answer: PostAnswer
    url: str | None = None


_Wanted = Callable[[Mapping[str, object]], bool]


class _StoppedError(Exception):
    """A list could not be read to its end."""

    def __init__(self, answer: PostAnswer) -> None:
        super().__init__(answer.reason)
        self.answer = answer


def find_column(
    client: HttpClient, token: str, container_url: str, column: Column, platform: Platform
) -> ColumnAnswer:
    """Look for a link's column: by the link, then by what we call the activity (R-4.5, R-6.7).

    Some LMSs heed no filter, so what comes is filtered again. A column of the same activity that
    belongs to another link is another placement's.

    Args:
        client: makes the calls.
        token: granted for reading line items.
        container_url: the course's list, as the LMS named it.
        column: what is looked for.
        platform: the LMS.
    """

    def is_of_link(item: Mapping[str, object]) -> bool:
        return str(item.get("resourceLinkId") or "") == column.link_id

    def is_called(name: str) -> _Wanted:
        def is_wanted(item: Mapping[str, object]) -> bool:
            is_ours = str(item.get("resourceId") or "") == name
            return is_ours and str(item.get("resourceLinkId") or "") in {"", column.link_id}

        return is_wanted

    names = [name for name in (column.resource_id, column.copied_id) if name]
    searches: list[tuple[str, str, _Wanted]] = [
        ("resource_link_id", column.link_id, is_of_link),
        *(("resource_id", name, is_called(name)) for name in names),
    ]
    try:
        for name, value, is_wanted in searches:
            url = add_to_query(container_url, {name: value})
            for item in _items(client, token, url, platform):
                found = item.get("id")
                if is_wanted(item) and isinstance(found, str):
                    return _checked(found, platform)
    except _StoppedError as stopped:
        return ColumnAnswer(stopped.answer)
    return ColumnAnswer(PostAnswer(Outcome.ACCEPTED, 200))


def create_column(
    client: HttpClient, token: str, container_url: str, column: Column, platform: Platform
) -> ColumnAnswer:
    """Make a column for a link; to be called only after a search that found none."""
    body = {
        "label": column.label[:_LONGEST_LABEL],
        "scoreMaximum": column.maximum,
        "resourceId": column.resource_id,
        "resourceLinkId": column.link_id,
        "tag": column.tag,
    }
    if not check_service_url(container_url, platform.endpoints):
        return ColumnAnswer(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": _ITEM_TYPE,
        "Accept": _ITEM_TYPE,
    }
    try:
        answer = client.post(container_url, json.dumps(body).encode(), headers)
    except HttpFailure as failure:
        return ColumnAnswer(class_failure(failure))
    classed = class_answer(answer, platform.family)
    if answer.status in _NO_COLUMN:
        return ColumnAnswer(PostAnswer(Outcome.CONFIGURATION, answer.status, "no_column"))
    if classed.outcome is not Outcome.ACCEPTED:
        return ColumnAnswer(classed)
    made = _json(answer)
    url = made.get("id") if isinstance(made, dict) else None
    if not isinstance(url, str):
        return ColumnAnswer(_unreadable(answer))
    return _checked(url, platform)


def _items(
    client: HttpClient, token: str, url: str, platform: Platform
) -> Iterator[Mapping[str, object]]:
    seen: set[str] = set()
    following: str | None = url
    while following is not None and following not in seen and len(seen) < _MOST_PAGES:
        seen.add(following)
        answer = _page(client, token, following, platform)
        items = _json(answer)
        if items is None:
            items = []
        if not isinstance(items, list):
            raise _StoppedError(_unreadable(answer))
        yield from (item for item in items if isinstance(item, dict))
        following = next_page(answer.headers.get("Link"), following)


def _page(client: HttpClient, token: str, url: str, platform: Platform) -> Response:
    if not check_service_url(url, platform.endpoints):
        raise _StoppedError(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    headers = {"Authorization": f"Bearer {token}", "Accept": LIST_TYPE}
    try:
        answer = client.get(url, headers, deadline=_DEADLINE)
    except HttpFailure as failure:
        raise _StoppedError(class_failure(failure)) from failure
    classed = class_answer(answer, platform.family)
    if classed.outcome is not Outcome.ACCEPTED:
        raise _StoppedError(classed)
    return answer


def _json(answer: Response) -> object:
    """Return what an answer holds; an empty one holds nothing, text that is no JSON is False."""
    try:
        document: object = json.loads(answer.body) if answer.body.strip() else None
    except (ValueError, RecursionError):
        return False
    return document


def _checked(url: str, platform: Platform) -> ColumnAnswer:
    if not check_service_url(url, platform.endpoints):
        return ColumnAnswer(PostAnswer(Outcome.CONFIGURATION, reason="foreign_address"))
    return ColumnAnswer(PostAnswer(Outcome.ACCEPTED, 200), url)


def _unreadable(answer: Response) -> PostAnswer:
    return PostAnswer(Outcome.TRANSIENT, answer.status, "result_unreadable")
