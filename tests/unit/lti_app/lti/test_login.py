"""The first step of a launch: what is understood, what is refused, where the browser goes."""

import json
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.domain.errors import MalformedRequest
from lti_app.lti.login import LoginRequest, authorization_url, parse_login
from tests.proofs import rule

HINT = '{"cmid":15,"launchid":"a+b&c=d \\"e\\" {é}"}'


def parameters(**changes: list[str] | None) -> dict[str, list[str]]:
    """Return what Moodle sends, with changes; None drops a parameter."""
    sent: dict[str, list[str] | None] = {
        "iss": ["https://lms.example"],
        "login_hint": ["5"],
        "target_link_uri": ["https://tool.example/lti/launch"],
        "lti_message_hint": [HINT],
        "client_id": ["client"],
        "lti_deployment_id": ["1"],
        **changes,
    }
    return {name: values for name, values in sent.items() if values is not None}


def test_a_login_is_read_completely() -> None:
    assert parse_login(parameters()) == LoginRequest(
        issuer="https://lms.example",
        login_hint="5",
        target_link_uri="https://tool.example/lti/launch",
        message_hint=HINT,
        client_id="client",
        deployment_id="1",
    )


def test_a_login_may_hold_the_required_parameters_only() -> None:
    only = parameters(lti_message_hint=None, client_id=None, lti_deployment_id=None)
    read = parse_login(only | {"canvas_region": ["eu", "us"], "lti_storage_target": ["_parent"]})
    assert (read.message_hint, read.client_id, read.deployment_id) == (None, None, None)


@rule("R-8.2")
@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("_parent", "_parent"),
        ("post_message_forwarding", "post_message_forwarding"),
        ("lti.frame-2", "lti.frame-2"),
        ("_top", None),
        ("_blank", None),
        ("a frame", None),
        ("'", None),
        ("x" * 101, None),
        ("", None),
        (" ", None),
    ],
)
def test_a_storage_is_read_if_its_frame_can_have_that_name(given: str, read: str | None) -> None:
    assert parse_login(parameters(lti_storage_target=[given])).storage_target == read


@pytest.mark.parametrize("given", [["_parent", "_parent"], ["a\nb"], ["x" * 3000]])
def test_a_storage_target_that_is_no_parameter_is_refused(given: list[str]) -> None:
    with pytest.raises(MalformedRequest):
        parse_login(parameters(lti_storage_target=given))


@pytest.mark.parametrize("name", ["client_id", "lti_deployment_id"])
def test_an_optional_parameter_that_is_empty_is_absent(name: str) -> None:
    read = parse_login(parameters(**{name: [""]}))
    assert None in {read.client_id, read.deployment_id}


def test_a_deployment_is_understood_under_either_name() -> None:
    other = parameters(lti_deployment_id=None, deployment_id=["7:ab"])
    assert parse_login(other).deployment_id == "7:ab"
    assert parse_login(parameters(deployment_id=["1"])).deployment_id == "1"
    with pytest.raises(MalformedRequest):
        parse_login(parameters(deployment_id=["2"]))


@rule("R-1.2")
@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
@pytest.mark.parametrize("values", [None, [], [""], ["  "], ["a", "a"], ["a", "b"]], ids=str)
def test_a_required_parameter_is_there_once_and_not_blank(
    name: str, values: list[str] | None
) -> None:
    with pytest.raises(MalformedRequest) as refused:
        parse_login(parameters(**{name: values}))
    assert refused.value.status == 400
    assert name in refused.value.detail


@rule("R-1.2")
@pytest.mark.parametrize("name", ["lti_message_hint", "client_id", "lti_deployment_id"])
def test_an_optional_parameter_is_not_repeated(name: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_login(parameters(**{name: ["a", "a"]}))


TOO_MUCH = {
    "too long": "x" * 2001,
    "too long in bytes": "é" * 1001,
    "NUL": "a\0",
    "line break": "a\nb",
    "delete": "a\x7f",
    "C1 control": "a\x85",
    "half a character": "a\ud800",
}


@rule("R-1.2")
@pytest.mark.parametrize("reason", TOO_MUCH)
@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri", "client_id"])
def test_a_parameter_that_is_too_long_or_unprintable_is_refused(name: str, reason: str) -> None:
    with pytest.raises(MalformedRequest):
        parse_login(parameters(**{name: [TOO_MUCH[reason]]}))


def test_the_message_hint_may_be_longer_than_the_rest() -> None:
    hint = '+&="{}' * 1000 + "x" * 2000
    assert parse_login(parameters(lti_message_hint=[hint])).message_hint == hint
    with pytest.raises(MalformedRequest):
        parse_login(parameters(lti_message_hint=[hint + "x"]))


@given(
    st.dictionaries(
        st.sampled_from(sorted(parameters())),
        st.lists(st.text(st.characters(exclude_categories=())), max_size=2),
    )
)
def test_no_parameters_do_more_than_being_refused(given_values: dict[str, list[str]]) -> None:
    try:
        read = parse_login(parameters() | given_values)
    except MalformedRequest:
        return
    assert read.issuer.encode()


def address(auth_url: str = "https://lms.example/auth.php", hint: str | None = HINT) -> str:
    """Return where the browser goes."""
    return authorization_url(
        auth_url,
        client_id="client",
        redirect_uri="https://tool.example/lti/launch",
        login_hint="5",
        message_hint=hint,
        nonce="n-1",
        state="s-1",
    )


@rule("R-1.5")
def test_the_browser_is_sent_with_exactly_what_the_lms_wants() -> None:
    assert dict(parse_qsl(urlsplit(address()).query)) == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": "client",
        "redirect_uri": "https://tool.example/lti/launch",
        "login_hint": "5",
        "lti_message_hint": HINT,
        "nonce": "n-1",
        "state": "s-1",
    }


@rule("R-1.6")
def test_a_message_hint_comes_back_byte_for_byte() -> None:
    (hint,) = parse_qs(urlsplit(address()).query)["lti_message_hint"]
    assert hint == HINT
    assert json.loads(hint)["cmid"] == 15
    assert "+" not in urlsplit(address()).query


def test_no_message_hint_is_made_up_and_an_empty_one_stays() -> None:
    assert "lti_message_hint" not in address(hint=None)
    assert "lti_message_hint=" in address(hint="")


@rule("R-1.7")
def test_the_query_of_a_registered_address_is_kept() -> None:
    query = urlsplit(address("https://lms.example/auth?tenant=7&client_id=wrong")).query
    assert query.startswith("tenant=7&")
    assert parse_qs(query)["client_id"] == ["client"]
