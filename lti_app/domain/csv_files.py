"""Tables as CSV files: what spreadsheets write is understood, what they would run is not passed.

A cell that begins with `=`, `+`, `-` or `@` is a formula to a spreadsheet. What goes out gets an
apostrophe in front of such a cell; what comes in is refused, unless it has one.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: A formula behind apostrophes: spreadsheets show it and do not run it.
_MARKED = re.compile(r"'+[=+\-@\t\r]")
_DELIMITERS = (",", ";", "\t")
_LONGEST_CELL = 10_000
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Encoding(StrEnum):
    """How the characters of a file are written."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    #: Taken to be, because nothing else fits: worth a look at names with accents.
    WINDOWS_1252 = "windows-1252"


class Fault(StrEnum):
    """What is wrong with a file, or with one of its lines."""

    EMPTY_FILE = "empty_file"
    UNREADABLE = "unreadable"
    NO_TEXT = "no_text"
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    COLUMN_TWICE = "column_twice"
    TOO_MANY_LINES = "too_many_lines"
    NO_LINES = "no_lines"
    BROKEN_LINE = "broken_line"
    CELL_COUNT = "cell_count"
    FORMULA = "formula"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    TWICE = "twice"
    OWN_MANAGER = "own_manager"
    CYCLE = "cycle"
    UNKNOWN_KIND = "unknown_kind"
    BAD_CODE = "bad_code"
    BAD_YES_OR_NO = "bad_yes_or_no"


@dataclass(frozen=True)
class Finding:
    """One fault, where it is, and what about: a column, the words of a cycle, a number.

    Attributes:
        line: of the file, counted from 1; 0 for the file as a whole.
    """

    line: int
    fault: Fault
    about: str = ""


class Unusable(Exception):
    """A file cannot be read at all; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.fault)
        self.finding = finding


@dataclass(frozen=True)
class Line:
    """One line of a file: its number, and its cells by column, blanks around them left out."""

    number: int
    cells: Mapping[str, str]


def decode(content: bytes) -> tuple[str, Encoding]:
    """Return the text of a file.

    Raises:
        Unusable: it is empty, no text, or in an encoding that cannot be told.
    """
    if not content.strip():
        raise Unusable(Finding(0, Fault.EMPTY_FILE))
    name = next((name for bom, name in _BOMS if content.startswith(bom)), None)
    try:
        text = content.decode(name or "utf-8")
        encoding = Encoding.UTF_16 if name == "utf-16" else Encoding.UTF_8
    except UnicodeDecodeError:
        text, encoding = _decode_old(content, is_marked=name is not None)
    if "\x00" in text:
        # UTF-16 without its mark, or a spreadsheet saved as such.
        raise Unusable(Finding(0, Fault.NO_TEXT))
    return text, encoding


def read_lines(
    text: str, required: Sequence[str], optional: Sequence[str] = ()
) -> Iterator[Line | Finding]:
    """Return the lines of a table with a head, or what is wrong with them, as they come.

    Empty lines are left out. A line number is that of the line on which a row ends.

    Args:
        text: of the file; cells are separated by commas, semicolons or tabs.
        required, optional: the columns, in small letters; capitals and order do not matter.

    Raises:
        Unusable: the head does not fit.
    """
    head, _, _ = text.lstrip("\r\n").partition("\n")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] | None = None
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            yield Finding(reader.line_num, Fault.BROKEN_LINE)
            return
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if columns is None:
            columns = _check_head([cell.lower() for cell in cells], required, optional)
        else:
            yield _line(reader.line_num, columns, cells)


def write_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Return a table as a CSV file that spreadsheets open as it is meant."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(columns)
    writer.writerows([made_safe(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def made_safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) or _MARKED.match(cell) else cell


def _decode_old(content: bytes, *, is_marked: bool) -> tuple[str, Encoding]:
    if is_marked or b"\x00" in content:
        raise Unusable(Finding(0, Fault.UNREADABLE))
    try:
        return content.decode("cp1252"), Encoding.WINDOWS_1252
    except UnicodeDecodeError as error:
        raise Unusable(Finding(0, Fault.UNREADABLE)) from error


def _check_head(columns: list[str], required: Sequence[str], optional: Sequence[str]) -> list[str]:
    for name in required:
        if name not in columns:
            raise Unusable(Finding(1, Fault.MISSING_COLUMN, name))
    for name in columns:
        if name not in {*required, *optional}:
            raise Unusable(Finding(1, Fault.UNKNOWN_COLUMN, name[:100]))
        if columns.count(name) > 1:
            raise Unusable(Finding(1, Fault.COLUMN_TWICE, name))
    return columns


def _line(number: int, columns: Sequence[str], cells: Sequence[str]) -> Line | Finding:
    if len(cells) != len(columns):
        return Finding(number, Fault.CELL_COUNT, str(len(cells)))
    read = {}
    for column, cell in zip(columns, cells, strict=True):
        if cell.startswith(_FORMULA):
            return Finding(number, Fault.FORMULA, column)
        if len(cell) > _LONGEST_CELL:
            return Finding(number, Fault.TOO_LONG, column)
        read[column] = cell[1:] if _MARKED.match(cell) else cell
    return Line(number, read)
