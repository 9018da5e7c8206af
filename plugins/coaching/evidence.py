"""What speaks for a level of the rubric, counted in a released copy; a person decides."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugins.coaching.log import Log, Origin, Tag, from_json

#: So many summaries for each question go with good conversations, and this is told as a band only.
USUAL_BAND: Final = (0.5, 1.5)


@dataclass(frozen=True)
class Evidence:
    """What was counted in one copy.

    Attributes:
        summaries: how many there are; by what the partner said, `verdicts` counts them: `yes`,
            `partly`, `no`. Nothing is counted where nobody answered.
        is_answered: the partner answered before the release.
        options: how many there are, and `by_coachee` of them said by the coachee alone or by both.
        talk_share: of the coach, as the partner saw it: `less`, `some`, `more`, or empty.
        own_step: whether the partner found one: `yes`, `partly`, `no`, or empty.
        questions: how many there are, by `tags`: what the coach calls them.
        stages: which of goal, reality, options and will have something written.
        has_date: the action has a day.
        commitment: of the coachee, 1 to 10, or None.
    """

    summaries: int
    verdicts: Mapping[str, int]
    is_answered: bool
    options: int
    by_coachee: int
    talk_share: str
    own_step: str
    questions: int
    tags: Mapping[str, int]
    stages: Sequence[str]
    has_date: bool
    commitment: int | None

    @property
    def summaries_for_each_question(self) -> float | None:
        """Return how many summaries there are for each question; None without questions."""
        return self.summaries / self.questions if self.questions else None


def read_copy(copy: Mapping[str, Any]) -> tuple[Log, Mapping[str, Any]]:
    """Return the log and the partner's answer of a released copy; no answer is empty."""
    return from_json(copy.get("log")), copy.get("answer") or {}


def find_evidence(copy: Mapping[str, Any]) -> Evidence:
    """Count what speaks for each row of the rubric in a released copy (`release.freeze`)."""
    log, answer = read_copy(copy)
    tags = Counter(question.tag for question in log.questions)
    written = {
        "goal": log.goal,
        "reality": log.reality,
        "options": log.options,
        "will": log.action,
    }
    return Evidence(
        summaries=len(log.summaries),
        verdicts=dict(Counter(answer.get("verdicts", ()))),
        is_answered=bool(answer),
        options=len(log.options),
        by_coachee=sum(one.said_by in {Origin.COACHEE, Origin.BOTH} for one in log.options),
        talk_share=answer.get("talk_share", ""),
        own_step=answer.get("own_step", ""),
        questions=len(log.questions),
        tags={tag: tags[tag] for tag in Tag if tags[tag]},
        stages=[stage for stage, text in written.items() if text],
        has_date=log.by_when is not None,
        commitment=log.commitment,
    )
