"""The words that pairing compares."""

from lti_app.domain.pairing import LanguageLevel


def test_levels_of_a_language_are_ordered() -> None:
    assert LanguageLevel.B2.reaches(LanguageLevel.B2)
    assert LanguageLevel.C1.reaches(LanguageLevel.B2)
    assert not LanguageLevel.B1.reaches(LanguageLevel.B2)
