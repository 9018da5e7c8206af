"""A request for links: what it must hold, what it may leave out, and where the answer may go."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import DeepLinkSettings, MessageType
from tests.proofs import rule
from tests.unit.lti_app.lti.lms import CLAIM, EXPECTED, Claims, edited, full_claims, launch
from tests.unit.lti_app.lti.test_claims import JSON

SETTINGS = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
RETURN = "https://lms.example/mod/lti/contentitem_return.php?course=3&sesskey=abc"
REQUIRED: dict[str, Any] = {
    "deep_link_return_url": RETURN,
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["frame", "iframe", "window"],
}


def request(**settings: object) -> Claims:
    """Return the claims of a request; a setting that is Ellipsis is left out."""

    def edit(claims: Claims) -> None:
        del claims[CLAIM + "resource_link"]
        claims[CLAIM + "message_type"] = "LtiDeepLinkingRequest"
        given = REQUIRED | settings
        claims[SETTINGS] = {name: value for name, value in given.items() if value is not ...}

    return edited(edit)


def settings_of(claims: Claims, *, allows_http: bool = False) -> DeepLinkSettings:
    """Return what is read of a request."""
    read = launch(claims, expected=replace(EXPECTED, allows_http=allows_http))
    assert read.deep_linking is not None
    return read.deep_linking


def test_a_request_is_about_no_link_and_says_what_the_answer_may_hold() -> None:
    read = launch(
        request(
            accept_multiple=True,
            accept_lineitem=True,
            auto_create=True,
            title="Draft",
            text="Words",
            data="a b&c=\u00e9",
        )
    )
    assert read.message_type is MessageType.DEEP_LINKING
    assert read.resource_link is None
    assert read.deep_linking == DeepLinkSettings(
        return_url=RETURN,
        accepts_links=True,
        accepts_multiple=True,
        accepts_line_items=True,
        title="Draft",
        data="a b&c=\u00e9",
    )


@rule("R-3.3")
def test_what_is_left_out_has_the_value_of_the_specification_but_for_columns() -> None:
    read = settings_of(request())
    assert read.accepts_multiple is False
    assert read.accepts_line_items is None
    assert (read.title, read.data) == (None, None)


@rule("R-3.4")
def test_a_request_that_takes_no_links_is_read_all_the_same() -> None:
    assert settings_of(request(accept_types=["html", "file"])).accepts_links is False


MALFORMED: dict[str, Claims] = {
    "no settings": {**request(), SETTINGS: None},
    "settings a list": {**request(), SETTINGS: []},
    "settings a text": {**request(), SETTINGS: "https://lms.example/"},
    "no return address": request(deep_link_return_url=...),
    "return address empty": request(deep_link_return_url=""),
    "return address a number": request(deep_link_return_url=7),
    "return address a list": request(deep_link_return_url=[RETURN]),
    "no types": request(accept_types=...),
    "types a text": request(accept_types="ltiResourceLink"),
    "types of numbers": request(accept_types=["ltiResourceLink", 7]),
    "no targets": request(accept_presentation_document_targets=...),
    "targets a text": request(accept_presentation_document_targets="iframe"),
    "data a number": request(data=7),
    "data an object": request(data={"a": 1}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_request_that_cannot_be_answered_is_refused(name: str) -> None:
    assert refusal(MALFORMED[name]) == "deep_linking"


FOREIGN = [
    "http://lms.example/return",
    "javascript:alert(1)",
    "data:text/html,x",
    "//lms.example/return",
    "/return",
    "https:///return",
    "https://user:secret@lms.example/return",
    "https://lms.example\\@evil.example/",
    "https://lms.example/re turn",
    "https://lms.example/\nreturn",
    "https://lms.example/" + "x" * 2000,
    "https://lms.example:port/",
]


@rule("R-3.5")
@pytest.mark.parametrize("address", FOREIGN, ids=ascii)
def test_nothing_is_answered_to_an_address_that_is_not_https_or_not_plain(address: str) -> None:
    assert refusal(request(deep_link_return_url=address)) == "deep_linking"


def test_plain_http_is_for_an_lms_on_a_private_network() -> None:
    claims = request(deep_link_return_url="http://localhost:8080/return")
    assert refusal(claims) == "deep_linking"
    read = settings_of(claims, allows_http=True)
    assert read.return_url == "http://localhost:8080/return"


@pytest.mark.parametrize("value", ["true", 1, [], {}])
def test_an_optional_setting_of_the_wrong_type_is_dropped_and_named(value: object) -> None:
    read = launch(request(accept_multiple=value, title=7))
    assert read.deep_linking is not None
    assert read.deep_linking.accepts_multiple is False
    assert read.dropped_claims == (f"{SETTINGS}.accept_multiple", f"{SETTINGS}.title")


def test_the_settings_count_in_their_own_message_only() -> None:
    assert launch({**full_claims(), SETTINGS: 7}).deep_linking is None


@given(
    changes=st.dictionaries(
        st.sampled_from([*REQUIRED, "accept_multiple", "accept_lineitem", "title", "data"]),
        JSON,
        min_size=1,
    )
)
def test_any_json_in_the_settings_is_a_request_or_a_refusal(changes: dict[str, object]) -> None:
    try:
        read = settings_of(request(**changes))
    except LaunchRefused:
        return
    assert read.return_url.startswith("https://")


def refusal(claims: Claims) -> str:
    """Return the code that a request is refused with, which is always 401."""
    with pytest.raises(LaunchRefused) as refused:
        launch(claims)
    assert refused.value.status == 401
    return refused.value.code
