"""Every sentence shown to a person passes through here, in the language of its reader.

Flask-Babel finds its catalogues through an application. The pages have theirs; a worker has none,
and what it writes to people it writes inside `speaking`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cache
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import flask_babel
from babel import lists
from babel.dates import format_skeleton, get_day_names
from flask import Flask
from flask_babel import Babel, force_locale, format_date, format_time, get_locale, lazy_gettext

from lti_app.domain.visit import ToolName, code_of

__all__ = [
    "LANGUAGES",
    "catalogue_directories",
    "format_day",
    "format_instant",
    "format_list",
    "format_minutes",
    "format_short_day",
    "format_weekdays",
    "gettext",
    "known_language",
    "lazy_gettext",
    "ngettext",
    "shown_name",
    "speaking",
]

_HERE = Path(__file__).parent
#: Languages with a complete catalogue; English is in the source.
LANGUAGES = ("en",)


def gettext(sentence: str, **values: object) -> str:
    """Return a sentence in the reader's language, with its values."""
    return str(flask_babel.gettext(sentence, **values))


def ngettext(singular: str, plural: str, num: int, **values: object) -> str:
    """Return the form of a sentence that fits a number, which it may use as `%(num)d`."""
    return str(flask_babel.ngettext(singular, plural, num, **values))


def known_language(locale: str | None) -> str | None:
    """Return the language of a locale (`en-GB`, `en_GB`) if there is a catalogue for it."""
    language = (locale or "").replace("_", "-").split("-")[0].lower()
    return language if language in LANGUAGES else None


def catalogue_directories() -> str:
    """Return the folders of our translations and of our plugins', as Flask-Babel wants them."""
    plugins = sorted((_HERE.parent / "plugins").glob("*/translations"))
    return ";".join(str(path) for path in (_HERE / "translations", *plugins))


def format_day(day: date) -> str:
    """Write a day out."""
    return str(format_date(day, "medium"))


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


def format_short_day(day: date) -> str:
    """Write a day of this year out, as short as the language has it."""
    return format_skeleton("MMMd", day, locale=get_locale())


def format_list(parts: Sequence[str]) -> str:
    """Write parts of a sentence as a list: a, b and c."""
    return lists.format_list(list(parts), locale=get_locale() or LANGUAGES[0])


def format_weekdays(days: Sequence[int]) -> str:
    """Write days of the week as a list, 0 for Monday."""
    names = get_day_names("wide", locale=get_locale() or LANGUAGES[0])
    return format_list([names[day] for day in days])


def format_minutes(minutes: int) -> str:
    """Write a length of time, as short as it is clear: 45 min, 2 h, 2 h 30 min."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return gettext("%(minutes)d min", minutes=rest)
    if not rest:
        return gettext("%(hours)d h", hours=hours)
    return gettext("%(hours)d h %(minutes)d min", hours=hours, minutes=rest)


def shown_name(name: str | None, person_id: UUID) -> str:
    """Return what others see of somebody's name: a code of ours where nobody gave one (R-5.5).

    Never what an LMS calls them: that number is theirs, and opens doors elsewhere.
    """
    if isinstance(name, ToolName):
        return gettext(name)
    return name or gettext("Learner %(code)s", code=code_of(person_id))


@contextmanager
def speaking(locale: str | None) -> Iterator[str]:
    """Let sentences be in somebody's language, away from any request; gives the language."""
    language = known_language(locale) or LANGUAGES[0]
    with _speaker().app_context(), force_locale(language):
        yield language


@cache
def _speaker() -> Flask:
    """Return an application that serves nothing and has our catalogues."""
    application = Flask("lti_app", static_folder=None)
    application.config["BABEL_TRANSLATION_DIRECTORIES"] = catalogue_directories()
    Babel(application)
    return application
