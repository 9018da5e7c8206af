"""Rules of style that a reader relies on, and that no linter knows in this form."""

import ast
import re
from pathlib import Path

from tests.proofs import rule
from tests.rules.tree import calls, for_every, name_of, parsed, python_files

THE_ONE_THAT_COMMITS = "lti_app/store/session.py"
EVENT = re.compile(r"[a-z][a-z0-9_]*")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical"}


@for_every(python_files())
def test_every_module_says_what_it_is_for(file: Path) -> None:
    docstring = ast.get_docstring(parsed(file))
    assert docstring, "begin with a docstring of one sentence"


@for_every(python_files("lti_app", "plugins"))
def test_only_one_module_commits(file: Path) -> None:
    if name_of(file) == THE_ONE_THAT_COMMITS:
        return
    ending = [
        f"line {call.lineno}"
        for call in calls(parsed(file))
        if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
    ]
    assert not ending, "returning commits and raising rolls back; use `transaction()`"


def test_a_lock_lets_others_refer_to_the_row() -> None:
    # `FOR UPDATE` would also keep others from adding rows that refer to the locked one: a launch
    # that adds a visit, and whoever locks its person, would wait for each other in a ring.
    closed = [
        f"{name_of(file)}:{call.lineno}"
        for file in python_files("lti_app", "plugins")
        for call in calls(parsed(file))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "with_for_update"
        and "key_share" not in {keyword.arg for keyword in call.keywords}
    ]
    assert not closed, "say `with_for_update(key_share=True)`"


@for_every(python_files())
def test_imports_stand_at_the_top(file: Path) -> None:
    hidden = [
        f"line {node.lineno}"
        for function in ast.walk(parsed(file))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden, "an import inside a function hides a cycle"


@for_every(python_files("lti_app", "plugins"))
def test_a_log_line_is_an_event_with_a_name(file: Path) -> None:
    sentences = [
        f"line {call.lineno}"
        for call in calls(parsed(file))
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"log", "_log", "logger"}
        and call.func.attr in LOG_METHODS
        and not (
            call.args
            and isinstance(call.args[0], ast.Constant)
            and EVENT.fullmatch(str(call.args[0].value))
        )
    ]
    assert not sentences, "write log.info('launch_verified', registration=…)"


@rule("R-1.12")
@for_every(python_files("lti_app", "plugins"))
def test_nobody_but_the_clock_asks_the_machine_for_the_time(file: Path) -> None:
    # The sandbox LMS is another program, with a clock of its own.
    if name_of(file).startswith(("lti_app/clock.py", "lti_app/testing/sandbox/")):
        return
    asking = [
        f"line {call.lineno}"
        for call in calls(parsed(file))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in {"now", "utcnow", "today"}
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in {"datetime", "date"}
    ]
    assert not asking, "use lti_app.clock, which tests and the demo can move"
