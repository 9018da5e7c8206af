"""The forms of a programme: what is asked when it is made, and all that can be changed later."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from wtforms import (
    BooleanField,
    DateField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import Field
from wtforms.validators import InputRequired, Optional

from lti_app.domain.programmes import (
    LONGEST_CONSENT,
    LONGEST_GOAL_TEMPLATE,
    LONGEST_MEASURE,
    LONGEST_PURPOSE,
    LONGEST_TITLE,
    MOST_GOAL_TEMPLATES,
    MOST_MEASURES,
    MOST_MUST_MATCH,
    SHORTEST_PURPOSE,
    MustMatch,
    Plan,
    ProgrammeRules,
    PurposeType,
    RelationshipKind,
    SuccessMeasure,
)
from lti_app.web.desk.words import MUST_MATCH, PURPOSES, RELATIONSHIPS
from lti_app.web.fields import (
    AtMost,
    ChecklistField,
    NotLonger,
    Written,
    languages,
    one_line,
    tidy,
    time_zones,
)
from lti_app.web.forms import ActivityForm
from lti_app.web.translation import gettext, lazy_gettext, ngettext

Choice = TypeVar("Choice", bound=StrEnum)
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_MEASURES = range(1, MOST_MEASURES + 1)
_OVERLAPS = (30, 60, 90, 120, 180, 240)
_LEVELS = range(6)
_GAPS = range(7)
_OFFER_DAYS = (3, 5, 7, 10, 14, 21, 30)


class DayField(DateField):
    """A day; what is no day is told in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError(_no_day()) from None
        if self.data is not None and not _FIRST_YEAR <= self.data.year <= _LAST_YEAR:
            self.data = None
            raise ValueError(_no_day())


def _no_day() -> str:
    return gettext("Please give a day, such as 2027-01-31.")


def _metric() -> StringField:
    return StringField(
        lazy_gettext("What is measured"), [NotLonger(LONGEST_MEASURE)], filters=[one_line]
    )


def _target() -> StringField:
    return StringField(lazy_gettext("Target"), [NotLonger(LONGEST_MEASURE)], filters=[one_line])


def _due() -> DayField:
    return DayField(lazy_gettext("By when"), [Optional()])


class PlanForm(ActivityForm):
    """What a programme is for, how its success is measured, and when it runs.

    All but the title may be left open in a draft; what is given has to make sense.
    """

    title = StringField(
        lazy_gettext("Title"),
        [Written(1, LONGEST_TITLE, lazy_gettext("Please give the programme a title."))],
        filters=[one_line],
        render_kw={"autocomplete": "off"},
    )
    relationship_kind = RadioField(
        lazy_gettext("What kind of relationship is it about?"),
        [InputRequired(lazy_gettext("Please choose one."))],
        choices=lambda: _named(RELATIONSHIPS),
        default=RelationshipKind.MENTORING.value,
    )
    purpose_type = RadioField(
        lazy_gettext("What is the programme for?"),
        [Optional()],
        choices=lambda: _named(PURPOSES),
        description=lazy_gettext(
            "Your choice brings fitting rules, a duration and goals to begin with. All of it can"
            " be changed."
        ),
    )
    purpose = TextAreaField(
        lazy_gettext("Its purpose, in a sentence or two"),
        [NotLonger(LONGEST_PURPOSE)],
        filters=[tidy],
        description=lazy_gettext(
            "Why it exists, in %(shortest)d to %(longest)d characters. It heads every page of the"
            " programme's activities.",
            shortest=SHORTEST_PURPOSE,
            longest=LONGEST_PURPOSE,
        ),
        render_kw={"rows": 4},
    )
    metric_1, target_1, due_1 = _metric(), _target(), _due()
    metric_2, target_2, due_2 = _metric(), _target(), _due()
    metric_3, target_3, due_3 = _metric(), _target(), _due()
    starts_on = DayField(lazy_gettext("First day"), [Optional()])
    ends_on = DayField(lazy_gettext("Last day"), [Optional()])
    time_zone = SelectField(
        lazy_gettext("Time zone of these days"),
        [InputRequired(lazy_gettext("Please choose a time zone."))],
        choices=time_zones,
        render_kw={"data-guess-time-zone": ""},
    )

    @classmethod
    def answers_of(cls, plan: Plan) -> dict[str, object]:
        """Return a plan as the form's fields hold it."""
        answers: dict[str, object] = {
            "title": plan.title,
            "relationship_kind": plan.relationship_kind.value,
            "purpose_type": plan.purpose_type.value if plan.purpose_type else None,
            "purpose": plan.purpose,
            "starts_on": plan.starts_on,
            "ends_on": plan.ends_on,
            "time_zone": plan.time_zone,
        }
        for number, measure in enumerate(plan.measures, start=1):
            answers[f"metric_{number}"] = measure.metric
            answers[f"target_{number}"] = measure.target
            answers[f"due_{number}"] = measure.due_on
        return answers

    def measure_rows(self) -> list[tuple[Field, Field, Field]]:
        """Return the fields of each measure."""
        return [(self[f"metric_{n}"], self[f"target_{n}"], self[f"due_{n}"]) for n in _MEASURES]

    def validate_purpose(self, field: Field) -> None:
        """Refuse a purpose that says too little."""
        length = len(field.data or "")
        if 0 < length < SHORTEST_PURPOSE:
            raise ValidationError(
                gettext(
                    "Please write at least %(shortest)d characters; these are %(length)d.",
                    shortest=SHORTEST_PURPOSE,
                    length=length,
                )
            )

    def validate_ends_on(self, field: Field) -> None:
        """Refuse a programme that ends before it starts."""
        if field.data and self.starts_on.data and field.data <= self.starts_on.data:
            raise ValidationError(gettext("The last day has to come after the first one."))

    def validate(self, extra_validators: Mapping[str, Sequence[object]] | None = None) -> bool:
        """Check the answers; a measure that was begun has to be complete."""
        is_valid = super().validate(extra_validators)
        for number, row in enumerate(self.measure_rows(), start=1):
            missing = [field for field in row if not field.data and not field.errors]
            if 0 < len(missing) < len(row):
                for field in missing:
                    field.errors = [_MISSING[field.name.split("_")[0]] % {"number": number}]
                is_valid = False
        return is_valid

    def measures(self) -> tuple[SuccessMeasure, ...]:
        """Return the measures that were given, of a valid form."""
        rows = ([field.data for field in row] for row in self.measure_rows())
        return tuple(SuccessMeasure(*row) for row in rows if all(row))

    def chosen_purpose(self) -> PurposeType | None:
        """Return what the programme is for, or None while that is open."""
        chosen = self.purpose_type.data
        return PurposeType(chosen) if chosen in {*PurposeType} else None

    def plan(self, former: Plan) -> Plan:
        """Return what was written down, of a valid form; the rest is as in another plan."""
        return Plan(
            title=self.title.data or "",
            relationship_kind=RelationshipKind(self.relationship_kind.data),
            time_zone=self.time_zone.data,
            purpose_type=self.chosen_purpose(),
            purpose=self.purpose.data or "",
            measures=self.measures(),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            consent_text=former.consent_text,
            goal_templates=former.goal_templates,
            rules=former.rules,
        )


_MISSING = {
    "metric": lazy_gettext("Measure %(number)d: please say what is measured."),
    "target": lazy_gettext("Measure %(number)d: please give the target."),
    "due": lazy_gettext("Measure %(number)d: please say by when."),
}


class ProgrammeForm(PlanForm):
    """All that can be changed of a programme: purpose, rules, goals to begin with, consent."""

    goal_templates = TextAreaField(
        lazy_gettext("Goals that pairs can begin with"),
        filters=[tidy],
        description=lazy_gettext(
            "One a line, up to %(most)d of at most %(longest)d characters.",
            most=MOST_GOAL_TEMPLATES,
            longest=LONGEST_GOAL_TEMPLATE,
        ),
        render_kw={"rows": 4},
    )
    consent_text = TextAreaField(
        lazy_gettext("What people agree to when they sign up"),
        [NotLonger(LONGEST_CONSENT)],
        filters=[tidy],
        description=lazy_gettext(
            "Once people can sign up, a change here asks everybody anew before they are paired."
        ),
        render_kw={"rows": 4},
    )
    auto_approve_mentees = BooleanField(
        lazy_gettext("Mentees can be paired as soon as they have signed up"),
        description=lazy_gettext("Mentors always wait for your approval."),
    )
    instructors_see_pairs = BooleanField(
        lazy_gettext("Instructors see who of their course is paired, and with whom")
    )
    seniority_gap = SelectField(
        lazy_gettext("How many steps must a mentor be ahead of the mentee?"),
        choices=lambda: [(gap, _steps(gap)) for gap in _GAPS],
        coerce=int,
    )
    reporting_levels = SelectField(
        lazy_gettext("Nobody is paired with their own managers, up to how many levels above?"),
        choices=lambda: [(level, _levels(level)) for level in _LEVELS],
        coerce=int,
        description=lazy_gettext("It needs the reporting lines of your organisation."),
    )
    minimum_overlap_minutes = SelectField(
        lazy_gettext("How much time a week must both have in common?"),
        choices=lambda: [(n, gettext("%(count)d minutes", count=n)) for n in _OVERLAPS],
        coerce=int,
    )
    pairs_per_mentee = SelectField(
        lazy_gettext("How many mentors can a mentee have at a time?"),
        choices=lambda: [(1, gettext("One")), (2, gettext("Two"))],
        coerce=int,
    )
    offer_days = SelectField(
        lazy_gettext("How long does an offer wait for its answers?"),
        choices=lambda: [(n, ngettext("%(num)d day", "%(num)d days", n)) for n in _OFFER_DAYS],
        coerce=int,
    )
    programme_language = SelectField(
        lazy_gettext("Is there a language in which everybody can meet?"),
        choices=lambda: {"": gettext("No: pairs need a language of their own"), **languages()},
    )
    must_match = ChecklistField(
        lazy_gettext("In what must both agree?"),
        [AtMost(MOST_MUST_MATCH)],
        choices=lambda: _named(MUST_MATCH),
        description=lazy_gettext(
            "Tick at most %(most)d; each makes pairs rarer.", most=MOST_MUST_MATCH
        ),
    )
    required_training = ChecklistField(
        lazy_gettext("What must people have completed before they are paired?"),
    )

    @classmethod
    def answers_of(cls, plan: Plan) -> dict[str, object]:
        """Return a plan as the form's fields hold it."""
        rules = plan.rules
        return super().answers_of(plan) | {
            "goal_templates": "\n".join(plan.goal_templates),
            "consent_text": plan.consent_text,
            "auto_approve_mentees": rules.auto_approve_mentees,
            "instructors_see_pairs": rules.instructors_see_pairs,
            "seniority_gap": rules.seniority_gap,
            "reporting_levels": rules.reporting_levels,
            "minimum_overlap_minutes": rules.minimum_overlap_minutes,
            "pairs_per_mentee": rules.pairs_per_mentee,
            "offer_days": rules.offer_days,
            "programme_language": rules.programme_language,
            "must_match": [field.value for field in rules.must_match],
            "required_training": list(rules.required_training),
        }

    def offer_training(self, kinds: Mapping[str, str]) -> None:
        """Ask for training among these kinds of activity; where there is none, do not ask."""
        if kinds:
            self.required_training.choices = dict(kinds)
        else:
            del self.required_training

    def validate_goal_templates(self, field: Field) -> None:
        """Refuse too many goals, and goals that are too long."""
        lines = self.goal_lines()
        if len(lines) > MOST_GOAL_TEMPLATES:
            raise ValidationError(
                gettext("Please write at most %(most)d goals.", most=MOST_GOAL_TEMPLATES)
            )
        for number, line in enumerate(lines, start=1):
            if len(line) > LONGEST_GOAL_TEMPLATE:
                raise ValidationError(
                    gettext(
                        "Goal %(number)d has %(length)d characters; %(longest)d are possible.",
                        number=number,
                        length=len(line),
                        longest=LONGEST_GOAL_TEMPLATE,
                    )
                )

    def goal_lines(self) -> tuple[str, ...]:
        """Return the goals, one a line, empty lines left out."""
        lines = (one_line(line) for line in (self.goal_templates.data or "").split("\n"))
        return tuple(line for line in lines if line)

    def plan(self, former: Plan) -> Plan:
        """Return what was written down, of a valid form; what was not asked is as before."""
        return replace(
            super().plan(former),
            consent_text=self.consent_text.data or "",
            goal_templates=self.goal_lines(),
            rules=self._rules(former.rules),
        )

    def _rules(self, former: ProgrammeRules) -> ProgrammeRules:
        asked = "required_training" in self
        return ProgrammeRules(
            reporting_levels=self.reporting_levels.data,
            minimum_overlap_minutes=self.minimum_overlap_minutes.data,
            seniority_gap=self.seniority_gap.data,
            pairs_per_mentee=self.pairs_per_mentee.data,
            offer_days=self.offer_days.data,
            auto_approve_mentees=self.auto_approve_mentees.data,
            instructors_see_pairs=self.instructors_see_pairs.data,
            programme_language=self.programme_language.data,
            required_training=(
                tuple(self.required_training.data or ()) if asked else former.required_training
            ),
            must_match=tuple(MustMatch(name) for name in self.must_match.data or ()),
        )


def _named(words: Mapping[Choice, object]) -> dict[str, str]:
    return {choice.value: str(label) for choice, label in words.items()}


def _steps(gap: int) -> str:
    if gap == 0:
        return gettext("None: among peers")
    return ngettext("%(num)d step", "%(num)d steps", gap)


def _levels(level: int) -> str:
    if level == 0:
        return gettext("Managers may be paired with their own people")
    return ngettext("%(num)d level", "%(num)d levels", level)
