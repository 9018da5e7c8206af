"""Columns in the list of an LMS: found by ours alone, read to the end, and made."""

import json
from dataclasses import replace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest

from lti_app.domain.delivery import Outcome
from lti_app.domain.launch import Family
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.line_items import Column, create_column, find_column
from lti_app.lti.scores import Platform
from tests.proofs import rule

LIST = "https://lms.example/3/lineitems?type_id=1"
PLATFORM = Platform(Family.OTHER, ("https://lms.example/token",))
COLUMN = Column("link", "activity", "Sign-up", "mentoring")


class Lms:
    """An LMS that heeds no filter, and answers with pages in turn."""

    def __init__(self, *pages: object) -> None:
        self.pages = list(pages)
        self.calls: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def client(self) -> HttpClient:
        """Return this, as what the code under test wants."""
        return cast("HttpClient", self)

    def get(self, url: str, headers: dict[str, str], deadline: float) -> Response:
        """Answer a read; the last page is given again and again."""
        self.calls.append((url, headers, b""))
        page = self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if isinstance(page, HttpFailure):
            raise page
        return page if isinstance(page, Response) else answered(page)

    def post(self, url: str, data: bytes, headers: dict[str, str]) -> Response:
        """Answer a post."""
        self.calls.append((url, headers, data))
        return self.get(url, headers, 0)


def answered(body: object, status: int = 200, link: str = "") -> Response:
    """Return an answer of the LMS."""
    return Response(status, {"Link": link} if link else {}, json.dumps(body).encode())


def item(number: int, link: str | None = None, resource: str = "") -> dict[str, object]:
    """Return a column as an LMS tells it."""
    return {
        "id": f"https://lms.example/3/lineitems/{number}",
        "resourceLinkId": link,
        "resourceId": resource,
    }


def found(lms: Lms) -> str | None:
    """Return the number of the column that is found."""
    url = find_column(lms.client, "token", LIST, COLUMN, PLATFORM).url
    return url and url.rpartition("/")[2]


@rule("R-4.5", "R-4.6")
@pytest.mark.parametrize(
    ("items", "number"),
    [
        ([], None),
        (None, None),
        ([item(1)], None),
        ([item(1, "another"), item(2, "link")], "2"),
        ([item(1, resource="activity"), item(2, "link")], "2"),
        ([item(1, resource="activity")], "1"),
        ([item(1, "link", "activity")], "1"),
        ([item(1, "another", "activity")], None),
        (["no object", item(2, "link")], "2"),
        ([{"id": 5, "resourceLinkId": "link"}], None),
    ],
)
def test_only_a_column_of_ours_is_found(items: object, number: str | None) -> None:
    assert found(Lms(items)) == number


@rule("R-4.5")
def test_the_lms_is_asked_for_the_link_and_then_for_the_activity() -> None:
    lms = Lms([])
    found(lms)
    queries = [parse_qs(urlsplit(url).query) for url, _, _ in lms.calls]
    assert queries == [
        {"type_id": ["1"], "resource_link_id": ["link"]},
        {"type_id": ["1"], "resource_id": ["activity"]},
    ]
    accept = lms.calls[0][1]["Accept"]
    assert accept == "application/vnd.ims.lis.v2.lineitemcontainer+json"


@rule("R-6.7")
@pytest.mark.parametrize(
    ("items", "number"),
    [
        ([item(1, resource="original")], "1"),
        ([item(1, "another", "original")], None),
        ([item(1, resource="original"), item(2, resource="activity")], "2"),
        ([item(1, resource="original"), item(2, "link")], "2"),
    ],
)
def test_in_a_copied_course_a_column_still_has_the_name_of_the_original(
    items: object, number: str | None
) -> None:
    column = replace(COLUMN, copied_id="original")
    url = find_column(Lms(items).client, "token", LIST, column, PLATFORM).url
    assert (url and url.rpartition("/")[2]) == number


@rule("R-4.18")
def test_all_pages_are_read() -> None:
    following = '<https://lms.example/3/lineitems?page=2>; rel="next"'
    lms = Lms(answered([item(1)], link=following), [item(2, "link")])
    assert found(lms) == "2"
    assert lms.calls[1][0] == "https://lms.example/3/lineitems?page=2"


@rule("R-4.18")
def test_a_list_that_leads_in_circles_ends() -> None:
    lms = Lms(answered([], link=f'<{LIST}&a=1>; rel="next"'))
    assert found(lms) is None
    assert len(lms.calls) == 4


@pytest.mark.parametrize(
    "page",
    [
        HttpFailure("timeout"),
        answered([], 503),
        answered({}),
        Response(200, {}, b"<html>"),
        answered([], link='<https://elsewhere.example/2>; rel="next"'),
    ],
)
def test_a_list_that_cannot_be_read_to_the_end_proves_nothing(page: object) -> None:
    answer = find_column(Lms(page).client, "token", LIST, COLUMN, PLATFORM)
    assert answer.url is None
    assert answer.answer.outcome is not Outcome.ACCEPTED


@rule("R-4.4")
def test_a_column_on_another_server_is_refused() -> None:
    foreign = item(1, "link") | {"id": "https://elsewhere.example/1"}
    answer = find_column(Lms([foreign]).client, "token", LIST, COLUMN, PLATFORM)
    assert (answer.url, answer.answer.reason) == (None, "foreign_address")


@rule("R-4.10", "R-4.5")
def test_a_new_column_says_whose_it_is() -> None:
    lms = Lms(answered(item(7), 201))
    answer = create_column(lms.client, "token", LIST, COLUMN, PLATFORM)
    assert answer.url == "https://lms.example/3/lineitems/7"
    url, headers, body = lms.calls[0]
    assert url == LIST
    assert headers["Content-Type"] == "application/vnd.ims.lis.v2.lineitem+json"
    assert json.loads(body) == {
        "label": "Sign-up",
        "scoreMaximum": 100,
        "resourceId": "activity",
        "resourceLinkId": "link",
        "tag": "mentoring",
    }


@pytest.mark.parametrize(
    "page", [HttpFailure("timeout"), answered({}, 403), answered([]), answered({"id": 1})]
)
def test_a_column_that_was_not_made_is_none(page: object) -> None:
    assert create_column(Lms(page).client, "token", LIST, COLUMN, PLATFORM).url is None


def test_no_column_is_made_on_another_server() -> None:
    lms = Lms({})
    url = "https://elsewhere.example/lineitems"
    assert create_column(lms.client, "token", url, COLUMN, PLATFORM).url is None
    assert lms.calls == []
