"""The optional claims: used if they are of the right type, dropped and named if not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import Context, Family, GradeService, Launch, ResourceLink
from lti_app.lti.claims import CLAIMS, Treatment
from tests.proofs import rule
from tests.unit.lti_app.lti.lms import (
    CLAIM,
    ENDPOINT,
    NRPS,
    SCORE,
    Edit,
    edited,
    full_claims,
    having,
    launch,
    without,
)

CUSTOM, CONTEXT, LINK = CLAIM + "custom", CLAIM + "context", CLAIM + "resource_link"
PLATFORM, PRESENTATION = CLAIM + "tool_platform", CLAIM + "launch_presentation"

WRONG_TYPES: dict[str, tuple[Edit, str]] = {
    "context a list": (having("context", []), CONTEXT),
    "context a string": (having("context", "3"), CONTEXT),
    "context without id": (having("context", {"title": "x"}), CONTEXT),
    "context id a number": (having("context", {"id": 3}), CONTEXT),
    "context id too long": (having("context", {"id": "3" * 256}), CONTEXT),
    "context title a list": (having("context", {"id": "3", "title": ["x"]}), CONTEXT + ".title"),
    "context label true": (having("context", {"id": "3", "label": True}), CONTEXT + ".label"),
    "link title a number": (having("resource_link", {"id": "1", "title": 7}), LINK + ".title"),
    "custom a string": (having("custom", "kind=mentoring"), CUSTOM),
    "custom a list": (having("custom", ["kind"]), CUSTOM),
    "custom value a number": (having("custom", {"kind": 7}), CUSTOM + ".kind"),
    "custom value an object": (having("custom", {"kind": {}}), CUSTOM + ".kind"),
    "platform a string": (having("tool_platform", "moodle"), PLATFORM),
    "family a list": (
        having("tool_platform", {"product_family_code": []}),
        PLATFORM + ".product_family_code",
    ),
    "presentation a list": (having("launch_presentation", []), PRESENTATION),
    "return address a script": (
        having("launch_presentation", {"return_url": "javascript:alert(1)"}),
        PRESENTATION + ".return_url",
    ),
    "locale a sentence": (
        having("launch_presentation", {"locale": "no such thing"}),
        PRESENTATION + ".locale",
    ),
    "grade service a list": (having(ENDPOINT, [SCORE]), ENDPOINT),
    "scopes missing": (having(ENDPOINT, {}), ENDPOINT),
    "scopes a string": (having(ENDPOINT, {"scope": SCORE}), ENDPOINT),
    "scopes of numbers": (having(ENDPOINT, {"scope": [1]}), ENDPOINT),
    "roster service a list": (having(NRPS, []), NRPS),
    "roster address a number": (
        having(NRPS, {"context_memberships_url": 7}),
        NRPS + ".context_memberships_url",
    ),
    "roster address a file": (
        having(NRPS, {"context_memberships_url": "file:///etc/passwd"}),
        NRPS + ".context_memberships_url",
    ),
    "line item a number": (having(ENDPOINT, {"scope": [], "lineitem": 7}), ENDPOINT + ".lineitem"),
    "line item a file": (
        having(ENDPOINT, {"scope": [], "lineitem": "file:///etc/passwd"}),
        ENDPOINT + ".lineitem",
    ),
    "line items with a password": (
        having(ENDPOINT, {"scope": [], "lineitems": "https://a:b@lms.example/"}),
        ENDPOINT + ".lineitems",
    ),
    "name a list": (having("name", ["Alice"]), "name"),
    "given name half a character": (having("given_name", "\udc00"), "given_name"),
    "family name with a NUL": (having("family_name", "a\0"), "family_name"),
    "email a number": (having("email", 1), "email"),
    "email too long": (having("email", "a" * 310 + "@example.org"), "email"),
}


@rule("V18")
@pytest.mark.parametrize("name", WRONG_TYPES)
def test_an_optional_claim_of_the_wrong_type_is_dropped_and_named(name: str) -> None:
    edit, dropped = WRONG_TYPES[name]
    assert launch(edited(edit)).dropped_claims == (dropped,)


NULLS = ["context", "custom", "tool_platform", "launch_presentation", ENDPOINT, "name", "email"]


@pytest.mark.parametrize("name", NULLS)
def test_an_optional_claim_that_is_null_is_absent(name: str) -> None:
    assert launch(edited(having(name, None))).dropped_claims == ()


@rule("V18")
def test_a_bad_member_does_not_take_the_good_ones_with_it() -> None:
    service = {"scope": [SCORE], "lineitem": 7, "lineitems": "https://lms.example/items"}
    accepted = launch(edited(having(ENDPOINT, service)))
    assert accepted.grade_service == GradeService((SCORE,), "https://lms.example/items", None)


def test_a_grade_service_without_a_column_is_kept() -> None:
    accepted = launch(edited(having(ENDPOINT, {"scope": [SCORE]})))
    assert accepted.grade_service == GradeService((SCORE,))
    assert launch(edited(without(ENDPOINT))).grade_service is None


@pytest.mark.parametrize("versions", [None, ["1.0", "2.0"], ["2.0"], "2.0"])
def test_the_roster_is_where_the_lms_says(versions: object) -> None:
    service = {"context_memberships_url": "https://lms.example/members?a=1"}
    found = launch(edited(having(NRPS, service | {"service_versions": versions})))
    assert found.roster_url == "https://lms.example/members?a=1"


@pytest.mark.parametrize("service", [None, {}, {"context_memberships_url": ""}])
def test_without_a_roster_service_there_is_none(service: object) -> None:
    assert launch(edited(having(NRPS, service))).roster_url is None


def test_a_roster_of_another_version_is_not_used() -> None:
    service = {"context_memberships_url": "https://lms.example/m", "service_versions": ["1.0"]}
    assert launch(edited(having(NRPS, service))).roster_url is None


@rule("R-1.35")
def test_only_custom_parameters_that_carry_a_value_are_kept() -> None:
    custom = {
        "kind": "mentoring",
        "empty": "",
        "nothing": None,
        "history": "$Context.id.history",
        "unknown": "$Name",
        "canvas": "$Canvas.user.id",
        "price": "$5 off",
        "amount": "$100",
        "text": "about $Context.id and more",
    }
    assert launch(edited(having("custom", custom))).custom == {
        "kind": "mentoring",
        "price": "$5 off",
        "amount": "$100",
        "text": "about $Context.id and more",
    }


def test_a_custom_parameter_whose_name_cannot_be_stored_is_left_out() -> None:
    accepted = launch(edited(having("custom", {"\ud800": "x", "kind": "mentoring"})))
    assert accepted.custom == {"kind": "mentoring"}


@pytest.mark.parametrize(
    ("code", "family"),
    [
        ("moodle", Family.MOODLE),
        ("Canvas", Family.CANVAS),
        ("BlackboardLearn", Family.OTHER),
        ("", Family.OTHER),
        (None, Family.OTHER),
    ],
)
def test_the_family_is_the_product_that_the_lms_names(code: str | None, family: Family) -> None:
    edit = having("tool_platform", {"product_family_code": code})
    assert launch(edited(edit)).family is family


def test_long_texts_are_cut_to_what_is_kept() -> None:
    claims = edited(having("name", "n" * 600))
    claims[CONTEXT] = {"id": "3", "title": "t" * 600, "label": "l" * 600}
    claims[LINK]["title"] = "r" * 600
    accepted = launch(claims)
    assert accepted.profile.name == "n" * 255
    assert accepted.context == Context("3", "t" * 500, "l" * 255)
    assert accepted.resource_link == ResourceLink("12", "r" * 500)
    assert accepted.dropped_claims == ()


@pytest.mark.parametrize(
    ("presented", "own", "used"),
    [
        ("de", "fr", "de"),
        ("", "fr", "fr"),
        (None, "en_us", "en_us"),
        ("zh-Hant-TW", None, "zh-Hant-TW"),
        (None, None, None),
    ],
)
def test_the_locale_of_the_page_wins_over_the_persons(
    presented: str | None, own: str | None, used: str | None
) -> None:
    claims = edited(having("launch_presentation", {"locale": presented}))
    claims["locale"] = own
    assert launch(claims).profile.locale == used


@rule("R-1.13")
def test_unknown_claims_are_logged_by_name_and_never_with_what_they_hold() -> None:
    claims = full_claims() | {"https://example.org/claim": "secret", "x" * 300: 1}
    with capture_logs() as lines:
        launch(claims)
    (line,) = lines
    assert line["event"] == "unknown_claims"
    assert line["log_level"] == "debug"
    assert line["count"] == 2
    assert line["detail"] == ["https://example.org/claim", "x" * 100]
    assert "secret" not in str(line)


def test_a_launch_without_unknown_claims_logs_nothing() -> None:
    claims = full_claims() | {CLAIM + "ext": {"lms": "moodle-2"}, "picture": "https://a.example"}
    with capture_logs() as lines:
        launch(claims)
    assert lines == []


def test_names_of_dropped_claims_can_always_be_written_to_the_log() -> None:
    accepted = launch(edited(having("custom", {"\ud800" + "k" * 300: 7})))
    (name,) = accepted.dropped_claims
    assert name.isascii()
    assert len(name) < 300


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=40)
    | st.sampled_from(["1.3.0", "LtiResourceLinkRequest", "https://tool.example/", "1", "client"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "title", "scope", "lineitem", "return_url", "locale", "kind"])
            | st.text(st.characters(exclude_categories=()), max_size=10),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@rule("V18")
@given(changes=st.dictionaries(st.sampled_from(sorted(CLAIMS)), JSON, min_size=1, max_size=6))
def test_any_json_in_any_claim_is_a_launch_or_a_refusal(changes: dict[str, object]) -> None:
    try:
        accepted = launch(full_claims() | changes)
    except LaunchRefused:
        return
    _can_be_stored(accepted)


OPTIONAL = sorted(name for name, treatment in CLAIMS.items() if treatment is Treatment.OPTIONAL)


@rule("V18")
@given(changes=st.dictionaries(st.sampled_from(OPTIONAL), JSON, min_size=1))
def test_no_json_in_an_optional_claim_refuses_a_launch(changes: dict[str, object]) -> None:
    _can_be_stored(launch(full_claims() | changes))


def _can_be_stored(accepted: Launch) -> None:
    """Check that every text of a launch survives a database."""
    text = json.dumps(
        [
            accepted.subject,
            accepted.deployment_id,
            vars(accepted.resource_link) if accepted.resource_link else None,
            vars(accepted.context) if accepted.context else None,
            vars(accepted.profile),
            dict(accepted.custom),
            vars(accepted.grade_service) if accepted.grade_service else None,
            accepted.return_url,
            accepted.dropped_claims,
        ],
        ensure_ascii=False,
    )
    assert "\\u0000" not in text
    assert text.encode()
