"""SECURITY.md names tests that exist, and every table that can grow."""

import re

from lti_app.store.migrations import metadata
from tests.rules.tree import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")
GROWING = PAGE.split("\n## What can grow, and how far\n")[1].split("\n## ")[0]


def test_every_test_that_is_named_exists() -> None:
    named = NAMED.findall(PAGE)
    assert len(named) > 15
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).is_file() or f"def {test}(" not in (ROOT / file).read_text() + "def ("
    ]
    assert missing == []


def test_every_table_says_what_bounds_it() -> None:
    assert set(re.findall(r"`([a-z_]+)`", GROWING)) == set(metadata().tables)


def test_what_is_shown_by_no_test_is_not_built() -> None:
    rows = PAGE.split("\n## How, and which test shows it\n")[1].split("\n## ")[0].splitlines()
    unproved = [row for row in rows if row.startswith("| ") and "`tests/" not in row]
    assert [row for row in unproved[1:] if "not built" not in row and "| below |" not in row] == []
