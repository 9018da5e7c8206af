"""Marks tests with the LTI rules that they prove, and keeps the page of the rules honest.

`@rule("R-3.9")` marks a test, `marks=rule("V7")` one case of a table. A run with `--prove` writes
the column "proved by" of `docs/lti-rules.md` from what passed (`make rules`); a whole run with
`CI=true` fails where the page says something else. `--rule R-3.9` runs the proofs of one rule.

A plugin of pytest; `conftest.py` turns it on.
"""

import os
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

#: Marks a test, or one case of it, with the rules that it proves.
rule = pytest.mark.rule

PAGE = Path(__file__).parents[1] / "docs" / "lti-rules.md"
COLUMN = "proved by"
NOT_BUILT = "not built"
#: The check of a launch that each code of a refusal is of.
CHECKS = {
    "token_header": "V3",
    "key_unknown": "V5",
    "signature": "V6",
    "issuer": "V7",
    "audience": "V8",
    "timestamps": "V9",
    "nonce": "V10",
    "version": "V11",
    "message_type": "V12",
    "deployment": "V13",
    "target_link_uri": "V14",
    "roles": "V15",
    "resource_link": "V16",
    "subject": "V17",
}
_ROW = re.compile(r"\| (R-\d+\.\d+[a-z]?|V\d+) \|")
_PROPERTY = "rules"
#: The modules of tests that passed, by rule. Not how many: the page would change with every case.
Proofs = Mapping[str, Collection[str]]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("rules")
    group.addoption("--rule", help="run only the tests that prove this rule")
    group.addoption("--prove", action="store_true", help="write docs/lti-rules.md from this run")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark; count proofs in the process that leads the others."""
    config.addinivalue_line("markers", "rule(*ids): the LTI rules that a test proves")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Page(config), "rules-page")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Write down what each test proves; with `--rule` or `--prove` leave the others out."""
    wanted = config.getoption("--rule")
    for item in items:
        item.user_properties.append((_PROPERTY, sorted(rules_of(item))))
    if wanted:
        items[:] = [item for item in items if wanted in rules_of(item)]
    elif config.getoption("--prove"):
        items[:] = [item for item in items if rules_of(item)]


def by_check(refusals: Mapping[str, tuple[object, str]]) -> list[ParameterSet]:
    """Return the names of a table of refusals, each marked with the check that refuses it."""
    return [pytest.param(name, marks=rule(CHECKS[code])) for name, (_, code) in refusals.items()]


def rules_of(item: pytest.Item) -> set[str]:
    """Return the ids of the rules that a test is marked with."""
    return {id_ for mark in item.iter_markers("rule") for id_ in mark.args}


class _Page:
    """Compares the page with what a run proved, or writes it."""

    def __init__(self, config: pytest.Config) -> None:
        self._writes = config.getoption("--prove")
        everything = [str(config.rootpath / "tests")]
        is_whole = config.args in (everything, ["tests"]) and not config.getoption("--rule")
        self._compares = is_whole and not self._writes and os.environ.get("CI") == "true"
        self._proved: defaultdict[str, set[str]] = defaultdict(set)
        self._is_stale = False

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """With `--collect-only` take every proof for good, to see quickly where they stand."""
        if session.config.option.collectonly:
            for item in session.items:
                self._note(sorted(rules_of(item)), item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what passed."""
        if report.when == "call" and report.passed:
            for name, ids in report.user_properties:
                if name == _PROPERTY and isinstance(ids, list):
                    self._note(ids, report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the page, or fail the run; what failed itself proves nothing either way."""
        if exitstatus != pytest.ExitCode.OK or not (self._writes or self._compares):
            return
        page = PAGE.read_text()
        proved = with_proofs(page, self._proved)
        if self._writes:
            PAGE.write_text(proved)
        elif page != proved:
            self._is_stale = True
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why the run failed."""
        if self._is_stale:
            terminalreporter.section("docs/lti-rules.md is not what this run proved")
            terminalreporter.line("run `make rules`, and look at what it changes")

    def _note(self, ids: Sequence[object], nodeid: str) -> None:
        path = Path(nodeid.split("::", maxsplit=1)[0])
        module = f"{path.parent.name}/{path.stem.removeprefix('test_')}"
        for id_ in ids:
            self._proved[str(id_)].add(module)


def with_proofs(page: str, proofs: Proofs) -> str:
    """Return the page of the rules with its last columns as a run proved them.

    Args:
        page: as it is; a row that says "not built" keeps its reason until something proves it.
        proofs: the modules of tests that passed, by rule.
    """
    lines, has_column = [], False
    for line in page.split("\n"):
        if line.startswith("| id |"):
            has_column = line.endswith(f"| {COLUMN} |")
        found = _ROW.match(line)
        is_rule = found is not None and has_column
        lines.append(_with_proof(line, proofs.get(found[1], ())) if found and is_rule else line)
    return "\n".join(lines)


def said_of_rules(page: str) -> dict[str, str]:
    """Return what the last column says, by rule."""
    return {
        found[1]: line.rsplit("|", 2)[1].strip()
        for line in page.split("\n")
        if (found := _ROW.match(line))
    }


def _with_proof(line: str, modules: Collection[str]) -> str:
    before, said, _ = line.rsplit("|", 2)
    if modules:
        said = ", ".join(sorted(modules))
    elif not said.strip().startswith(NOT_BUILT):
        said = ""
    return f"{before}| {said.strip()} |".replace("|  |", "| |")
