"""The language of a request; the sentences themselves come from `lti_app.language`."""

from flask import g, request

from lti_app.language import (
    LANGUAGES,
    format_day,
    format_instant,
    format_list,
    format_minutes,
    format_short_day,
    format_weekdays,
    gettext,
    known_language,
    lazy_gettext,
    ngettext,
    shown_name,
)

__all__ = [
    "choose_locale",
    "format_day",
    "format_instant",
    "format_list",
    "format_minutes",
    "format_short_day",
    "format_weekdays",
    "gettext",
    "lazy_gettext",
    "ngettext",
    "shown_name",
]


def choose_locale() -> str:
    """Return the language for this request: the launch's, else the browser's, else English."""
    launched = known_language(getattr(g, "locale", None))
    return launched or request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
