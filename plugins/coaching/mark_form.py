"""What a marker is asked about one released session."""

from collections.abc import Mapping
from typing import Self

from wtforms import RadioField, TextAreaField
from wtforms.validators import Optional

from lti_app.api import ActivityForm, NotLonger, lazy_gettext, tidy
from plugins.coaching.rubric import HIGHEST, WORDS, Row

LONGEST_REMARK = 2000


def _level(row: Row) -> RadioField:
    return RadioField(
        WORDS[row].title,
        [Optional()],
        # In the reader's language, so not before somebody reads.
        choices=lambda: {str(at): str(WORDS[row].anchors[at]) for at in range(HIGHEST + 1)},
        coerce=int,
        # Nothing is chosen beforehand: a level is somebody's decision.
        default=None,
    )


class MarkForm(ActivityForm):
    """A level for each row, as far as the marker has got, and words to the learner."""

    listening = _level(Row.LISTENING)
    ownership = _level(Row.OWNERSHIP)
    questions = _level(Row.QUESTIONS)
    flow = _level(Row.FLOW)
    remark = TextAreaField(
        lazy_gettext("To the learner"),
        [NotLonger(LONGEST_REMARK)],
        filters=[tidy],
        description=lazy_gettext(
            "What opened something, and what to try next time. They read it once it is published."
        ),
    )

    @classmethod
    def about(cls, levels: Mapping[Row, int], remark: str) -> Self:
        """Return the form as sent, or with what was saved."""
        stored: dict[str, object] = {row.value: level for row, level in levels.items()}
        return cls.from_request(stored | {"remark": remark})

    @property
    def levels(self) -> Mapping[Row, int]:
        """Return the levels that were chosen."""
        chosen = {row: self[row.value].data for row in Row}
        return {row: level for row, level in chosen.items() if level is not None}
