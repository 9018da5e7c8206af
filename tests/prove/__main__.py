"""`make prove-rules`: break one rule after the other in a copy of the tree; a test must notice.

Exit status 1 names the rules whose breaking nobody noticed.
"""

import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from shutil import copy2

from tests.prove.mutations import MUTATIONS, Mutation

ROOT = Path(__file__).parents[2]
_LONGEST_SECONDS = 300


class DoesNotApply(Exception):
    """What a mutation wants to change does not stand in the code exactly once."""


def changed(mutation: Mutation, code: str) -> str:
    """Return the code with a rule broken.

    Raises:
        DoesNotApply: the text to change is not there, or there more than once.
    """
    if code.count(mutation.before) != 1:
        raise DoesNotApply(f"{mutation.rule}: {mutation.path} has changed; change its mutation too")
    return code.replace(mutation.before, mutation.after)


def is_noticed(mutation: Mutation, tree: Path) -> bool:
    """Break a rule in a copy of the tree, run the tests that prove it, and mend it again.

    Raises:
        DoesNotApply: the code has changed.
    """
    file = tree / mutation.path
    code = file.read_text()
    file.write_text(changed(mutation, code))
    try:
        return _run(mutation, tree) != 0
    finally:
        file.write_text(code)


def main(arguments: Sequence[str]) -> int:
    """Prove all rules, or those named; returns the exit status."""
    parser = ArgumentParser(prog="prove-rules", description=__doc__)
    parser.add_argument("rules", nargs="*", help="rules to break; all where none is named")
    wanted = parser.parse_args(arguments).rules
    chosen = [one for one in MUTATIONS if not wanted or one.rule in wanted]
    unnoticed = []
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        _copy_tree(tree)
        for mutation in chosen:
            # Tests that fail while nothing is broken would prove nothing.
            noticed = _run(mutation, tree) == 0 and is_noticed(mutation, tree)
            _say(f"{mutation.rule:7} {'noticed' if noticed else 'NOT NOTICED'}")
            unnoticed += [] if noticed else [mutation.rule]
    _say(f"{len(chosen)} rules broken, {len(chosen) - len(unnoticed)} noticed")
    return 1 if unnoticed else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _run(mutation: Mutation, tree: Path) -> int:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-p", "no:randomly", "--rule", mutation.rule, mutation.tests]
    run = subprocess.run(
        command, cwd=tree, capture_output=True, timeout=_LONGEST_SECONDS, check=False
    )
    return run.returncode


def _copy_tree(tree: Path) -> None:
    """Copy what git knows, or would know, of the tree as it is now."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(ROOT / name, tree / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
