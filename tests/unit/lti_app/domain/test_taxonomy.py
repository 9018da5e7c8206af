"""The words that an organisation begins with can be stored as they are."""

import pytest

from lti_app.domain.taxonomy import DEFAULTS, LONGEST_LABEL, TermKind, is_code


@pytest.mark.parametrize("kind", TermKind)
def test_every_kind_begins_with_words(kind: TermKind) -> None:
    assert DEFAULTS[kind]
    assert all(is_code(code) for code in DEFAULTS[kind])
    assert all(0 < len(label) <= LONGEST_LABEL for label in DEFAULTS[kind].values())


@pytest.mark.parametrize("text", ["", "With space", "Ä", "a-b", "_a", "a" * 41, "a\n"])
def test_what_is_no_code_is_told(text: str) -> None:
    assert not is_code(text)
