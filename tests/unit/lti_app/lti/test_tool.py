"""What the tool says of itself, in the forms in which LMSs take it."""

import json
from typing import Any

from lti_app.domain.launch import Family, MessageType
from lti_app.lti.quirks import QUIRKS
from lti_app.lti.tool import (
    CUSTOM,
    SCOPES,
    TOOL_CONFIGURATION,
    Tool,
    announced,
    canvas_document,
    registration_document,
)
from tests.proofs import rule

TOOL = Tool("https://tool.example:9443")
EXTENSION = str(QUIRKS[Family.CANVAS].extension)
PICKER = "LtiDeepLinkingRequest"


def registered(family: Family, *, asks_identity: bool = True, **messages: Any) -> Any:
    """Return what is posted to an LMS."""
    return registration_document(TOOL, family, SCOPES, messages, asks_identity=asks_identity)


def test_a_registration_has_what_moodle_insists_on() -> None:
    document = registered(Family.MOODLE)
    settings = document[TOOL_CONFIGURATION]
    assert document["response_types"] == ["id_token"]
    assert document["token_endpoint_auth_method"] == "private_key_jwt"
    assert document["application_type"] == "web"
    assert document["redirect_uris"] == ["https://tool.example:9443/lti/launch"]
    assert settings["domain"] == "tool.example:9443"
    assert settings["target_link_uri"].startswith("https://tool.example:9443/")
    assert settings["custom_parameters"] == CUSTOM
    assert not [name for name in settings if name.startswith(EXTENSION)]
    # Moodle shortens a value at its second sign of equality.
    assert not [value for value in CUSTOM.values() if "=" in value]
    json.dumps(document)


@rule("R-7.7")
def test_names_and_addresses_are_asked_for_or_not() -> None:
    for asks in (True, False):
        settings = registered(Family.CANVAS, asks_identity=asks)[TOOL_CONFIGURATION]
        assert ("name" in settings["claims"], "email" in settings["claims"]) == (asks, asks)
        assert {"iss", "sub"} <= set(settings["claims"])
        level = "public" if asks else "anonymous"
        assert settings[f"{EXTENSION}privacy_level"] == level
        assert settings[f"{EXTENSION}tool_id"] == "throughline"


@rule("R-7.7")
def test_only_messages_that_the_tool_answers_and_the_lms_sends_are_announced() -> None:
    answered = {kind.value for kind in MessageType}
    assert set(announced(Family.OTHER, {})) <= answered
    assert "LtiResourceLinkRequest" in announced(Family.OTHER, {})
    assert announced(Family.OTHER, {"LtiEulaRequest": ()}) == {}
    assert set(announced(Family.MOODLE, {"LtiResourceLinkRequest": ()})) == {
        "LtiResourceLinkRequest"
    }


def test_canvas_gets_the_picker_in_its_own_places_and_spelling() -> None:
    for offered, spelt in (
        (("assignment_selection", "link_selection"), ("assignment_selection", "link_selection")),
        (
            (f"{EXTENSION}assignment_selection", "link_selection"),
            (f"{EXTENSION}assignment_selection", "link_selection"),
        ),
        ((), ("assignment_selection", "link_selection")),
    ):
        assert announced(Family.CANVAS, {PICKER: offered}) == {PICKER: spelt}
    # A launch without a place of its own would land among the pickers.
    assert "LtiResourceLinkRequest" not in announced(Family.CANVAS, {})


@rule("R-7.8")
def test_the_file_for_canvas_says_the_same_as_a_registration() -> None:
    by_file: Any = canvas_document(TOOL)
    by_message = registered(Family.CANVAS)
    settings = by_message[TOOL_CONFIGURATION]
    (extension,) = by_file["extensions"]
    assert by_file["oidc_initiation_url"] == by_message["initiate_login_uri"]
    assert by_file["public_jwk_url"] == by_message["jwks_uri"]
    assert by_file["target_link_uri"] == settings["target_link_uri"]
    assert " ".join(by_file["scopes"]) == by_message["scope"]
    assert by_file["custom_fields"] == settings["custom_parameters"]
    assert extension["domain"] == settings["domain"]
    assert extension["platform"] == QUIRKS[Family.CANVAS].platform_name
    places = {
        (one["placement"], one["message_type"]) for one in extension["settings"]["placements"]
    }
    assert places == {
        (place, message["type"])
        for message in settings["messages"]
        for place in message["placements"]
    }
