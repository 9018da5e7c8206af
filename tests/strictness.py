"""With CI=true a test that did not run has not passed: skips, xfails and deselections fail the run.

A plugin of pytest; `conftest.py` turns it on.
"""

import os

import pytest

_NOT_PASSED = ("skipped", "xfailed", "xpassed", "deselected")
_DESELECTED = pytest.StashKey[int]()
_STRICT = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    """Decide once, before a test can change the environment."""
    config.stash[_STRICT] = os.environ.get("CI") == "true"
    config.stash[_DESELECTED] = 0
    if config.pluginmanager.has_plugin("xdist"):
        config.pluginmanager.register(_FromWorkers(config))


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what was left out."""
    if items:
        items[0].config.stash[_DESELECTED] += len(items)


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


class _FromWorkers:
    """Collects what the workers of xdist left out; each of them collects everything."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Keep the largest number that a worker reported."""
        output: dict[str, int] = getattr(node, "workeroutput", {})
        counted = max(self._config.stash[_DESELECTED], output.get("deselected", 0))
        self._config.stash[_DESELECTED] = counted
