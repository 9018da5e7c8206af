"""What spreadsheets write is read as it was meant; what cannot be read is told by line."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_app.domain.csv_files import (
    Encoding,
    Fault,
    Finding,
    Line,
    Unusable,
    decode,
    made_safe,
    read_lines,
    write_table,
)

TEXT = "person,manager\nzoë@example.org,björn@example.org\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), Encoding.UTF_8),
        (codecs.BOM_UTF8 + TEXT.encode(), Encoding.UTF_8),
        (TEXT.encode("utf-16"), Encoding.UTF_16),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), Encoding.UTF_16),
        (TEXT.encode("cp1252"), Encoding.WINDOWS_1252),
    ],
    ids=["utf-8", "utf-8 with mark", "utf-16", "utf-16 big", "windows-1252"],
)
def test_the_encodings_of_spreadsheets_are_recognised(content: bytes, encoding: Encoding) -> None:
    assert decode(content) == (TEXT, encoding)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", Fault.EMPTY_FILE),
        (b" \n\n", Fault.EMPTY_FILE),
        (TEXT.encode("utf-16-le"), Fault.UNREADABLE),
        ("person,manager\n".encode("utf-16-le"), Fault.NO_TEXT),
        (b"PK\x03\x04\x14\x00\x06\x00\xff\xfe", Fault.UNREADABLE),
        (b"person,manager\n\x81\x8d\n", Fault.UNREADABLE),
        (codecs.BOM_UTF8 + b"person\xff", Fault.UNREADABLE),
        (codecs.BOM_UTF16_LE + b"p", Fault.UNREADABLE),
    ],
    ids=range(8),
)
def test_what_is_no_text_in_a_known_encoding_is_refused(content: bytes, fault: Fault) -> None:
    with pytest.raises(Unusable) as caught:
        decode(content)
    assert caught.value.finding == Finding(0, fault)


def read(text: str, optional: tuple[str, ...] = ()) -> list[Line | Finding]:
    """Read a table of two columns."""
    return list(read_lines(text, ("person", "manager"), optional))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_line_ends_capitals_order_and_blanks_do_not_matter(
    delimiter: str, end: str
) -> None:
    text = end.join([f" Manager{delimiter}PERSON ", "", f"bob {delimiter} alice", ""])
    assert read(text) == [Line(3, {"manager": "bob", "person": "alice"})]


def test_a_cell_in_quotes_may_hold_a_separator_and_a_line_end() -> None:
    assert read('person,manager\n"Doe, J.","a\nb"\nx,y\n') == [
        Line(3, {"person": "Doe, J.", "manager": "a\nb"}),
        Line(4, {"person": "x", "manager": "y"}),
    ]


@pytest.mark.parametrize(
    ("head", "finding"),
    [
        ("person", Finding(1, Fault.MISSING_COLUMN, "manager")),
        ("person,boss", Finding(1, Fault.MISSING_COLUMN, "manager")),
        ("person,manager,salary", Finding(1, Fault.UNKNOWN_COLUMN, "salary")),
        ("person,manager,person", Finding(1, Fault.COLUMN_TWICE, "person")),
    ],
)
def test_a_head_that_does_not_fit_is_refused(head: str, finding: Finding) -> None:
    with pytest.raises(Unusable) as caught:
        read(f"{head}\na,b\n")
    assert caught.value.finding == finding


def test_an_optional_column_may_be_there_or_not() -> None:
    assert read("person,manager,since\na,b,c\n", ("since",))[0] == Line(
        2, {"person": "a", "manager": "b", "since": "c"}
    )
    assert read("person,manager\na,b\n", ("since",))[0] == Line(2, {"person": "a", "manager": "b"})


@pytest.mark.parametrize(
    ("line", "fault", "about"),
    [
        ("a", Fault.CELL_COUNT, "1"),
        ("a,b,c", Fault.CELL_COUNT, "3"),
        ("=1+1,b", Fault.FORMULA, "person"),
        ("a,+49 30", Fault.FORMULA, "manager"),
        ("a,-b", Fault.FORMULA, "manager"),
        ("@a,b", Fault.FORMULA, "person"),
        ("a," + "b" * 10_001, Fault.TOO_LONG, "manager"),
        ('a,"b', Fault.BROKEN_LINE, ""),
        ('a,"b"c', Fault.BROKEN_LINE, ""),
    ],
)
def test_a_line_that_cannot_be_used_is_told_with_its_number(
    line: str, fault: Fault, about: str
) -> None:
    assert read(f"person,manager\nx,y\n{line}\n")[1] == Finding(3, fault, about)


def test_a_formula_behind_an_apostrophe_is_text() -> None:
    assert read("person,manager\n'=1+1,''-b\n") == [Line(2, {"person": "=1+1", "manager": "'-b"})]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_goes_out_with_an_apostrophe(cell: str) -> None:
    assert made_safe(cell) == f"'{cell}"
    written = write_table(["label"], [[cell]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(written, newline="")))[1] == [f"'{cell}"]


#: Cells as they can be stored: without blanks around them.
CELLS = st.text(st.characters(exclude_categories=["C"]), max_size=20).map(str.strip)


@settings(max_examples=80)
@given(rows=st.lists(st.tuples(CELLS.filter(bool), CELLS), min_size=1, max_size=5))
def test_what_goes_out_comes_in_again_as_it_was(rows: list[tuple[str, str]]) -> None:
    text, encoding = decode(write_table(["person", "manager"], rows))
    assert encoding is Encoding.UTF_8
    read_again = [
        (line.cells["person"], line.cells["manager"])
        for line in read(text)
        if isinstance(line, Line)
    ]
    assert read_again == rows
