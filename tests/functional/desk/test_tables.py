"""The organisation's words and reporting lines: out as CSV, and in again or not at all."""

import io
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lti_app.domain.taxonomy import DEFAULTS, TermKind
from lti_app.services.imports import LARGEST_FILE, READ_AT_ONCE
from lti_app.store.audit import AuditEntry
from lti_app.store.imports import TableImport
from lti_app.store.reporting import ReportingEdge
from lti_app.store.session import db, transaction
from lti_app.store.taxonomy import Term
from lti_app.worker.jobs import run_due_jobs
from tests.functional.desk.people import Desk
from tests.functional.mentoring.visitors import OWN, read, token_of

HEAD = b"person,manager\n"


def send(desk: Desk, table: str, content: bytes | None, name: str = "table.csv") -> TestResponse:
    """Upload a file; returns the page that follows."""
    page = desk.get(table)
    data: dict[str, object] = {"csrf_token": token_of(page)}
    if content is not None:
        data["file"] = FileStorage(io.BytesIO(content), filename=name)
    # In memory: the client would leave a long body in a file that nobody closes.
    boundary, body = encode_multipart(data)
    return desk.visitor.browser.post(
        f"{desk.visitor.visit}desk/{table}",
        data=body,
        headers=OWN,
        content_type=f'multipart/form-data; boundary="{boundary}"',
        follow_redirects=True,
    )


def edges(desk: Desk) -> dict[str, str]:
    """Return the stored reporting lines."""
    with transaction(desk.tool.database, read_only=True):
        rows = db().scalars(select(ReportingEdge))
        return {row.person_ref: row.manager_ref for row in rows}


def many(count: int) -> bytes:
    """Return a file in which everybody reports to the next one."""
    lines = (f"p{n}@example.org,p{n + 1}@example.org\n" for n in range(count))
    return HEAD + "".join(lines).encode()


def test_a_long_file_whose_lines_end_as_on_an_old_mac_is_left_to_the_worker(desk: Desk) -> None:
    send(desk, "reporting-lines", many(READ_AT_ONCE + 1).replace(b"\n", b"\r"))
    assert edges(desk) == {}
    run_due_jobs(desk.tool.runtime)
    assert len(edges(desk)) == READ_AT_ONCE + 1


def test_reporting_lines_are_taken_in_and_replaced(desk: Desk) -> None:
    assert "There are none yet" in desk.read("reporting-lines").text
    first = send(desk, "reporting-lines", HEAD + b"Alice@Example.org,bob\nbob,\ncarl,bob\n")
    assert "3 lines read: 2 added, 0 changed, 0 taken away." in read(first).text
    assert edges(desk) == {"alice@example.org": "bob", "carl": "bob"}
    second = send(desk, "reporting-lines", b"manager;person\nzoe;alice@example.org\nbob;dora\n")
    assert "2 lines read: 1 added, 1 changed, 1 taken away." in read(second).text
    assert edges(desk) == {"alice@example.org": "zoe", "dora": "bob"}
    assert "2 people have a manager." in desk.read("reporting-lines").text


@pytest.mark.parametrize(
    ("content", "sentences"),
    [
        (b"", ["The file is empty."]),
        (b"name,boss\na,b\n", ["Line 1:", "name the column “person”"]),
        (b"person,manager,x\na,b,c\n", ["names “x”, which is no column"]),
        (HEAD, ["Below its first line the file is empty."]),
        (HEAD + b"a,b\nc\n", ["Line 3:", "1 cells"]),
        (HEAD + b"=cmd(),b\n+1,c\n", ["2 faults", "Line 2:", "Line 3:", "run as a formula"]),
        (HEAD + b"a,b\nb,c\nc,a\n", ["Line 2:", "above themselves: a → b → c → a."]),
        (HEAD + b"a,b\na,c\n", ["Line 3:", "stands in line 2 already"]),
        (HEAD + b'a,"b\n', ["A quotation mark is missing"]),
        (b"PK\x03\x04\xff\xfe\x00", ["Save it as CSV in UTF-8"]),
        (HEAD.decode().encode("utf-16-le") + b"a\0", ["an encoding that does not say which"]),
    ],
    ids=range(11),
)
def test_a_faulty_file_is_told_line_by_line_and_changes_nothing(
    desk: Desk, content: bytes, sentences: list[str]
) -> None:
    send(desk, "reporting-lines", HEAD + b"kept,as-it-was\n")
    page = read(send(desk, "reporting-lines", content))
    assert "The file was not taken in" in page.text
    for sentence in sentences:
        assert sentence in page.text
    assert edges(desk) == {"kept": "as-it-was"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_encodings_of_spreadsheets_are_understood(desk: Desk, encoding: str) -> None:
    page = read(send(desk, "reporting-lines", "person,manager\nzoë,björn\n".encode(encoding)))
    assert "The file was taken in" in page.text
    assert edges(desk) == {"zoë": "björn"}
    assert ("read as Windows-1252" in page.text) is (encoding == "cp1252")


def test_no_file_is_asked_for_again(desk: Desk) -> None:
    for content, name in ((None, ""), (b"a", "")):
        answer = send(desk, "reporting-lines", content, name)
        assert answer.status_code == 422
        assert "Please choose a file." in read(answer).text


def test_faults_stand_in_the_order_of_the_lines(desk: Desk) -> None:
    # A cycle is known only at the end of the file.
    page = read(send(desk, "reporting-lines", HEAD + b"a,b\nb,a\n=1,c\n"))
    assert page.text.index("Line 2:") < page.text.index("Line 4:")


def test_the_words_of_every_kind_are_shown(desk: Desk) -> None:
    desk.open()
    page = desk.read("taxonomy").text
    for kind in TermKind:
        assert next(iter(DEFAULTS[kind].values())) in page


def test_50000_lines_are_read_in_steps_with_progress_and_taken_in_at_once(desk: Desk) -> None:
    page = send(desk, "reporting-lines", many(50_000))
    assert "The file is being read" in read(page).text
    assert "0 of about 50,001 lines looked at." in read(page).text
    assert edges(desk) == {}
    busy = send(desk, "reporting-lines", many(3))
    assert busy.status_code == 409
    assert "Another file is still being read" in busy.get_data(as_text=True)
    run_due_jobs(desk.tool.runtime)
    after = desk.visitor.browser.get(page.request.path)
    assert "50,000 lines read: 50,000 added" in read(after).text
    with transaction(desk.tool.database, read_only=True):
        assert db().scalar(select(func.count()).select_from(ReportingEdge)) == 50_000
        assert db().scalars(select(TableImport.content)).all() == [None]


def test_a_long_file_with_faults_shows_the_first_hundred_and_counts_them_all(desk: Desk) -> None:
    send(desk, "reporting-lines", HEAD + b"kept,as-it-was\n")
    faulty = many(READ_AT_ONCE) + b"=1,a\n" * 250
    page = send(desk, "reporting-lines", faulty)
    run_due_jobs(desk.tool.runtime)
    after = read(desk.visitor.browser.get(page.request.path)).text
    assert "250 faults, so nothing was changed" in after
    assert f"Line {READ_AT_ONCE + 2}:" in after
    assert "These are the first 100." in after
    assert edges(desk) == {"kept": "as-it-was"}


def test_a_file_that_is_too_large_is_refused(desk: Desk) -> None:
    answer = send(desk, "reporting-lines", HEAD + b"x" * (LARGEST_FILE + 100_000))
    assert answer.status_code == 413
    assert "A file may have 16 MB." in answer.get_data(as_text=True)


def test_other_pages_take_no_more_than_before(desk: Desk) -> None:
    answer = desk.post("programmes/new", title="x" * 300_000)
    assert answer.status_code == 413


def test_reporting_lines_go_out_as_they_came_and_that_is_noted(desk: Desk) -> None:
    send(desk, "reporting-lines", HEAD + "zoë,björn\n'=x,''-y\n".encode())
    out = desk.post("reporting-lines/export")
    assert out.mimetype == "text/csv"
    assert out.get_data().decode("utf-8-sig").splitlines() == [
        "person,manager",
        "'=x,''-y",
        "zoë,björn",
    ]
    with transaction(desk.tool.database, read_only=True):
        actions = list(db().scalars(select(AuditEntry.action)))
    assert {"reporting.import", "reporting.export"} <= set(actions)


def labels(desk: Desk, kind: TermKind = TermKind.TAG) -> dict[str, tuple[str, bool]]:
    """Return the stored words of a kind: code → label, retired."""
    with transaction(desk.tool.database, read_only=True):
        rows = db().scalars(
            select(Term).where(Term.kind == kind.value).order_by(Term.position, Term.code)
        )
        return {row.code: (row.label, row.retired_at is not None) for row in rows}


def test_words_go_out_are_changed_and_come_in_again(desk: Desk) -> None:
    desk.create()
    out = desk.post("taxonomy/export").get_data().decode("utf-8-sig")
    assert out.splitlines()[0] == "kind,code,label,retired"
    assert len(out.splitlines()) == 1 + sum(len(words) for words in DEFAULTS.values())
    same = read(send(desk, "taxonomy", out.encode()))
    assert "0 added, 0 changed, 0 taken away" in same.text
    changed = b"kind,code,label\ntag,sailing,Sails\ntag,abroad,Has lived abroad\n"
    assert "1 added, 1 changed, 5 taken away" in read(send(desk, "taxonomy", changed)).text
    tags = labels(desk)
    assert list(tags)[:2] == ["sailing", "abroad"]
    assert tags["abroad"] == ("Has lived abroad", False)
    assert tags["remote"] == ("Has led a remote team", True)
    assert set(labels(desk, TermKind.SKILL)) == set(DEFAULTS[TermKind.SKILL])
    page = desk.read("taxonomy").text
    assert "Sails" in page
    assert "Has led a remote team not offered any more" in page


def test_words_that_were_retired_come_back(desk: Desk) -> None:
    desk.create()
    send(desk, "taxonomy", b"kind,code,label\ntag,sailing,Sails\n")
    send(desk, "taxonomy", b"kind,code,label,retired\ntag,remote,Remote,no\ntag,sailing,S,yes\n")
    tags = labels(desk)
    assert tags["remote"] == ("Remote", False)
    assert tags["sailing"] == ("S", True)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("hobby,sailing,Sails", "“hobby” is no kind"),
        ("tag,Big Boat,Sails", "“Big Boat” is no code"),
        ("tag,sailing,", "“label” is empty."),
        ("tag,sailing,=1", "run as a formula"),
        (f"tag,sailing,{'x' * 201}", "“label” is too long."),
    ],
)
def test_words_that_make_no_sense_change_nothing(desk: Desk, line: str, sentence: str) -> None:
    desk.create()
    before = labels(desk)
    page = read(send(desk, "taxonomy", f"kind,code,label\ntag,ok,Fine\n{line}\n".encode()))
    assert sentence in page.text
    assert "Line 3:" in page.text
    assert labels(desk) == before


def test_what_came_of_a_file_is_shown_under_its_own_table_alone(desk: Desk) -> None:
    page = send(desk, "reporting-lines", HEAD + b"a,b\n")
    import_id = UUID(page.request.path.rsplit("/", 1)[1])
    assert desk.get(f"reporting-lines/imports/{import_id}").status_code == 200
    assert desk.get(f"taxonomy/imports/{import_id}").status_code == 404
    assert desk.get(f"reporting-lines/imports/{uuid4()}").status_code == 404
