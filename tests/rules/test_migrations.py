"""Migrations form one line, sorted by date, and need nothing of today's code."""

import ast
import re
from pathlib import Path

import pytest

from lti_app.store.migrations import scripts
from tests.rules.tree import name_of, parsed, python_files

VERSIONS = python_files("migrations/versions")
NAME = re.compile(r"(?P<revision>20\d{6}_\d{4})_[a-z][a-z0-9_]+")


def imported_by(file: Path) -> set[str]:
    """Return the top-level packages that a file imports."""
    names: set[str] = set()
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.split(".")[0] for name in names}


def test_there_is_one_line_with_one_head() -> None:
    assert len(scripts().get_heads()) == 1
    assert len(scripts().get_bases()) == 1


@pytest.mark.parametrize("file", VERSIONS, ids=name_of)
def test_a_step_is_named_by_its_date_and_what_it_does(file: Path) -> None:
    match = NAME.fullmatch(file.stem)
    assert match, "20261123_0000_create_core_tables.py"
    step = scripts().get_revision(match["revision"])
    assert step is not None
    assert Path(step.path) == file


def test_sorted_by_name_the_steps_stand_in_the_order_they_run() -> None:
    ordered = [step.revision for step in scripts().walk_revisions()]
    assert ordered == sorted(ordered, reverse=True)


@pytest.mark.parametrize("file", VERSIONS, ids=name_of)
def test_a_step_imports_nothing_of_ours(file: Path) -> None:
    assert imported_by(file) <= {"alembic", "sqlalchemy", "collections"}
