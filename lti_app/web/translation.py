"""Every sentence shown to a person passes through here, in the language of the reader."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, request
from flask_babel import format_date, format_time, gettext, lazy_gettext, ngettext

__all__ = ["choose_locale", "format_instant", "gettext", "lazy_gettext", "ngettext"]

#: Languages with a complete catalogue; English is in the source.
LANGUAGES = ("en",)


def choose_locale() -> str:
    """Return the language for this request: the launch's, else the browser's, else English."""
    launched: str | None = getattr(g, "locale", None)
    if launched and launched.replace("_", "-").split("-")[0].lower() in LANGUAGES:
        return launched.replace("_", "-").split("-")[0].lower()
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def format_instant(instant: datetime, time_zone: str | None) -> str:
    """Write an instant out in a reader's zone, naming the zone.

    Args:
        instant: aware.
        time_zone: IANA name; UTC where the reader has chosen none.
    """
    zone = time_zone or "UTC"
    local = instant.astimezone(ZoneInfo(zone))
    day = format_date(local, "medium", rebase=False)
    return f"{day}, {format_time(local, 'short', rebase=False)} ({zone.replace('_', ' ')})"
