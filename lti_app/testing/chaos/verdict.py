"""What came of it: the LMS's gradebook beside what learners were told."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qs, urlsplit

from lti_app.testing.sandbox import Activity, Sandbox, ServiceRequest
from lti_app.testing.sandbox.canvas.gradebook import CanvasCell
from lti_app.testing.sandbox.gradebook import Cell

#: A request, and how many came before it.
Moment = tuple[int, ServiceRequest]
_FULL = Decimal(100)
#: What the tool says of a cell that it is done with.
SETTLED: Final = "sent"


@dataclass(frozen=True)
class CellCount:
    """One learner's cell.

    Attributes:
        name: of the learner.
        was_told: the tool said that the work is done.
        grade: what the cell holds.
        sent: scores that the LMS took.
        attempts: of the learner, as the LMS counts them; where it counts none, scores taken.
        comments: that the tool left there.
        is_named_case: between two scores the LMS refused every look into the cell.
        state: what the tool itself says of it: the delivery's state, and the last reason.
    """

    name: str
    was_told: bool
    grade: Decimal | None
    sent: int
    attempts: int
    comments: int
    is_named_case: bool
    state: str

    @property
    def is_lost(self) -> bool:
        """Whether somebody was told that their work is done, and has no grade."""
        return self.was_told and self.grade is None

    @property
    def is_wrong(self) -> bool:
        """Whether there is another grade than the one that was earned."""
        return self.grade is not None and self.grade != _FULL

    @property
    def is_repeated(self) -> bool:
        """Whether the LMS shows more than one attempt or comment, beyond the case that is named."""
        return max(self.attempts, self.comments) > 1 and not self.is_named_case

    @property
    def is_unsettled(self) -> bool:
        """Whether the tool does not know that the grade is there."""
        return self.was_told and self.state.partition(" ")[0] != SETTLED

    def __str__(self) -> str:
        """Name the cell, with all that is known of it."""
        grade = "empty" if self.grade is None else str(self.grade)
        counts = f"{self.sent} scores, {self.attempts} attempts, {self.comments} comments"
        return f"{self.name} ({grade}; {counts}; the tool says {self.state!r})"


@dataclass(frozen=True)
class Verdict:
    """All cells of a run.

    Attributes:
        cells: one for each learner.
        strangers: people who did nothing, and have a grade.
    """

    cells: Sequence[CellCount]
    strangers: Sequence[str] = ()

    def broken_rules(self) -> list[str]:
        """Return a sentence for each rule that is broken, naming the cells."""
        found = {
            "lost": [cell for cell in self.cells if cell.is_lost],
            "wrong": [cell for cell in self.cells if cell.is_wrong],
            "more than one attempt or comment": [cell for cell in self.cells if cell.is_repeated],
            "not settled in the tool": [cell for cell in self.cells if cell.is_unsettled],
            "a grade for somebody who did nothing": self.strangers,
        }
        return [f"{rule}: {'; '.join(map(str, cells))}" for rule, cells in found.items() if cells]


def read_cells(
    lms: Sandbox,
    activity: Activity,
    learners: Collection[str],
    told: Collection[str],
    states: Mapping[str, str],
) -> Verdict:
    """Read the gradebook from inside the LMS.

    Args:
        lms: holds it, and the record of what was asked of it.
        activity: whose column it is.
        learners: usernames of those who did something.
        told: usernames of those whom the tool told that it is done.
        states: what the tool says of each cell, by username.
    """
    scores: dict[str, list[Moment]] = defaultdict(list)
    looks: dict[str, list[Moment]] = defaultdict(list)
    for moment in enumerate(lms.log.of()):
        _, entry = moment
        if entry.family == "scores" and entry.took_effect:
            scores[entry.json()["userId"]].append(moment)
        if entry.family == "results":
            looks[_wanted(entry)].append(moment)
    cells = []
    for name in learners:
        subject = lms.subject(name)
        cell, sent = lms.grade(activity, name), scores[subject]
        attempts, comments = _repetitions(cell, sent)
        cells.append(
            CellCount(
                name=name,
                was_told=name in told,
                grade=None if cell.final is None else Decimal(str(cell.final)),
                sent=len(sent),
                attempts=attempts,
                comments=comments,
                is_named_case=_is_named_case(sent, looks[subject] + looks[""]),
                state=states.get(name, "nothing is known"),
            )
        )
    others = [name for name in lms.people if name not in learners]
    strangers = [name for name in others if lms.grade(activity, name).final is not None]
    return Verdict(cells, strangers)


def _wanted(entry: ServiceRequest) -> str:
    """Return whose result was asked for; of the whole column nobody's in particular."""
    return parse_qs(urlsplit(entry.path).query).get("user_id", [""])[0]


def _repetitions(cell: Cell, sent: Sequence[Moment]) -> tuple[int, int]:
    """Return how many attempts and comments the LMS shows; Moodle shows each score anew."""
    if isinstance(cell, CanvasCell):
        return cell.attempts, len(cell.comments)
    return len(sent), sum(bool(entry.json().get("comment")) for _, entry in sent)


def _is_named_case(sent: Sequence[Moment], looks: Sequence[Moment]) -> bool:
    """Tell whether the LMS refused the last look before each score but the first."""
    for (former, _), (later, _) in pairwise(sent):
        between = [look for look in looks if former < look[0] < later]
        if not between or max(between, key=lambda look: look[0])[1].took_effect:
            return False
    return len(sent) > 1
