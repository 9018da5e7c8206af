"""The gradebook: columns and cells, and what happens to them when a tool or a teacher writes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import datetime


class StaleScoreError(Exception):
    """The score is not later than what the cell holds, in whole seconds."""


class LockedGradeError(Exception):
    """The cell or its column is locked."""


@dataclass
class Column:
    """A grade item. One without an activity was made by a tool ("manual" in Moodle)."""

    id: int
    course_id: int
    tool_id: int
    title: str
    maximum: float
    activity_id: int | None = None
    resource_id: str = ""
    tag: str = ""
    link_id: int | None = None
    locked: bool = False
    #: Canvas only: how often a learner may hand in, and whether any score above 0 is a pass.
    attempts_allowed: int | None = None
    pass_fail: bool = False


@dataclass
class Cell:
    """One person's grade: what the tool said (raw) and what counts (final)."""

    raw: float | None = None
    final: float | None = None
    feedback: str | None = None
    changed_at: datetime | None = None
    overridden: bool = False
    locked: bool = False

    def show_raw(self, column: Column) -> None:
        """Let what the tool said count, kept within the column."""
        self.final = None if self.raw is None else min(max(self.raw, 0.0), column.maximum)


@dataclass(frozen=True)
class Score:
    """A score as it was posted, already read and checked. `given` None erases the grade."""

    given: float | None
    maximum: float
    comment: str | None
    at: datetime


def _whole_second(moment: datetime) -> int:
    return int(moment.timestamp())


@dataclass
class Gradebook:
    """All columns of the site."""

    columns: dict[int, Column] = field(default_factory=dict)
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(501))

    def add_column(
        self,
        course_id: int,
        tool_id: int,
        title: str,
        maximum: float = 100.0,
        *,
        activity_id: int | None = None,
        link_id: int | None = None,
        resource_id: str = "",
        tag: str = "",
    ) -> Column:
        column = Column(
            next(self._ids), course_id, tool_id, title, maximum, activity_id, resource_id, tag
        )
        column.link_id = link_id
        self.columns[column.id] = column
        return column

    def remove_column(self, column: Column) -> None:
        del self.columns[column.id]
        for key in [key for key in self.cells if key[0] == column.id]:
            del self.cells[key]

    def columns_of(self, course_id: int) -> list[Column]:
        return [column for column in self.columns.values() if column.course_id == course_id]

    def cell(self, column_id: int, person_id: int) -> Cell:
        """The cell, made when it is first asked for."""
        return self.cells.setdefault((column_id, person_id), self.new_cell())

    def new_cell(self) -> Cell:
        return Cell()

    def take_score(self, column: Column, person_id: int, score: Score, now: datetime) -> None:
        """Store what a tool posted. Refusals come in Moodle's order: first stale, then locked."""
        cell = self.cell(column.id, person_id)
        if cell.changed_at and _whole_second(cell.changed_at) >= _whole_second(score.at):
            raise StaleScoreError
        if cell.locked or column.locked:
            raise LockedGradeError
        cell.raw = self._rescaled(column, score)
        if cell.overridden:
            return  # the teacher's grade, feedback and date stay
        cell.show_raw(column)
        cell.feedback = score.comment or None
        cell.changed_at = self._date(cell, score, now)

    @staticmethod
    def _rescaled(column: Column, score: Score) -> float | None:
        if score.given is None:
            return None
        if score.maximum in (0, column.maximum):
            return round(score.given, 5)
        return round(score.given * column.maximum / score.maximum, 5)

    @staticmethod
    def _date(cell: Cell, score: Score, now: datetime) -> datetime | None:
        if cell.raw is not None:
            return score.at.replace(microsecond=0)
        return now.replace(microsecond=0) if cell.feedback else None

    def grade_by_teacher(
        self,
        column: Column,
        person_id: int,
        value: float | None,
        now: datetime,
        *,
        feedback: str | None = None,
        overridden: bool = True,
    ) -> None:
        """A teacher types a grade; as in Moodle it overrides the tool's unless told otherwise."""
        cell = self.cell(column.id, person_id)
        if cell.locked or column.locked:
            raise LockedGradeError
        self.type_grade(column, cell, value, feedback, now)
        cell.overridden = overridden

    def type_grade(
        self, column: Column, cell: Cell, value: float | None, feedback: str | None, now: datetime
    ) -> None:
        """What a teacher types counts at once, and overrides the tool's."""
        cell.final = value
        cell.feedback = feedback or None
        cell.overridden = True
        cell.changed_at = now.replace(microsecond=0)

    def rescale(self, column: Column, maximum: float) -> None:
        """A new maximum keeps the percentages."""
        factor = maximum / column.maximum if column.maximum else 1.0
        for (column_id, _), cell in self.cells.items():
            if column_id == column.id:
                cell.raw = None if cell.raw is None else cell.raw * factor
                cell.final = None if cell.final is None else cell.final * factor
        column.maximum = maximum
