"""A signed version as a PDF, for the two who have signed it.

The font comes with a package (Source Sans Pro, under the SIL Open Font License): the fonts that
every PDF reader has know no letters beyond those of Western Europe.
"""

from functools import cache
from importlib.resources import files
from typing import Final

from fontTools.ttLib import TTFont
from fpdf import FPDF

from lti_app.api import format_instant, gettext
from plugins.charter.printed import Printed

_FAMILY: Final = "Source Sans Pro"
_FONTS: Final = {"": "SourceSansPro-Regular.ttf", "B": "SourceSansPro-Bold.ttf"}
#: Stands for a letter that the font has not; the page for printing shows it as the browser can.
_UNKNOWN: Final = "?"
_MARGIN: Final = 20
_QUIET: Final = 90


def to_pdf(printed: Printed) -> bytes:
    """Return a version on pages of A4; nothing about the file itself names anybody."""
    page = FPDF(format="A4")
    for style, name in _FONTS.items():
        page.add_font(_FAMILY, style, _path(name))
    title = gettext("Charter, version %(number)d", number=printed.number)
    page.set_title(title)
    page.set_creator("Throughline")
    page.set_producer("Throughline")
    page.set_margin(_MARGIN)
    page.set_auto_page_break(auto=True, margin=_MARGIN)
    page.add_page()
    _write(page, title, size=18, style="B", after=1)
    _write(page, f"{printed.programme} · {printed.purpose}", after=5)
    for section in printed.sections:
        _write(page, section.title, size=12, style="B", after=1)
        for line in section.lines or (gettext("Nothing was agreed."),):
            _write(page, line)
        if section.fixed:
            _write(page, section.fixed, grey=_QUIET)
        page.ln(3)
    _write_signatures(page, printed)
    return bytes(page.output())


def _write_signatures(page: FPDF, printed: Printed) -> None:
    _write(page, gettext("Acknowledged by both"), size=12, style="B", after=1)
    for one in printed.signatures:
        at = format_instant(one.at, printed.time_zone)
        _write(page, f"{one.name}, {one.part}, {at}")
        _write(page, f"“{one.statement}”", grey=_QUIET, after=1)
    note = gettext(
        "An acknowledgement between two people, and no signature in the sense of the law."
    )
    _write(page, note, grey=_QUIET)
    _write(
        page,
        gettext("Fingerprint (SHA-256): %(digits)s", digits=printed.sha256),
        size=8,
        grey=_QUIET,
    )


def _write(
    page: FPDF, text: str, *, size: int = 11, style: str = "", grey: int = 0, after: int = 0
) -> None:
    page.set_font(_FAMILY, style, size)
    page.set_text_color(grey)
    height = size * 0.5
    page.multi_cell(0, height, _known(text), align="L", new_x="LMARGIN", new_y="NEXT")
    page.ln(after)


def _known(text: str) -> str:
    """Return a text of letters that the font has: fpdf2 would log those that it has not."""
    letters = _letters()
    return "".join(one if one == "\n" or ord(one) in letters else _UNKNOWN for one in text)


@cache
def _letters() -> frozenset[int]:
    with TTFont(_path(_FONTS[""])) as font:
        return frozenset(font.getBestCmap())


@cache
def _path(name: str) -> str:
    return str(files("font_source_sans_pro") / "files" / name)
