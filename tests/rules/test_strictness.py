"""With CI=true a run in which something did not run has failed; and no run lasts for ever."""

import tomllib

import pytest

from tests.rules.tree import ROOT

PASSING = "def test_passes(): pass\n"
SUITES = (
    "import pytest\ndef test_it(): pytest.skip('not today')\n",
    "import pytest\npytest.skip('not here', allow_module_level=True)\n",
    "import pytest\n@pytest.mark.xfail\ndef test_it(): assert False\n",
    "import pytest\n@pytest.mark.xfail\ndef test_it(): pass\n",
)
WAYS = {"one process": (), "workers": ("-p", "xdist.plugin", "-n", "1")}


@pytest.fixture(params=WAYS.values(), ids=list(WAYS))
def options(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return how the inner run is started."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return ["-p", "tests.strictness", "-p", "no:cacheprovider", *request.param]


def test_what_did_not_run_fails_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    suites = {f"test_{number}": suite for number, suite in enumerate(SUITES)}
    pytester.makepyfile(test_passing=PASSING, **suites)
    result = pytester.runpytest_subprocess(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*not allowed with CI=true*", "2 skipped, 1 xfailed, 1 xpassed"])


def test_what_was_deselected_fails_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(PASSING + "def test_other(): pass\n")
    result = pytester.runpytest_subprocess(*options, "-k", "passes")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*not allowed with CI=true*", "1 deselected"])


def test_a_run_in_which_everything_passed_has_passed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(PASSING)
    assert pytester.runpytest_subprocess(*options).ret == pytest.ExitCode.OK


def test_away_from_ci_a_skip_is_a_skip(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makepyfile(test_passing=PASSING, test_other=SUITES[0])
    assert pytester.runpytest_subprocess(*options).ret == pytest.ExitCode.OK


def test_a_group_of_tests_stays_in_one_process(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(
        """
        import pytest
        pytestmark = pytest.mark.xdist_group("costly")
        @pytest.mark.parametrize("number", range(20))
        def test_it(number): pass
        """
    )
    result = pytester.runpytest_subprocess(
        "-p", "xdist.plugin", "-n", "2", "--dist", "loadgroup", "-v", "-p", "no:cacheprovider"
    )
    result.assert_outcomes(passed=20)
    assert len({line.split("]")[0] for line in result.outlines if "PASSED" in line}) == 1


def test_a_test_that_hangs_is_named_and_ends_the_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    assert project["faulthandler_timeout"] > 0
    hanging = "import threading\ndef test_hangs(): threading.Event().wait()\n"
    pytester.makepyfile(hanging + "".join(f"def test_{n}(): pass\n" for n in range(9)))
    result = pytester.runpytest_subprocess(
        *("-p", "xdist.plugin", "-n", "2", "--dist", "loadgroup", "-p", "no:cacheprovider"),
        *project["addopts"],
        *("-o", f"faulthandler_exit_on_timeout={project['faulthandler_exit_on_timeout']}"),
        *("-o", "faulthandler_timeout=2"),
        timeout=120,
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*crashed while running*test_hangs*"])
    result.stderr.fnmatch_lines(["*in test_hangs"])
