"""Who kills programs: at named points of a grade's way, when somebody next passes there."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

from lti_app.testing.chaos.clock import PassingTime
from lti_app.testing.chaos.plan import POWER_CUT, Point
from lti_app.testing.chaos.programs import WEB, WORKERS, Programs
from lti_app.testing.chaos.servers import DatabaseServer

_ALL = (WEB, *WORKERS)


@dataclass
class Killer:
    """Kills whom it was told to, where it was told to.

    Attributes:
        programs: the victims.
        time: is told of the leases that nobody holds any more.
        database: loses its power with the programs.
        folder: of the files at which the pages kill themselves (`killable`).
        chance: decides about the order, and lets one in three pass.
    """

    programs: Programs
    time: PassingTime
    database: DatabaseServer
    folder: Path
    chance: Random
    _armed: Counter[Point] = field(default_factory=Counter)
    _killed: Counter[Point] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def kills(self) -> Counter[Point]:
        """Return what was done so far, by point."""
        left = Counter((WEB, file.stem) for file in self.folder.iterdir())
        at_web = Counter({point: n for point, n in self._armed.items() if point[0] == WEB})
        return self._killed + (at_web - left)

    def schedule(self, points: Sequence[Point], stages: int) -> list[Sequence[Point]]:
        """Return what to arm in each stage of a run, so that all get their turn."""
        shuffled = self.chance.sample(points, len(points))
        return [shuffled[stage::stages] for stage in range(stages)]

    def arm(self, points: Sequence[Point]) -> None:
        """Kill at these points as soon as somebody passes there; till then they stay armed."""
        with self._lock:
            self._armed.update(points)
        for who, what in points:
            if who == WEB:
                (self.folder / f"{what}.{next(self._numbers)}").touch()

    def watch(self, family: str, stage: str) -> None:
        """Be told by the LMS of a worker's request, and kill all workers if that is armed."""
        point = (family, stage)
        if self._armed[point] > 0 and self.chance.random() < 2 / 3 and self._take(point):
            self.programs.kill(WORKERS, self.time.note_orphans)

    def cut_power(self) -> None:
        """End everything at once, if that is armed: it waits for nobody."""
        if self._take(POWER_CUT):
            self._end_everything()

    def disarm(self) -> None:
        """Cut the power a last time; afterwards nobody is killed any more."""
        killed = self.kills
        with self._lock:
            self._killed = killed
            self._armed.clear()
        for file in self.folder.iterdir():
            file.unlink(missing_ok=True)
        self._killed[POWER_CUT] += 1
        self._end_everything()

    def _end_everything(self) -> None:
        def start_database() -> None:
            self.database.interrupt(0)
            self.time.note_orphans()

        self.programs.kill(_ALL, start_database)

    def _take(self, point: Point) -> bool:
        with self._lock:
            if self._armed[point] <= 0:
                return False
            self._armed[point] -= 1
            self._killed[point] += 1
            return True
