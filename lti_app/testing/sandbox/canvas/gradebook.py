"""Submissions and results: what Canvas does when a tool posts a score or a person grades.

Beside the submission, with the grade that counts, Canvas keeps a *result*: what the tool last
said. A tool reads results only. There is none before the tool's first post, a grade that a person
gives later is copied into it, its date is the tool's alone, and one that a person gave before is
not in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from lti_app.testing.sandbox.gradebook import Cell, Column, Gradebook

KEEPS_GRADES = ("FullyGraded", "PendingManual")


class OldTimestampError(Exception):
    """The score is older than the result."""


class NoAttemptsLeftError(Exception):
    """The learner has handed in as often as the assignment allows."""


@dataclass
class Result:
    """What a tool can read of a cell."""

    id: int
    score: float | None
    maximum: float | None
    comment: str | None
    updated_at: datetime


@dataclass
class CanvasCell(Cell):
    """One person's submission, with the result that belongs to it."""

    attempts: int = 0
    submitted_at: datetime | None = None
    comments: list[str] = field(default_factory=list)
    by_person: bool = False
    needs_review: bool = False
    #: What was handed in, where that is an address to launch.
    submission_url: str | None = None
    result: Result | None = None

    def show_raw(self, column: Column) -> None:
        """Nothing: Canvas keeps one grade, the one that was given last."""

    def result_score(self, column: Column) -> float | None:
        """The score as a tool reads it: a person's is in points, and rescaled for the tool."""
        result = self.result
        if result is None or result.score is None or not self.by_person:
            return result.score if result else None
        if not result.maximum or not column.maximum:
            return result.score
        return result.score * result.maximum / column.maximum


@dataclass(frozen=True)
class CanvasScore:
    """A score as it was posted, already read and checked."""

    given: float | None
    maximum: float | None
    progress: str
    comment: str | None
    at: datetime
    new_submission: bool = True
    preserve_score: bool = False
    prioritize_non_tool_grade: bool = False
    submitted_at: datetime | None = None
    submission_url: str | None = None

    @property
    def resets(self) -> bool:
        return self.progress not in KEEPS_GRADES or self.given is None


class CanvasGradebook(Gradebook):
    """The gradebook of a Canvas."""

    def new_cell(self) -> CanvasCell:
        return CanvasCell()

    def submission(self, column: Column, person_id: int) -> CanvasCell:
        cell = self.cell(column.id, person_id)
        assert isinstance(cell, CanvasCell)
        return cell

    def post(self, column: Column, person_id: int, score: CanvasScore, now: datetime) -> CanvasCell:
        """Store what a tool posted: the hand-in first, then the grade, then the result."""
        cell = self.submission(column, person_id)
        if cell.result and cell.result.updated_at > score.at:
            raise OldTimestampError(cell.result.updated_at.isoformat(timespec="milliseconds"))
        if score.new_submission:
            if column.attempts_allowed is not None and cell.attempts >= column.attempts_allowed:
                raise NoAttemptsLeftError
            cell.attempts += 1
            cell.submitted_at = score.submitted_at or now
            cell.submission_url = score.submission_url
        self._grade(column, cell, score, now)
        if score.comment:
            cell.comments.append(score.comment)
            cell.feedback = score.comment
        cell.needs_review = score.progress == "PendingManual"
        result_id = cell.result.id if cell.result else next(self._ids)
        cell.result = Result(result_id, score.given, score.maximum, score.comment, score.at)
        return cell

    def _grade(self, column: Column, cell: CanvasCell, score: CanvasScore, now: datetime) -> None:
        if score.preserve_score:
            return
        if score.resets or score.given is None:
            cell.final = None
        elif score.prioritize_non_tool_grade and cell.final is not None:
            return
        else:
            cell.raw = cell.final = _points(column, score.given, score.maximum)
            cell.by_person = False
        cell.changed_at = now

    def type_grade(
        self, column: Column, cell: Cell, value: float | None, feedback: str | None, now: datetime
    ) -> None:
        """A person grades: the result shows it, and keeps the date of the tool's last post."""
        assert isinstance(cell, CanvasCell)
        cell.final = value
        cell.by_person = True
        cell.needs_review = False
        cell.changed_at = now
        if feedback:
            cell.comments.append(feedback)
            cell.feedback = feedback
        if cell.result:
            cell.result.score = value
            if cell.result.maximum is None:
                cell.result.maximum = column.maximum


def _points(column: Column, given: float, maximum: float | None) -> float:
    if column.pass_fail:
        return column.maximum if given > 0 else 0.0
    return given * (column.maximum / maximum) if maximum else given
