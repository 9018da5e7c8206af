"""The files of the project, for tests that read them."""

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("lti_app", "plugins", "migrations", "tests", "docs", "benchmarks", "wsgi.py")
_NOT_OURS = {".git", ".venv", ".hypothesis", "var", "htmlcov", "node_modules", "__pycache__"}


def name_of(file: Path) -> str:
    """Return a file's path as people write it."""
    return file.relative_to(ROOT).as_posix()


@cache
def every_file() -> tuple[Path, ...]:
    """Return all files that belong to the project."""
    return tuple(sorted(_walk(ROOT)))


@cache
def python_files(*parts: str) -> tuple[Path, ...]:
    """Return the Python files under these parts of the tree, under all where none is named."""
    wanted = parts or CODE
    return tuple(
        file for file in every_file() if file.suffix == ".py" and name_of(file).startswith(wanted)
    )


@cache
def parsed(file: Path) -> ast.Module:
    """Return a file's syntax tree."""
    return ast.parse(file.read_text(), str(file))


@cache
def templates() -> tuple[Path, ...]:
    """Return all page templates."""
    return tuple(
        file for file in every_file() if file.suffix == ".html" and "templates" in file.parts
    )


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Return every call in a piece of code."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def for_every(files: Iterable[Path]) -> Callable[[Callable[[Path], None]], Callable[[], None]]:
    """Make one test of a check of a file, which names every file that fails.

    Reading a file takes less time than a test of its own does; there would be thousands.
    """

    def make_test(check: Callable[[Path], None]) -> Callable[[], None]:
        def test() -> None:
            faults = {}
            for file in files:
                try:
                    check(file)
                except AssertionError as error:
                    faults[name_of(file)] = str(error)
            assert not faults, "\n".join(f"{name}: {fault}" for name, fault in faults.items())

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return make_test


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in _NOT_OURS or entry.name.endswith((".egg-info", "_cache")):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.suffix not in {".pyc", ".sqlite3"} and not entry.name.startswith(".coverage"):
            yield entry
