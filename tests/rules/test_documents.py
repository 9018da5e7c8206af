"""The documents say what the code does: settings, commands, permissions, cited rules, links."""

import re
from pathlib import Path

import click

from docs.generate import permissions_page
from lti_app.cli import throughline
from lti_app.settings import PREFIX, VARIABLES
from tests.rules.tree import ROOT, every_file, for_every, python_files

PAGES = [file for file in every_file() if file.suffix == ".md"]
RULE = re.compile(r"\b(?:R-\d+\.\d+|V(?:[1-9]|1[0-8]))\b")
PAGE = re.compile(r"\b[a-z-]+\.md\b")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def rows(page: str, heading: str) -> list[str]:
    """Return the rows of the table below a heading, its head left out."""
    below = (ROOT / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [line for line in below.splitlines() if line.startswith("|")][2:]


def commands(group: click.Group, prefix: str = "") -> list[tuple[str, str]]:
    """Return every command with what its help says first."""
    found = []
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append((prefix + name, command.get_short_help_str(200)))
    return found


def test_the_readme_names_every_setting_and_no_other() -> None:
    expected = [
        f"| `{PREFIX}{name}` | {'yes' if must else ''} | {meaning} |"
        for name, must, meaning in VARIABLES
    ]
    assert rows("README.md", "Settings") == expected


def test_the_readme_names_every_command_and_no_other() -> None:
    expected = [f"| `{name}` | {said} |" for name, said in commands(throughline)]
    assert rows("README.md", "Commands") == expected


def test_every_command_has_an_example() -> None:
    def examples(group: click.Group) -> list[str | None]:
        return [
            example
            for command in group.commands.values()
            for example in (
                examples(command) if isinstance(command, click.Group) else [command.epilog]
            )
        ]

    assert all(example and "throughline " in example for example in examples(throughline))


def test_the_page_of_permissions_is_the_table_in_the_code() -> None:
    assert (ROOT / "docs/permissions.md").read_text() == permissions_page(), "run `make docs`"


@for_every(python_files("lti_app", "plugins"))
def test_a_rule_that_the_code_cites_can_be_looked_up(file: Path) -> None:
    known = set(RULE.findall((ROOT / "docs/lti-rules.md").read_text()))
    assert set(RULE.findall(file.read_text())) <= known


@for_every(python_files("lti_app", "plugins", "tests"))
def test_a_page_that_the_code_cites_exists(file: Path) -> None:
    exist = {page.name for page in PAGES}
    assert {name for name in PAGE.findall(file.read_text()) if name != ".md"} <= exist


@for_every(PAGES)
def test_a_link_between_documents_leads_somewhere(file: Path) -> None:
    missing = [
        target for target in LINK.findall(file.read_text()) if not (file.parent / target).exists()
    ]
    assert not missing
