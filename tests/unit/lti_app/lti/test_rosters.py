"""Pages of a roster, good and hostile, as what we keep of them."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest

from lti_app.domain.delivery import Outcome
from lti_app.domain.launch import Family, Profile
from lti_app.domain.roles import Roles
from lti_app.lti.http import HttpClient, HttpFailure, Response
from lti_app.lti.rosters import RosterPage, first_page, most_pages, read_page
from lti_app.lti.scores import Platform
from tests.proofs import rule

URL = "https://lms.example/members?type=1"
LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
LEARNER = Roles(is_learner=True)


class Lms:
    """Gives one answer, and keeps how it was asked."""

    def __init__(self, answer: Response | HttpFailure) -> None:
        self.answer = answer
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    def get(self, url: str, headers: Mapping[str, str], **_: object) -> Response:
        self.asked.append((url, headers))
        if isinstance(self.answer, HttpFailure):
            raise self.answer
        return self.answer


def answered(document: object, status: int = 200, **headers: str) -> Response:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status, headers, body)


def read(
    answer: Response | HttpFailure, url: str = URL, family: Family = Family.MOODLE
) -> RosterPage:
    client = cast("HttpClient", Lms(answer))
    return read_page(client, "token", url, Platform(family, ["https://lms.example/token"]))


def listed(*members: object) -> RosterPage:
    page = read(answered({"id": URL, "members": list(members)}))
    assert page.answer.outcome is Outcome.ACCEPTED
    return page


def one(**changes: Any) -> Any:
    """Return the only member of a page whose entry was changed so."""
    (member,) = listed({"user_id": "7", "roles": ["Learner"]} | changes).members
    return member


@rule("R-5.1")
@pytest.mark.parametrize(
    ("family", "url"),
    [
        (Family.MOODLE, f"{URL}&limit=200"),
        (Family.CANVAS, f"{URL}&limit=50"),
        (Family.OTHER, URL),
    ],
)
def test_a_first_page_is_as_long_as_the_product_likes_and_names_no_role(
    family: Family, url: str
) -> None:
    assert first_page(URL, family) == url


@rule("R-5.1")
def test_small_pages_may_be_many() -> None:
    assert [most_pages(family) for family in Family] == [200, 800, 200]


def test_the_lms_is_asked_with_the_token_and_one_media_type() -> None:
    lms = Lms(answered({"members": []}))
    read_page(cast("HttpClient", lms), "t", URL, Platform(Family.OTHER, [URL]))
    assert lms.asked == [
        (
            URL,
            {
                "Authorization": "Bearer t",
                "Accept": "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
            },
        )
    ]


def test_an_entry_is_read_with_what_the_lms_tells() -> None:
    member = one(
        name="Alice Adams", given_name="Alice", family_name="Adams", email="alice@example.org"
    )
    assert member.subject == "7"
    assert member.roles == LEARNER
    assert member.is_active
    assert member.profile == Profile("Alice Adams", "Alice", "Adams", "alice@example.org")


@rule("R-5.1")
@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (["Learner"], LEARNER),
        (["Instructor"], Roles(can_author=True, can_review=True)),
        ([f"{LIS}membership#Learner"], LEARNER),
        (
            [f"{LIS}membership#Instructor", f"{LIS}membership/Instructor#TeachingAssistant"],
            Roles(can_review=True),
        ),
        ([f"{LIS}membership#Mentor"], Roles(is_mentor=True)),
        (["Learner", TEST_USER], Roles(is_learner=True, is_preview=True)),
        ([f"{LIS}institution/person#Administrator"], Roles(is_platform_admin=True)),
        ([f"{LIS}membership/Learner#Instructor"], LEARNER),
        (["Learner", 5, None, ["Instructor"]], LEARNER),
        ("Instructor", Roles()),
        (None, Roles()),
        ({}, Roles()),
    ],
)
def test_roles_are_looked_at_by_us_short_ones_too(roles: object, expected: Roles) -> None:
    assert one(roles=roles).roles == expected


@rule("R-5.4")
@pytest.mark.parametrize(
    ("status", "is_active"),
    [
        (None, True),
        ("Active", True),
        (" active", True),
        ("http://purl.imsglobal.org/vocab/lis/v2/status#Active", True),
        ("Inactive", False),
        ("Deleted", False),
        ("Suspended by order of the dean", False),
        ("", False),
        (1, False),
        ([], False),
    ],
)
def test_only_who_is_said_to_be_active_is_or_nothing_is_said(
    status: object, is_active: bool
) -> None:
    assert one(status=status).is_active is is_active


def test_a_number_is_a_name_too() -> None:
    assert one(user_id=7).subject == "7"


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "7",
        [],
        {},
        {"user_id": None},
        {"user_id": ""},
        {"user_id": True},
        {"user_id": 7.5},
        {"user_id": ["7"]},
        {"user_id": "x" * 256},
        {"user_id": int("9" * 300)},
        {"user_id": "a\u0000b"},
        {"user_id": "\ud800"},
    ],
)
def test_an_entry_that_names_nobody_is_counted_and_stops_no_other(entry: object) -> None:
    page = listed(entry, {"user_id": "7", "roles": ["Learner"]})
    assert [member.subject for member in page.members] == ["7"]
    assert page.unreadable == 1


def test_odd_names_are_left_out_and_long_ones_cut() -> None:
    member = one(name=["Alice"], given_name="a\u0000", family_name="A" * 999, email="e" * 400)
    assert member.profile.name is None
    assert member.profile.full_name == "A" * 255
    assert member.profile.email is None


def test_who_is_listed_twice_on_a_page_is_one_person_with_both_roles() -> None:
    page = listed(
        {"user_id": "7", "roles": ["Learner"], "name": "Alice", "status": "Active"},
        {"user_id": "7", "roles": ["Instructor"], "name": "Alice", "status": "Inactive"},
    )
    (member,) = page.members
    assert member.roles == Roles(can_author=True, can_review=True, is_learner=True)
    assert member.is_active


def test_the_next_page_is_named() -> None:
    link = '<https://lms.example/members?from=200>; rel="next"'
    page = read(answered({"members": []}, Link=link))
    assert page.next_url == "https://lms.example/members?from=200"


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (answered([]), Outcome.TRANSIENT, "roster_unreadable"),
        (answered({}), Outcome.TRANSIENT, "roster_unreadable"),
        (answered({"members": {"0": {"user_id": "7"}}}), Outcome.TRANSIENT, "roster_unreadable"),
        (answered(b""), Outcome.TRANSIENT, "roster_unreadable"),
        (answered(b"[" * 100_000), Outcome.TRANSIENT, "roster_unreadable"),
        (answered(b'{"members": [' + b"9" * 5000 + b"]}"), Outcome.TRANSIENT, "roster_unreadable"),
        (answered(b"\xff\xfe"), Outcome.TRANSIENT, "roster_unreadable"),
        (answered(b"<!doctype html>"), Outcome.UNKNOWN, "unexpected_answer"),
        (answered(b"[]", 500), Outcome.TRANSIENT, "lms_error"),
        (answered(b"", 503), Outcome.TRANSIENT, "lms_error"),
        (answered(b"", 429), Outcome.TRANSIENT, "throttled"),
        (answered(b"Rate Limit Exceeded", 403), Outcome.TRANSIENT, "throttled"),
        (answered(b"{}", 403), Outcome.CONFIGURATION, "roster_refused"),
        (answered(b"<html>", 403), Outcome.TRANSIENT, "unexpected_answer"),
        (answered(b"", 401), Outcome.CONFIGURATION, "token_rejected"),
        (answered(b"", 404), Outcome.GONE, "roster_gone"),
        (answered(b"", 409), Outcome.TRANSIENT, "unexpected_answer"),
        (answered(b"[]", 400), Outcome.CONFIGURATION, "roster_refused"),
        (answered(b"", 302), Outcome.TRANSIENT, "unexpected_answer"),
        (HttpFailure("timeout"), Outcome.UNKNOWN, "no_answer_in_time"),
        (HttpFailure("too_large"), Outcome.UNKNOWN, "answer_too_large"),
        (HttpFailure("refused"), Outcome.CONFIGURATION, "address_refused"),
    ],
)
def test_what_is_no_page_of_a_roster_is_told_by_its_class(
    answer: Response | HttpFailure, outcome: Outcome, reason: str
) -> None:
    page = read(answer)
    assert (page.answer.outcome, page.answer.reason, page.members) == (outcome, reason, ())


def test_a_token_goes_to_no_other_server() -> None:
    lms = Lms(answered({"members": []}))
    platform = Platform(Family.OTHER, ["https://lms.example/token"])
    page = read_page(cast("HttpClient", lms), "t", "https://evil.example/members", platform)
    assert page.answer.reason == "foreign_address"
    assert lms.asked == []
