"""The one way in which a signed text is written down, and its fingerprint."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.charter.seals import canonical, is_intact, seal

_KEYS = st.text(alphabet="abcdef", min_size=1, max_size=4)
_BODIES = st.dictionaries(_KEYS, st.text(max_size=10) | st.integers() | st.booleans(), max_size=6)


def test_a_text_has_one_way_of_being_written() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'
    # The letter as one character, and put together of two.
    assert canonical({"why": "caf\u00e9"}) == canonical({"why": "cafe\u0301"})


def test_the_fingerprint_is_sha_256_of_its_utf_8() -> None:
    # printf '{"a":1}' | sha256sum
    digits = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
    assert seal(canonical({"a": 1})) == digits


@given(_BODIES)
@settings(max_examples=30)
def test_the_order_of_what_was_put_together_does_not_matter(body: dict[str, object]) -> None:
    turned = dict(reversed(body.items()))
    assert seal(canonical(turned)) == seal(canonical(body))


def test_one_changed_letter_shows() -> None:
    written = canonical({"why": "Grow."})
    assert is_intact(written, seal(written))
    assert not is_intact(written.replace("G", "g"), seal(written))


def test_what_json_has_no_word_for_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical({"number": float("nan")})
