"""Sentences are in the reader's language, with a request or without one."""

from datetime import UTC, datetime

import pytest

from lti_app.language import format_instant, gettext, known_language, ngettext, speaking

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("tlh", None), ("", None), (None, None)],
)
def test_a_locale_gives_a_language_that_there_is(locale: str | None, language: str | None) -> None:
    assert known_language(locale) == language


def test_a_sentence_is_made_away_from_any_request() -> None:
    with speaking("tlh") as language:
        assert language == "en"
        assert gettext("Hello %(who)s", who="100 %s") == "Hello 100 %s"
        assert ngettext("%(num)d day", "%(num)d days", 2) == "2 days"
        assert format_instant(NOON, "America/New_York").startswith("Nov 25, 2026, 7:00")
        assert format_instant(NOON, None).endswith("(UTC)")
