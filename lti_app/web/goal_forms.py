"""Goals in forms and in words: what is asked, what is wrong, how one reads.

A page that asks for several goals takes one form each, told apart by a prefix, inside one `<form>`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final, Self, TypeVar
from uuid import UUID, uuid4

from flask_babel import LazyString
from wtforms import HiddenField, RadioField, StringField, TextAreaField, ValidationError
from wtforms.fields import Field, SelectField

from lti_app.domain.goals import (
    LONGEST_EVIDENCE,
    LONGEST_NUMBER,
    LONGEST_PART,
    LONGEST_TITLE,
    TEMPLATES,
    EvidenceKind,
    GoalDraft,
    GoalFinding,
    GoalMeasure,
    GoalProblem,
    GoalState,
    begun_with,
    check_goal,
    read_due,
)
from lti_app.domain.programmes import PurposeType
from lti_app.web.fields import NotLonger, one_line, tidy
from lti_app.web.forms import ActivityForm
from lti_app.web.translation import format_day, gettext, lazy_gettext

MEASURES: Final[Mapping[GoalMeasure, LazyString]] = {
    GoalMeasure.NUMBER: lazy_gettext("By a number that changes"),
    GoalMeasure.DELIVERABLE: lazy_gettext(
        "By something that will be there: a plan, a talk, a tool"
    ),
    GoalMeasure.DEMONSTRATION: lazy_gettext("By showing it to somebody"),
    GoalMeasure.MILESTONE: lazy_gettext("By a yes or no: it is so, or it is not"),
}
EVIDENCE: Final[Mapping[EvidenceKind, LazyString]] = {
    EvidenceKind.DOCUMENT: lazy_gettext("Something written"),
    EvidenceKind.LINK: lazy_gettext("An address on the web"),
    EvidenceKind.FIGURES: lazy_gettext("Figures"),
    EvidenceKind.FEEDBACK: lazy_gettext("What somebody says about it"),
    EvidenceKind.OBSERVATION: lazy_gettext("What one of us saw"),
}
STATES: Final[Mapping[GoalState, LazyString]] = {
    GoalState.OPEN: lazy_gettext("open"),
    GoalState.MET: lazy_gettext("met"),
    GoalState.PARTLY: lazy_gettext("partly met"),
    GoalState.DROPPED: lazy_gettext("dropped"),
}
#: What is wrong → what to do about it.
ADVICE: Final[Mapping[GoalProblem, LazyString]] = {
    GoalProblem.NO_TITLE: lazy_gettext("Please say what you want to reach."),
    GoalProblem.TITLE_SHORT: lazy_gettext(
        "Please say a little more about what you want to reach: 15 characters at least."
    ),
    GoalProblem.TITLE_LONG: lazy_gettext("Please say it in 200 characters at most."),
    GoalProblem.VAGUE: lazy_gettext(
        "Worth a thought: understanding or getting better is hard to see. What will you do, or "
        "have, that you do not now?"
    ),
    GoalProblem.NO_NUMBERS: lazy_gettext("Please give both numbers: where you are, and where to."),
    GoalProblem.NOT_A_NUMBER: lazy_gettext("Please give a number, such as 3 or 2.5."),
    GoalProblem.NO_UNIT: lazy_gettext("Please say what the number counts."),
    GoalProblem.NO_CHANGE: lazy_gettext(
        "The two numbers are the same: where do you want to get to?"
    ),
    GoalProblem.NO_ARTEFACT: lazy_gettext("Please name what will be there."),
    GoalProblem.NO_AUDIENCE: lazy_gettext("Please say to whom you will show it."),
    GoalProblem.NO_DATE: lazy_gettext("By when? A day, or a quarter such as Q4 2027."),
    GoalProblem.DATE_PAST: lazy_gettext("Please choose a day that is still to come."),
    GoalProblem.DATE_LATE: lazy_gettext(
        "Please choose a day that your programme still reaches: at most 30 days after its end."
    ),
    GoalProblem.NO_EVIDENCE: lazy_gettext(
        "How will you show it? Say what there will be to look at."
    ),
    GoalProblem.EVIDENCE_SHORT: lazy_gettext(
        "Please say in 10 characters or more what there will be to look at."
    ),
    GoalProblem.NOT_A_LINK: lazy_gettext("Please give an address that begins with https://."),
}
_UNREADABLE = lazy_gettext(
    "This is no day that we can read: write it as 2027-06-30, or a quarter as Q4 2027."
)
_LINK = re.compile(r"https?://\S+")
_Choice = TypeVar("_Choice", bound=StrEnum)


class GoalFields(ActivityForm):
    """One goal: `asked` makes it, `draft` reads it, `find` says what is wrong with it."""

    class Meta:
        """The form around it brings the token of the visit."""

        csrf = False

    hidden_types: ClassVar[tuple[type, ...]] = (HiddenField,)

    key = HiddenField()
    title = StringField(
        lazy_gettext("What do you want to reach?"),
        [NotLonger(LONGEST_TITLE)],
        filters=[one_line],
        description=lazy_gettext(
            "One thing, as precisely as you can: “Strategic plan for my team”."
        ),
    )
    measure = RadioField(
        lazy_gettext("How will you show it?"),
        choices=lambda: [(one.value, str(words)) for one, words in MEASURES.items()],
        default=GoalMeasure.MILESTONE.value,
    )
    baseline = StringField(
        lazy_gettext("Where are you now?"), [NotLonger(LONGEST_NUMBER)], filters=[one_line]
    )
    target = StringField(
        lazy_gettext("Where do you want to get to?"),
        [NotLonger(LONGEST_NUMBER)],
        filters=[one_line],
    )
    unit = StringField(
        lazy_gettext("What does the number count?"),
        [NotLonger(LONGEST_PART)],
        filters=[one_line],
        description=lazy_gettext("Such as people, conversations, per cent."),
    )
    artefact = StringField(
        lazy_gettext("What will be there?"), [NotLonger(LONGEST_PART)], filters=[one_line]
    )
    shown_to = StringField(
        lazy_gettext("To whom will you show it?"), [NotLonger(LONGEST_PART)], filters=[one_line]
    )
    statement = StringField(
        lazy_gettext("What will be true then?"),
        [NotLonger(LONGEST_PART)],
        filters=[one_line],
        description=lazy_gettext("Leave it empty if what you wrote above says it."),
    )
    due_on = StringField(
        lazy_gettext("By when?"),
        filters=[one_line],
        description=lazy_gettext("A day such as 2027-06-30, or a quarter such as Q4 2027."),
    )
    evidence_kind = SelectField(
        lazy_gettext("What will there be to look at?"),
        choices=lambda: [(one.value, str(words)) for one, words in EVIDENCE.items()],
        default=EvidenceKind.DOCUMENT.value,
    )
    evidence = TextAreaField(
        lazy_gettext("In a few words, or its address"),
        [NotLonger(LONGEST_EVIDENCE)],
        filters=[tidy],
    )

    fiscal_start_month = 1
    today: date | None = None

    @classmethod
    def asked(
        cls,
        draft: GoalDraft | None = None,
        *,
        prefix: str = "",
        today: date | None = None,
        fiscal_start_month: int = 1,
    ) -> Self:
        """Return the form as sent, or with a stored goal where nothing was sent.

        Args:
            draft: what is stored; None: a new goal.
            prefix: of every field, where a page asks for several goals.
            today: for quarters without a year.
            fiscal_start_month: in which month the organisation's year begins.
        """
        stored = draft or GoalDraft()
        data: dict[str, Any] = {**stored.to_json(), "due_on": _as_typed(stored.due_on)}
        form = cls.from_request(data, prefix=prefix)
        form.today, form.fiscal_start_month = today, fiscal_start_month
        return form

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was typed into it: such a goal need not be stored."""
        typed = (
            self.title,
            self.artefact,
            self.shown_to,
            self.statement,
            self.target,
            self.evidence,
        )
        return not any(field.data for field in (*typed, self.baseline, self.unit, self.due_on))

    @property
    def wants_help(self) -> bool:
        """Return whether it would help to ask: how will you show it, by when."""
        helped = (self.baseline, self.target, self.unit, self.artefact, self.shown_to)
        return any(field.errors for field in (*helped, self.due_on, self.evidence))

    def draft(self) -> GoalDraft:
        """Return what was typed; a day that cannot be read is none."""
        texts = {
            name: self[name].data or ""
            for name in ("title", "baseline", "target", "unit", "artefact", "shown_to", "statement")
        }
        return GoalDraft(
            key=_as_key(self.key.data),
            **texts,
            measure=_one_of(GoalMeasure, self.measure.data, GoalMeasure.MILESTONE),
            due_on=self._read_due(),
            evidence_kind=_one_of(EvidenceKind, self.evidence_kind.data, EvidenceKind.DOCUMENT),
            evidence=self.evidence.data or "",
        )

    def find(self, *, signing_on: date, last_day: date | None) -> bool:
        """Put what keeps the goal from being agreed on beside its questions (gates G1 to G4).

        To be called on a form that is valid so far.

        Returns:
            Whether nothing does.
        """
        findings = check_goal(self.draft(), signing_on=signing_on, last_day=last_day)
        for finding in findings:
            if finding.blocks:
                field: Field = self[finding.field]
                field.errors = [*field.errors, advice_of(finding)]
        return not any(finding.blocks for finding in findings)

    def thoughts(self) -> list[str]:
        """Return what is worth a thought and keeps nobody from anything."""
        findings = check_goal(self.draft(), signing_on=date.min, last_day=None)
        return [advice_of(one) for one in findings if not one.blocks]

    def validate_due_on(self, field: Field) -> None:
        """Refuse what is no day; none at all is a matter of the gates."""
        if field.data and self._read_due() is None:
            raise ValidationError(str(_UNREADABLE))

    def _read_due(self) -> date | None:
        typed = self.due_on.data
        if not typed:
            return None
        try:
            return read_due(typed, self.fiscal_start_month, self.today)
        except ValueError:
            return None


def advice_of(finding: GoalFinding) -> str:
    """Return what to do about a finding, in words."""
    return str(ADVICE[finding.problem])


def goal_templates(
    purpose_type: PurposeType | None, sentences: Sequence[str] = ()
) -> list[GoalDraft]:
    """Return goals to begin with, in the reader's language; each call gives new ones.

    Args:
        purpose_type: of the programme; None: only the sentences.
        sentences: that the programme team wrote; where one is also among those of the purpose, it
            brings along how it will show.
    """
    known = TEMPLATES[purpose_type] if purpose_type else ()
    drafts = [_in_words(draft) for draft in known]
    titles = {draft.title for draft in drafts}
    own = [GoalDraft(title=one) for one in sentences if one not in titles]
    return [*drafts, *own]


def goal_lines(draft: GoalDraft) -> list[tuple[str, str]]:
    """Return a goal in words, without its title: what each line is about, and what it says."""
    lines = [(gettext("How it will show"), _measure_in_words(draft))]
    if draft.due_on:
        lines.append((gettext("By when"), format_day(draft.due_on)))
    if draft.evidence:
        lines.append((str(EVIDENCE[draft.evidence_kind]), draft.evidence))
    return lines


def goal_link(draft: GoalDraft) -> str | None:
    """Return the address of a goal's evidence, if it is one that can be opened."""
    is_link = draft.evidence_kind is EvidenceKind.LINK and _LINK.fullmatch(draft.evidence)
    return draft.evidence if is_link else None


def _measure_in_words(draft: GoalDraft) -> str:
    if draft.measure is GoalMeasure.NUMBER:
        return gettext(
            "From %(baseline)s to %(target)s %(unit)s",
            baseline=draft.baseline or "–",
            target=draft.target or "–",
            unit=draft.unit,
        )
    if draft.measure is GoalMeasure.DELIVERABLE:
        return gettext("There will be: %(artefact)s", artefact=draft.artefact or "–")
    if draft.measure is GoalMeasure.DEMONSTRATION:
        return gettext("Shown to: %(people)s", people=draft.shown_to or "–")
    return gettext("Yes or no: %(statement)s", statement=draft.statement or draft.title or "–")


def _in_words(draft: GoalDraft) -> GoalDraft:
    parts = ("title", "unit", "artefact", "shown_to", "statement", "evidence")
    words: dict[str, Any] = {
        name: gettext(getattr(draft, name)) for name in parts if getattr(draft, name)
    }
    return replace(begun_with(draft), **words)


def _as_typed(day: date | None) -> str:
    return day.isoformat() if day else ""


def _one_of(kinds: type[_Choice], sent: str | None, otherwise: _Choice) -> _Choice:
    """Return what was chosen; of a form that was not validated, that may be nothing we know."""
    return next((one for one in kinds if one.value == sent), otherwise)


def _as_key(sent: str | None) -> UUID:
    try:
        return UUID(sent or "")
    except ValueError:
        return uuid4()
