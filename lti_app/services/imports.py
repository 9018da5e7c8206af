"""Taking tables in: read in steps, checked line by line, and stored at once or not at all.

A short file is read while its sender waits; a long one by the worker, with its progress shown. The
last step is one transaction: a fault anywhere in a file leaves everything as it was.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.clock import now
from lti_app.domain.csv_files import Encoding, Fault, Finding, Unusable, decode, read_lines
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.imports import (
    LAYOUTS,
    MOST_FINDINGS,
    MOST_LINES,
    ImportKind,
    ReportingCheck,
    TaxonomyCheck,
)
from lti_app.services.jobs import Run
from lti_app.services.taxonomy import take_terms_in
from lti_app.store import audit, reporting
from lti_app.store import imports as store
from lti_app.store.imports import TableImport
from lti_app.store.organisations import lock_organisation
from lti_app.store.session import db, transaction

#: A file of so many lines is read while its sender waits: well under a second.
READ_AT_ONCE = 2_000
LARGEST_FILE = 16 * 1024 * 1024
_STEP = 5_000
KEPT = timedelta(days=30)


@dataclass(frozen=True)
class ImportFact:
    """An upload, as its page shows it; `findings` are the first of `faults`."""

    id: UUID
    kind: ImportKind
    state: str
    encoding: Encoding | None
    lines: int
    checked: int
    findings: tuple[Finding, ...]
    faults: int
    added: int
    changed: int
    removed: int
    created_at: datetime
    finished_at: datetime | None


@dataclass
class _Reading:
    """What reading a file has come to."""

    check: ReportingCheck | TaxonomyCheck
    encoding: Encoding | None = None
    checked: int = 0
    faults: int = 0

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, finding: Finding) -> None:
        """Keep a fault, or count it where there are too many to show."""
        self.faults += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def begin(organisation_id: UUID, kind: ImportKind, content: bytes, *, by: UUID) -> UUID:
    """Take a file; a short one is read at once.

    Returns:
        The id of the import, whose page tells what came of it.

    Raises:
        Conflict: another file of the kind is being read.
    """
    # Two files at the same moment come here one after the other.
    lock_organisation(organisation_id)
    if store.find_waiting(organisation_id, kind.value) is not None:
        raise Conflict("import_busy", "another file is being read")
    row = TableImport(
        organisation_id=organisation_id,
        kind=kind.value,
        state="waiting",
        content=content,
        # Old spreadsheets end a line with the one, or the other.
        lines=max(1, content.count(b"\n"), content.count(b"\r")),
        created_by=by,
        created_at=now(),
    )
    db().add(row)
    db().flush()
    if row.lines <= READ_AT_ONCE:
        _end(row, _read(content, kind, lambda _: None))
    return row.id


def find_one(import_id: UUID, organisation_id: UUID, kind: ImportKind) -> ImportFact:
    """Return what came of a file, or how far reading it has come.

    Raises:
        NotFound: the organisation has no such import of this kind.
    """
    row = store.find_import(import_id, organisation_id)
    if row is None or row.kind != kind.value:
        raise NotFound(detail="no such import")
    return _fact(row)


def find_last(organisation_id: UUID, kind: ImportKind) -> ImportFact | None:
    """Return the last file of a kind that was taken in, or None."""
    row = store.find_last(organisation_id, kind.value)
    return _fact(row) if row else None


def read_waiting(run: Run) -> int:
    """Read the files that wait, in steps, and take in those without a fault; returns how many."""
    database = run.runtime.database
    count = 0
    while True:
        with transaction(database, read_only=True):
            import_id = store.find_next()
            row = db().get_one(TableImport, import_id) if import_id else None
            content, kind = (row.content or b"", ImportKind(row.kind)) if row else (b"", None)
        if row is None or kind is None:
            return count

        def tell(checked: int, import_id: UUID = row.id) -> None:
            run.keep()
            with transaction(database):
                store.note_progress(import_id, checked)

        reading = _read(content, kind, tell)
        run.keep()
        with transaction(database):
            waiting = store.lock_waiting(row.id)
            if waiting is not None:
                _end(waiting, reading)
        count += 1


def purge(at: datetime) -> int:
    """Delete what is known of files of long ago; returns how many."""
    return store.delete_finished(at - KEPT)


def _read(content: bytes, kind: ImportKind, tell: Callable[[int], None]) -> _Reading:
    """Read and check a whole file, telling every some lines how far it is."""
    layout = LAYOUTS[kind]
    reading = _Reading(layout.check())
    try:
        text, reading.encoding = decode(content)
        _read_lines(text, kind, reading, tell)
    except Unusable as error:
        reading.add(error.finding)
        return reading
    if not reading.checked:
        reading.add(Finding(0, Fault.NO_LINES))
    for finding in reading.check.finish():
        reading.add(finding)
    return reading


def _read_lines(
    text: str, kind: ImportKind, reading: _Reading, tell: Callable[[int], None]
) -> None:
    layout = LAYOUTS[kind]
    for line in read_lines(text, layout.required, layout.optional):
        reading.checked += 1
        if reading.checked > MOST_LINES:
            raise Unusable(Finding(0, Fault.TOO_MANY_LINES, str(MOST_LINES)))
        found = line if isinstance(line, Finding) else reading.check.feed(line)
        if found is not None:
            reading.add(found)
        if reading.checked % _STEP == 0:
            tell(reading.checked)


def _end(row: TableImport, reading: _Reading) -> None:
    """Take a file in, or say what is wrong with it; part of one transaction."""
    row.encoding = reading.encoding.value if reading.encoding else None
    row.checked = reading.checked
    row.faults = reading.faults
    # What is seen only at the end, like a cycle, belongs to its line too.
    findings = sorted(reading.findings, key=lambda one: one.line)
    row.findings = [(one.line, one.fault.value, one.about) for one in findings]
    row.finished_at = now()
    row.content = None
    row.state = "faulty" if reading.faults else "done"
    if reading.faults:
        return
    lock_organisation(row.organisation_id)
    if isinstance(reading.check, ReportingCheck):
        _take_lines_in(row, reading.check)
    else:
        row.added, row.changed, row.removed = take_terms_in(
            row.organisation_id, reading.check.terms
        )
    audit.record_audit(
        row.organisation_id,
        "import",
        row.kind,
        row.id,
        actor_id=row.created_by,
        detail={"added": row.added, "changed": row.changed, "removed": row.removed},
    )


def _take_lines_in(row: TableImport, check: ReportingCheck) -> None:
    """Put the uploaded reporting lines in place of the former ones."""
    former = reporting.list_edges(row.organisation_id)
    row.added = len(check.managers.keys() - former.keys())
    row.removed = len(former.keys() - check.managers.keys())
    row.changed = sum(
        manager != former[person] for person, manager in check.managers.items() if person in former
    )
    reporting.replace_edges(row.organisation_id, check.managers, now())


def _fact(row: TableImport) -> ImportFact:
    return ImportFact(
        id=row.id,
        kind=ImportKind(row.kind),
        state=row.state,
        encoding=Encoding(row.encoding) if row.encoding else None,
        lines=row.lines,
        checked=row.checked,
        findings=tuple(Finding(line, Fault(fault), about) for line, fault, about in row.findings),
        faults=row.faults,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
