"""How much each address takes: more is refused before it is read, and nothing is changed."""

from typing import Final

import pytest

from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.web.guards import Public, guard_of, largest_request_of
from tests.functional.mentoring.visitors import OWN, visit

_KILO: Final = 1024
#: What anybody may send, with or without sense.
SIZES: Final = {
    "/lti/login": 64 * _KILO,
    "/lti/launch": 64_000 + 8 * _KILO,
    "/lti/launch/continue": 100_000 + 8 * _KILO,
    "/lti/register": 4 * _KILO,
    "/signin/link/<code>": 4 * _KILO,
    "/t/<token>": 64 * _KILO,
    "/v/<visit_token>/window/": 16 * _KILO,
}
_USUAL: Final = 256 * _KILO


@pytest.fixture
def database_url(postgresql_url: str) -> str:
    """What a request may hold is the same on every database."""
    return postgresql_url


def test_every_public_address_that_takes_a_form_says_how_much(tool: ToolUnderTest) -> None:
    views = tool.app.view_functions
    public = {
        rule.rule: largest_request_of(views[rule.endpoint])
        for rule in tool.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and isinstance(guard_of(views[rule.endpoint]), Public)
    }
    assert public == SIZES


@pytest.mark.parametrize("rule", SIZES)
@pytest.mark.parametrize("head", [b"a=", b"&" * 1000 + b"a="])
def test_more_is_refused_and_a_little_less_is_read(
    tool: ToolUnderTest, rule: str, head: bytes
) -> None:
    address = rule.replace("<code>", "x").replace("<token>", "x").replace("<visit_token>", "x")
    for size, is_too_large in ((SIZES[rule] - 1, False), (SIZES[rule] + 1, True)):
        body = head + b"x" * (size - len(head))
        answer = tool.browser().post(
            address,
            data=body,
            headers=OWN,
            content_type="application/x-www-form-urlencoded",
        )
        # Without a cookie a link's button is refused before its form is looked at.
        if not (is_too_large and answer.status_code in {403, 404}):
            assert (answer.status_code == 413) is is_too_large, (address, answer.status_code)
        assert answer.status_code < 500


def test_a_page_of_a_visit_takes_what_forms_need_and_a_thousand_fields(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    alice = visit(registered_tool, lms, "alice")
    long = alice.save("step/goals", wish="I want to learn. " * 20_000)
    assert len("I want to learn. " * 20_000) > _USUAL
    assert long.status_code == 413
    fields = {f"field{number}": (None, "x") for number in range(1001)}
    many = alice.browser.post(
        f"{alice.visit}mentoring/step/goals",
        data=_parts(fields),
        headers=OWN,
        content_type="multipart/form-data; boundary=border",
    )
    assert many.status_code == 413
    assert alice.save("step/goals").status_code != 413


def _parts(fields: dict[str, tuple[None, str]]) -> bytes:
    parts = "".join(
        f'--border\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, (_, value) in fields.items()
    )
    return f"{parts}--border--\r\n".encode()
