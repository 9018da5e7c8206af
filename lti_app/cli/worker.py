"""`throughline worker`: carries grades to gradebooks until it is told to stop."""

import gc
import signal
import threading

import click

from lti_app import logs
from lti_app.cli.support import runtime
from lti_app.worker.loop import run


@click.command(epilog="Example: throughline worker")
def worker() -> None:
    """Deliver grades until stopped (SIGTERM or Ctrl-C finishes what is under way)."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    logs.configure()
    opened = runtime()
    # What start-up made stays: looking through it for rubbish, again and again, takes longer than
    # sending a hundred grades.
    gc.freeze()
    run(opened, stop)
