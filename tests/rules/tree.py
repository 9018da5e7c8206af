"""The files of the project, for tests that read them."""

import ast
from collections.abc import Iterator
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


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if entry.name in _NOT_OURS or entry.name.endswith((".egg-info", "_cache")):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.suffix not in {".pyc", ".sqlite3"} and not entry.name.startswith(".coverage"):
            yield entry
