"""The tool's own programs, started anew whenever they end, as a service manager does."""

import multiprocessing
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

from lti_app.testing.chaos import warm
from lti_app.testing.stage import TOOL_HOST

_LOOK_SECONDS = 0.05
_POLITE_SECONDS = 30.0
WEB = "web"
WORKERS = ("worker", "celery")


def commands(port: int, *, with_celery: bool) -> dict[str, Sequence[str]]:
    """Return what comes after `python -m` for each program.

    Args:
        port: of the pages.
        with_celery: the worker's work comes as Celery tasks, too.
    """
    pages = "lti_app.testing.chaos.killable:make_app()"
    web = ["gunicorn", pages, "--bind", f"{TOOL_HOST}:{port}", "--workers", "1", "--threads", "4"]
    web += ["--log-level", "warning", "--no-control-socket"]
    celery = ["celery", "-A", "lti_app.worker.celery_app", "worker", "--beat"]
    celery += ["--concurrency", "1", "--loglevel", "warning"]
    plain: dict[str, Sequence[str]] = {WEB: web, "worker": ["lti_app", "worker"]}
    return plain | ({"celery": celery} if with_celery else {})


@dataclass
class Programs:
    """Process groups that are killed, and come up again.

    Attributes:
        commands: by name.
        environment: of all of them.
        folder: where each writes its log.
        surprises: how often a program ended that nobody had killed.
    """

    commands: Mapping[str, Sequence[str]]
    environment: Mapping[str, str]
    folder: Path
    surprises: Counter[str] = field(default_factory=Counter)
    _running: dict[str, ForkServerProcess] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _is_over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep everything running until the block ends."""
        minder = threading.Thread(target=self._mind, daemon=True)
        for name in self.commands:
            self._start(name)
        minder.start()
        try:
            yield
        finally:
            self._is_over.set()
            minder.join()
            self._stop()

    def kill(self, names: Sequence[str], while_dead: Callable[[], object] | None = None) -> None:
        """End programs as a power cut would, all at once, and start them anew.

        Args:
            names: which; those that this run does not have are passed over.
            while_dead: done before any of them is started again.
        """
        with self._lock:
            ended = [(name, self._running.pop(name)) for name in names if name in self._running]
            for _, process in ended:
                _signal(process, signal.SIGKILL)
            for _, process in ended:
                process.join()
            if while_dead:
                while_dead()
            for name, _ in ended:
                self._start(name)

    def _start(self, name: str) -> None:
        arguments = (self.commands[name], dict(self.environment), self.folder / f"{name}.log")
        process = _context().Process(target=warm.run_module, args=arguments, name=name)
        process.start()
        self._running[name] = process

    def _mind(self) -> None:
        while not self._is_over.wait(_LOOK_SECONDS):
            with self._lock:
                for name, process in list(self._running.items()):
                    if process.exitcode is not None:
                        # Those that kill themselves at a named point end by SIGKILL, too.
                        if process.exitcode != -signal.SIGKILL:
                            self.surprises[name] += 1
                        self._start(name)

    def _stop(self) -> None:
        for process in self._running.values():
            _signal(process, signal.SIGTERM)
        for process in self._running.values():
            process.join(_POLITE_SECONDS)
            _signal(process, signal.SIGKILL)
            process.join()


def _context() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([warm.__name__, *warm.MODULES])
    return context


def _signal(process: ForkServerProcess, number: signal.Signals) -> None:
    assert process.pid
    # It may be gone, and at its very beginning it has no group of its own.
    for send in (os.killpg, os.kill):
        with suppress(ProcessLookupError):
            send(process.pid, number)
