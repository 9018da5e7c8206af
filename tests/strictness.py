"""With CI=true a test that did not run has not passed: skips, xfails and deselections fail the run.

A plugin of pytest; `conftest.py` turns it on.
"""

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_NOT_PASSED = ("skipped", "xfailed", "xpassed", "deselected")
_DESELECTED = pytest.StashKey[int]()
_STRICT = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Decide once, before a test can change the environment."""
    config.stash[_STRICT] = os.environ.get("CI") == "true"
    config.stash[_DESELECTED] = 0


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what was left out."""
    if items:
        items[0].config.stash[_DESELECTED] += len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: "WorkerController") -> None:
    """Take over what a worker of xdist left out; each of them collects everything."""
    left_out: int = getattr(node, "workeroutput", {}).get("deselected", 0)
    node.config.stash[_DESELECTED] = max(node.config.stash[_DESELECTED], left_out)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell the controller what this worker left out, or fail the run."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = session.config.stash[_DESELECTED]
    elif session.config.stash[_STRICT] and _not_passed(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say why the run failed."""
    if config.stash[_STRICT] and (found := _not_passed(config)):
        terminalreporter.section("not allowed with CI=true")
        terminalreporter.line(", ".join(f"{number} {kind}" for kind, number in found.items()))


def _not_passed(config: pytest.Config) -> dict[str, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return {}
    found = {kind: len(reporter.stats.get(kind, ())) for kind in _NOT_PASSED}
    found["deselected"] = max(found["deselected"], config.stash[_DESELECTED])
    return {kind: number for kind, number in found.items() if number}
