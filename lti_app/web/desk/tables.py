"""Tables of the organisation: its words and its reporting lines, out as CSV and in again."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, format_decimal

from lti_app.domain.csv_files import Encoding, Fault, Finding, write_table
from lti_app.domain.imports import LAYOUTS, ImportKind
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.taxonomy import TermKind
from lti_app.services import imports, reporting, taxonomy
from lti_app.services.imports import LARGEST_FILE
from lti_app.web.desk.frame import UNPROCESSABLE, blueprint
from lti_app.web.guards import requires, takes_at_most
from lti_app.web.programmes import in_words
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_visit

#: What the form around the file may have besides.
_ROOM = 64 * 1024

KINDS: Final[Mapping[TermKind, LazyString]] = {
    TermKind.SKILL: lazy_gettext("Skills"),
    TermKind.GOAL_AREA: lazy_gettext("Goal areas"),
    TermKind.JOB_FAMILY: lazy_gettext("Job families"),
    TermKind.TAG: lazy_gettext("Experience"),
    TermKind.INTEREST: lazy_gettext("Interests"),
}

#: Fault → the sentence about it; `about` is a column, a number, or the words of a cycle.
FAULTS: Final[Mapping[Fault, Callable[[str], str]]] = {
    Fault.EMPTY_FILE: lambda _: gettext("The file is empty."),
    Fault.UNREADABLE: lambda _: gettext(
        "The characters of the file cannot be read. Save it as CSV in UTF-8 and send it again."
    ),
    Fault.NO_TEXT: lambda _: gettext(
        "This is no CSV file, or one in an encoding that does not say which. Save it as CSV in"
        " UTF-8 and send it again."
    ),
    Fault.MISSING_COLUMN: lambda about: gettext(
        "The first line has to name the column “%(name)s”, and it does not.", name=about
    ),
    Fault.UNKNOWN_COLUMN: lambda about: gettext(
        "The first line names “%(name)s”, which is no column of this table. Take it out.",
        name=about,
    ),
    Fault.COLUMN_TWICE: lambda about: gettext(
        "The first line names the column “%(name)s” twice.", name=about
    ),
    Fault.TOO_MANY_LINES: lambda about: gettext(
        "The file has more than %(count)s lines.", count=format_decimal(about)
    ),
    Fault.NO_LINES: lambda _: gettext("Below its first line the file is empty."),
    Fault.BROKEN_LINE: lambda _: gettext(
        "A quotation mark is missing or too many; from here on the file cannot be read."
    ),
    Fault.CELL_COUNT: lambda about: gettext(
        "The line has %(count)s cells, another number than the first line.", count=about
    ),
    Fault.FORMULA: lambda about: gettext(
        "“%(name)s” begins with =, +, - or @, which a spreadsheet would run as a formula. Put an"
        " apostrophe in front if it is meant as text.",
        name=about,
    ),
    Fault.EMPTY: lambda about: gettext("“%(name)s” is empty.", name=about),
    Fault.TOO_LONG: lambda about: gettext("“%(name)s” is too long.", name=about),
    Fault.TWICE: lambda about: gettext("The same stands in line %(number)s already.", number=about),
    Fault.OWN_MANAGER: lambda _: gettext("Somebody is named as their own manager."),
    Fault.CYCLE: lambda about: gettext(
        "These people would be above themselves: %(names)s.", names=about
    ),
    Fault.UNKNOWN_KIND: lambda about: gettext(
        "“%(kind)s” is no kind: write %(kinds)s.", kind=about, kinds=", ".join(TermKind)
    ),
    Fault.BAD_CODE: lambda about: gettext(
        "“%(code)s” is no code: 1 to 40 small letters a–z, digits and _.", code=about
    ),
    Fault.BAD_YES_OR_NO: lambda about: gettext("“%(name)s” is yes, no or empty.", name=about),
}


@blueprint.get("/taxonomy")
@requires(Action.READ, Kind.TAXONOMY, of=Reach.ORGANISATION)
def terms() -> ResponseReturnValue:
    """Show the words that profiles choose from."""
    return _terms_page()


@blueprint.post("/taxonomy")
@takes_at_most(LARGEST_FILE + _ROOM)
@requires(Action.WRITE, Kind.TAXONOMY, of=Reach.ORGANISATION)
def import_terms() -> ResponseReturnValue:
    """Take a file of words."""
    return _take(ImportKind.TAXONOMY) or (_terms_page(is_missing=True), UNPROCESSABLE)


@blueprint.post("/taxonomy/export")
@requires(Action.WRITE, Kind.TAXONOMY, of=Reach.ORGANISATION)
def export_terms() -> ResponseReturnValue:
    """Hand out the words as a file that can be changed and sent back."""
    visit = current_visit()
    known = taxonomy.export_terms(visit.organisation_id, by=visit.person.id)
    rows = ((term.kind, term.code, term.label, "yes" if term.is_retired else "") for term in known)
    layout = LAYOUTS[ImportKind.TAXONOMY]
    return _file("taxonomy.csv", write_table([*layout.required, *layout.optional], rows))


@blueprint.get("/reporting-lines")
@requires(Action.READ, Kind.REPORTING_LINE, of=Reach.ORGANISATION)
def reporting_lines() -> ResponseReturnValue:
    """Show how many reporting lines there are, and how to replace them."""
    return _lines_page()


@blueprint.post("/reporting-lines")
@takes_at_most(LARGEST_FILE + _ROOM)
@requires(Action.WRITE, Kind.REPORTING_LINE, of=Reach.ORGANISATION)
def import_lines() -> ResponseReturnValue:
    """Take a file of reporting lines."""
    return _take(ImportKind.REPORTING) or (_lines_page(is_missing=True), UNPROCESSABLE)


@blueprint.post("/reporting-lines/export")
@requires(Action.WRITE, Kind.REPORTING_LINE, of=Reach.ORGANISATION)
def export_lines() -> ResponseReturnValue:
    """Hand out the reporting lines as a file."""
    visit = current_visit()
    rows = reporting.export_lines(visit.organisation_id, by=visit.person.id)
    columns = LAYOUTS[ImportKind.REPORTING].required
    return _file("reporting-lines.csv", write_table(columns, rows))


@blueprint.get("/taxonomy/imports/<uuid:import_id>")
@requires(Action.READ, Kind.TAXONOMY, of=Reach.ORGANISATION)
def term_import(import_id: UUID) -> ResponseReturnValue:
    """Show what came of a file of words, or how far reading it has come."""
    return _import_page(import_id, ImportKind.TAXONOMY)


@blueprint.get("/reporting-lines/imports/<uuid:import_id>")
@requires(Action.READ, Kind.REPORTING_LINE, of=Reach.ORGANISATION)
def line_import(import_id: UUID) -> ResponseReturnValue:
    """Show what came of a file of reporting lines, or how far reading it has come."""
    return _import_page(import_id, ImportKind.REPORTING)


def fault_in_words(finding: Finding) -> str:
    """Say what is wrong."""
    return FAULTS[finding.fault](finding.about)


def _terms_page(*, is_missing: bool = False) -> str:
    organisation_id = current_visit().organisation_id
    shown = [
        (
            words,
            [
                (term, in_words(kind, term.code, term.label))
                for term in taxonomy.list_terms_of(organisation_id, kind)
            ],
        )
        for kind, words in KINDS.items()
    ]
    return render_template(
        "desk/taxonomy.html",
        shown=shown,
        kinds=", ".join(TermKind),
        last=imports.find_last(organisation_id, ImportKind.TAXONOMY),
        is_missing=is_missing,
    )


def _lines_page(*, is_missing: bool = False) -> str:
    organisation_id = current_visit().organisation_id
    return render_template(
        "desk/reporting_lines.html",
        count=reporting.count_lines(organisation_id),
        last=imports.find_last(organisation_id, ImportKind.REPORTING),
        is_missing=is_missing,
    )


#: Kind of table → the pages of what came of a file, and of the table itself.
_PAGES: Final[Mapping[ImportKind, tuple[str, str]]] = {
    ImportKind.TAXONOMY: ("desk.term_import", "desk.terms"),
    ImportKind.REPORTING: ("desk.line_import", "desk.reporting_lines"),
}


def _import_page(import_id: UUID, kind: ImportKind) -> str:
    found = imports.find_one(import_id, current_visit().organisation_id, kind)
    return render_template(
        "desk/import.html",
        found=found,
        findings=[(finding.line, fault_in_words(finding)) for finding in found.findings],
        is_guess=found.encoding is Encoding.WINDOWS_1252,
        table=_PAGES[kind][1],
    )


def _take(kind: ImportKind) -> ResponseReturnValue | None:
    """Take the file of a request; None if there is none."""
    given = request.files.get("file")
    if given is None or not given.filename:
        return None
    with closing(given):
        content = given.read()
    visit = current_visit()
    taken = imports.begin(visit.organisation_id, kind, content, by=visit.person.id)
    return redirect(url_for(_PAGES[kind][0], import_id=taken), 303)


def _file(name: str, content: bytes) -> Response:
    return Response(
        content,
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
