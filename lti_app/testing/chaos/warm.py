"""What all programs of a run begin with: imported once, in the process that they are forked from.

A start then takes a tenth of a second instead of seconds, so that a run has time to kill a lot.
Nothing is shared: a program that is forked off here has a memory of its own, and dies of SIGKILL
like any other.
"""

import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import configure_mappers

from lti_app import app, cli
from lti_app.activity import catalogue
from lti_app.store.tables import load_tables

__all__ = ["MODULES", "app", "cli", "run_module"]

#: Beside this one.
MODULES = (
    "celery.app.amqp",
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.worker.components",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "kombu.transport.redis",
)

_STDOUT, _STDERR = 1, 2

load_tables()
catalogue()
configure_mappers()


def run_module(words: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Do what `python -m <words>` does, in a process group of its own.

    Args:
        words: name of a module, and the arguments.
        environment: of the program.
        log: where its output is added.
    """
    os.setsid()
    with log.open("ab") as file:
        os.dup2(file.fileno(), _STDOUT)
        os.dup2(file.fileno(), _STDERR)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = list(words)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)
