"""Parts of forms that more than one page needs: texts of a length, checklists, zones, languages."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, ClassVar
from zoneinfo import available_timezones

from flask_babel import get_locale
from wtforms import FieldList, Form, SelectMultipleField, ValidationError, widgets
from wtforms.fields import Field

from lti_app.web.translation import gettext

#: Of digits in the name of a row.
_LONGEST_NUMBER = 9
_REGIONS = "Africa America Antarctica Arctic Asia Atlantic Australia Europe Indian Pacific".split()


class ChecklistField(SelectMultipleField):
    """Several choices as checkboxes, which everybody can tick without a modifier key."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


class RowsField(FieldList):  # type: ignore[type-arg]  # generic for types alone
    """Several rows that ask the same, at most `most` of them; of more, the first ones are read.

    A request of a quarter of a megabyte can name ten thousand rows, and making them takes minutes.
    """

    def __init__(
        self,
        unbound_field: Any,  # noqa: ANN401 (a field that is not bound yet)
        label: str | None = None,
        *,
        most: int,
        **options: Any,  # noqa: ANN401 (those of its parent)
    ) -> None:
        super().__init__(unbound_field, label, max_entries=most, **options)

    def _extract_indices(self, prefix: str, formdata: Iterable[str]) -> Iterator[int]:
        """Yield the numbers of rows that were sent; the parent breaks at digits like ²."""
        for name in formdata:
            number = name.removeprefix(f"{prefix}-").split("-", 1)[0]
            is_row = name.startswith(f"{prefix}-") and number.isascii() and number.isdigit()
            if is_row and len(number) < _LONGEST_NUMBER:
                yield int(number)


class Written:
    """Wants a text of some length, and tells how long it is if that is not met."""

    field_flags: ClassVar = {"required": True}

    def __init__(self, shortest: int, longest: int, if_empty: object) -> None:
        self.shortest = shortest
        self.longest = longest
        self.if_empty = if_empty

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse no answer, too short ones and too long ones."""
        length = len(field.data or "")
        if not length:
            raise ValidationError(str(self.if_empty))
        if length < self.shortest:
            raise ValidationError(
                gettext(
                    "Please write at least %(shortest)d characters; these are %(length)d.",
                    shortest=self.shortest,
                    length=length,
                )
            )
        check_length(field, self.longest)


class NotLonger:
    """Wants a text of at most some length, or none."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse texts that are too long."""
        check_length(field, self.longest)


class Ticked:
    """Wants one to `most` boxes of a checklist."""

    #: HTML's `required` would want every single box ticked; this flag only marks the question.
    field_flags: ClassVar = {"asked": True}

    def __init__(self, most: int, if_none: object) -> None:
        self.most = most
        self.if_none = if_none

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse none and too many."""
        if not field.data:
            raise ValidationError(str(self.if_none))
        check_count(field, self.most)


class AtMost:
    """Wants at most `most` boxes of a checklist, or none."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse too many."""
        check_count(field, self.most)


def check_length(field: Field, longest: int) -> None:
    """Refuse a text that is too long.

    Raises:
        ValidationError: saying how long it is.
    """
    length = len(field.data or "")
    if length > longest:
        raise ValidationError(
            gettext(
                "Please write at most %(longest)d characters; these are %(length)d.",
                longest=longest,
                length=length,
            )
        )


def check_count(field: Field, most: int) -> None:
    """Refuse a checklist with too many ticks.

    Raises:
        ValidationError: saying how many there are.
    """
    count = len(field.data or ())
    if count > most:
        raise ValidationError(
            gettext("Please tick at most %(most)d; %(count)d are ticked.", most=most, count=count)
        )


def tidy(text: str | None) -> str:
    """Return a text without blanks around it, with one kind of line break, and storable."""
    return (text or "").replace("\r\n", "\n").replace("\x00", "").strip()


def one_line(text: str | None) -> str:
    """Return a text of one line, without blanks around it, and storable."""
    return " ".join(tidy(text).split())


def time_zones() -> dict[str, str | dict[str, str]]:
    """Return all time zones by region, after an empty choice."""
    return {"": gettext("Choose a city in your time zone"), **_zones_by_region(), "UTC": "UTC"}


@cache
def _zones_by_region() -> dict[str, dict[str, str]]:
    regions: dict[str, dict[str, str]] = {}
    for name in sorted(available_timezones()):
        region, _, place = name.partition("/")
        if region in _REGIONS:
            words = place.replace("_", " ").replace("/", " – ")
            regions.setdefault(region, {})[name] = words
    return regions


def is_time_zone(name: str | None) -> bool:
    """Return whether a zone is one of those to choose from."""
    return name == "UTC" or any(name in zones for zones in _zones_by_region().values())


def languages() -> dict[str, str]:
    """Return the languages that have a code of two letters, by their names for the reader."""
    names = get_locale().languages
    known = {code: name for code, name in names.items() if len(code) == 2}
    return dict(sorted(known.items(), key=lambda item: item[1].casefold()))
