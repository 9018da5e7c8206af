"""Whatever stands in a well-signed token: somebody is let in, or refused with a code."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_app.testing.sandbox import Sandbox, Source
from lti_app.testing.tool import ToolUnderTest
from tests.functional.mentoring.visitors import claims, visit
from tests.hostile.oddities import odd_values, spoiled

EXAMPLES: Final = 250 if os.environ.get("HOSTILE") else 6
_CODE: Final = re.compile(r"<code>\w+ · [0-9a-f]{12}</code>")
#: What is asked for, and by whom.
MESSAGES: Final[Mapping[str, tuple[str, Callable[[Sandbox], Source]]]] = {
    "a learner opens an activity": ("alice", lambda lms: lms.activities[101]),
    "an instructor opens an activity": ("tina", lambda lms: lms.activities[101]),
    "an instructor chooses links": ("tina", lambda lms: lms.selection()),
}


@pytest.mark.parametrize("message", MESSAGES)
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_at_any_place_of_a_token_lets_somebody_in_or_is_refused_with_a_code(
    registered_tool: ToolUnderTest, lms: Sandbox, message: str, data: st.DataObject
) -> None:
    person, find = MESSAGES[message]
    source, browser = find(lms), registered_tool.browser()

    def spoil(given_claims: dict[str, Any]) -> None:
        # Who these are for is decided before anything else is looked at.
        kept = {name: given_claims.pop(name) for name in ("iss", "aud", "nonce", "iat", "exp")}
        odd = data.draw(spoiled(given_claims).filter(_is))
        more = data.draw(st.dictionaries(st.text(max_size=20), odd_values(), max_size=1))
        given_claims.clear()
        given_claims.update(odd | more | kept)

    answer = registered_tool.answer(browser, lms, person, source, spoil)
    html = answer.get_data(as_text=True)
    assert answer.status_code in {303, 400, 401, 403, 413}, html
    if answer.status_code == 303:
        page = browser.get(answer.headers["Location"], follow_redirects=True)
        assert page.status_code < 500, page.get_data(as_text=True)
    else:
        assert _CODE.search(html), html


def _is(value: object) -> bool:
    """Tell whether a document is still an object: anything else is no claims at all."""
    return isinstance(value, dict)


def test_whoever_came_with_odd_names_is_shown_on_the_pages_of_who_teaches(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    names = (
        "\u202eecila",
        "=1+1",
        "<b>x</b>",
        "%s{0}",
        "x" * 400,
        "\u0000",
        "\ud800",
        " ",
        "é\u0301",
    )
    for number, name in enumerate(names):
        odd = {"name": name, "given_name": name, "family_name": name}
        visit(registered_tool, lms, "alice", claims(sub=f"odd-{number}", **odd))
    tina = visit(registered_tool, lms, "tina")
    for path in ("mentoring/board", "grades/"):
        page = tina.get(path)
        assert page.status_code == 200
        assert "<b>x</b>" not in page.get_data(as_text=True)
