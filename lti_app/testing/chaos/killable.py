"""The pages as chaos runs them: the whole program dies on the spot at a point that a file names.

`gunicorn "lti_app.testing.chaos.killable:make_app()"`: the tool is the one that `wsgi.py` serves.
"""

import os
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

from lti_app.app import create_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Where the files are.
FOLDER_VARIABLE = "CHAOS_KILL_FOLDER"


class Killable:
    """WSGI middleware that may end its process group while somebody's work is handed in."""

    def __init__(
        self, app: "WSGIApplication", folder: Path, die: Callable[[], object] | None = None
    ) -> None:
        """Wrap an application.

        Args:
            app: returns when its transaction is committed.
            folder: a file in it, named `<point>.<anything>`, means: die there; it is removed.
            die: ends everything.
        """
        self._app = app
        self._folder = folder
        self._die = die or _kill_own_group

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "POST" or not environ["PATH_INFO"].startswith("/v/"):
            return self._app(environ, start_response)
        self._reach("arrived")
        body = self._app(environ, start_response)
        self._reach("committed")
        return ClosingIterator(body, lambda: self._reach("answered"))

    def _reach(self, point: str) -> None:
        for file in self._folder.glob(f"{point}.*"):
            # Only one of several threads can take a file away.
            with suppress(FileNotFoundError):
                file.unlink()
                self._die()
                return


def _kill_own_group() -> None:
    os.killpg(0, signal.SIGKILL)


def make_app() -> Killable:
    """Return the tool, killable."""
    return Killable(create_app(), Path(os.environ[FOLDER_VARIABLE]))
