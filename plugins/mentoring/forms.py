"""The steps of the sign-up as forms, and its author's options: what is asked, what an answer is."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Final, Self, cast

from flask import request
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import Field
from wtforms.validators import DataRequired, InputRequired, Optional

from lti_app.api import (
    ActivityForm,
    AtMost,
    Channel,
    ChecklistField,
    LanguageLevel,
    NotLonger,
    Person,
    Side,
    Style,
    TermKind,
    Ticked,
    Written,
    choices_of,
    gettext,
    is_time_zone,
    languages,
    lazy_gettext,
    one_line,
    tidy,
    time_zones,
    words_of,
)
from plugins.mentoring import rules, taxonomy
from plugins.mentoring.answers import Answers, ChosenSkill
from plugins.mentoring.models import Wishes
from plugins.mentoring.rules import Setting, Step

LONGEST_NAME = 100
#: A draft may be longer than an answer, within reason.
LONGEST_DRAFT = 4000
_CHOOSE = lazy_gettext("Please choose")


class OptionsForm(ActivityForm):
    """What an author is asked about a new sign-up."""

    sides = RadioField(
        lazy_gettext("Who signs up?"),
        [InputRequired(lazy_gettext("Please choose who signs up."))],
        choices=lambda: taxonomy.words(taxonomy.WHO_SIGNS_UP),
        default=next(iter(taxonomy.WHO_SIGNS_UP)),
    )


class StepForm(ActivityForm):
    """One step; `ask` fits it to a person, to their answers so far and to the setting.

    Each step has its own `stored` and `take`. An abstract class would say so, but its metaclass and
    that of WTForms exclude each other.
    """

    @classmethod
    def ask(cls, person: Person, answers: Answers, setting: Setting) -> Self:
        """Return the form as sent, or with what was answered where nothing was sent."""
        form = cls.from_request(cls.stored(answers))
        form.fit(person, answers, setting)
        return form

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return what was answered, by name of the field."""
        raise NotImplementedError

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Word and shape the questions for whoever is asked."""

    def take(self, answers: Answers) -> Answers:
        """Return the answers with those of this step: of a valid form all, else what can be."""
        raise NotImplementedError


class PartForm(StepForm):
    """Who somebody is, and which part they take."""

    own_name = StringField(
        lazy_gettext("What should people call you?"),
        [Written(1, LONGEST_NAME, lazy_gettext("Please give a name."))],
        filters=[one_line],
        description=lazy_gettext("Your course did not tell us your name."),
        render_kw={"autocomplete": "name"},
    )
    side = RadioField(
        lazy_gettext("Which part would you like to take?"),
        [InputRequired(lazy_gettext("Please choose mentee or mentor."))],
        choices=lambda: taxonomy.words(taxonomy.SIDES),
    )

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return the part."""
        return {"side": answers.side}

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Leave out what is known already."""
        if not setting.asks_name:
            del self.own_name
        elif not request.form:
            self.own_name.data = person.name
        if len(setting.sides) == 1:
            del self.side

    def take(self, answers: Answers) -> Answers:
        """Return the answers of somebody who takes the part."""
        if "side" not in self or self.side.data not in {*Side}:
            return answers
        return answers.as_side(Side(self.side.data), rules.SAME_FOR_ALL)

    def name_given(self) -> str | None:
        """Return the name that the person gave, or None if they were not asked or gave none."""
        if "own_name" not in self:
            return None
        return (self.own_name.data or "")[:LONGEST_NAME] or None


class SkillsForm(StepForm):
    """Which skills it is about."""

    skills = ChecklistField(choices={})

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return the skills."""
        return {"skills": [skill.code for skill in answers.skills]}

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Ask for what a mentee wants, or a mentor offers."""
        most = rules.most_skills(answers)
        chosen = [skill.code for skill in answers.skills]
        self.skills.choices = terms(TermKind.SKILL, chosen)
        self.skills.validators = [Ticked(most, gettext("Please tick at least one skill."))]
        self.skills.flags.asked = True
        self.skills.label.text = (
            gettext("Which skills can you help others with?")
            if answers.is_mentor
            else gettext("Which skills do you want to grow in?")
        )
        self.skills.description = gettext(
            "Tick up to %(most)d. The next page asks a little more about each.", most=most
        )

    def take(self, answers: Answers) -> Answers:
        """Return the answers with the skills, in the order of the list."""
        codes = known_terms(self.skills)
        return replace(answers, skills=answers.choose(codes))


class LevelsForm(StepForm):
    """How much each skill matters, and how strong somebody is in it; `about` makes the fields."""

    codes: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def about(cls, answers: Answers) -> type[Self]:
        """Return the form for the skills that somebody chose."""
        labels = words_of(TermKind.SKILL, [skill.code for skill in answers.skills])
        fields: dict[str, Any] = {"codes": tuple(labels)}
        for code, words in labels.items():
            if not answers.is_mentor:
                fields[f"priority_{code}"] = _scale(
                    gettext("%(skill)s: how important to you?", skill=words),
                    taxonomy.PRIORITIES,
                    gettext("%(skill)s: please say how important it is to you.", skill=words),
                )
            fields[f"level_{code}"] = _scale(
                gettext("%(skill)s: where are you now?", skill=words),
                taxonomy.OFFERED_LEVELS if answers.is_mentor else taxonomy.OWN_LEVELS,
                gettext("%(skill)s: please say where you are now.", skill=words),
            )
        return cast("type[Self]", type(cls.__name__, (cls,), fields))

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return what was said of each skill."""
        said = {f"level_{one.code}": one.level for one in answers.skills}
        said |= {f"priority_{one.code}": one.priority for one in answers.skills}
        return {name: None if value is None else str(value) for name, value in said.items()}

    def rows(self) -> list[tuple[str, list[Field]]]:
        """Return what a page shows: each skill's words, and its questions."""
        words = words_of(TermKind.SKILL, self.codes)
        names = ("priority", "level")
        return [
            (words[code], [self[f"{name}_{code}"] for name in names if f"{name}_{code}" in self])
            for code in self.codes
        ]

    def take(self, answers: Answers) -> Answers:
        """Return the answers with what was said of each skill."""
        return replace(answers, skills=tuple(self._rate(skill) for skill in answers.skills))

    def _rate(self, skill: ChosenSkill) -> ChosenSkill:
        if skill.code not in self.codes:
            return skill
        return ChosenSkill(
            skill.code,
            level=self._number(f"level_{skill.code}"),
            priority=self._number(f"priority_{skill.code}"),
        )

    def _number(self, name: str) -> int | None:
        return number_of(self[name]) if name in self else None


class GoalsForm(StepForm):
    """What it is to serve, and what somebody says of it in their own words."""

    goal_areas = ChecklistField(
        lazy_gettext("Which goals should mentoring serve?"),
        [Ticked(rules.MOST_GOAL_AREAS, lazy_gettext("Please tick at least one goal."))],
        choices={},
    )
    tags = ChecklistField(
        lazy_gettext("Which of these can be said of you?"),
        [AtMost(rules.MOST_TAGS)],
        choices={},
    )
    wish = TextAreaField(filters=[tidy], render_kw={"rows": 5})

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return the goals, the experience and the words."""
        return {"goal_areas": answers.goal_areas, "tags": answers.tags, "wish": answers.wish}

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Ask a mentee for wishes, a mentor for experience."""
        goals = terms(TermKind.GOAL_AREA, answers.goal_areas)
        self.goal_areas.choices = goals
        self.goal_areas.description = gettext("Tick up to %(most)d.", most=rules.MOST_GOAL_AREAS)
        if answers.is_mentor:
            self.goal_areas.label.text = gettext("Which goals can you help others reach?")
            self.tags.choices = terms(TermKind.TAG, answers.tags)
            self.tags.description = gettext("If you like: tick what fits.")
            self.wish.validators = [NotLonger(rules.LONGEST_WISH)]
            self.wish.label.text = gettext("What should mentees know about you?")
            self.wish.description = gettext(
                "If you like, in up to %(longest)d characters.", longest=rules.LONGEST_WISH
            )
            return
        del self.tags
        self.wish.validators = [
            Written(
                rules.SHORTEST_WISH,
                rules.LONGEST_WISH,
                gettext("Please say what you want from a mentor."),
            )
        ]
        self.wish.flags.required = True
        self.wish.label.text = gettext("What do you want from a mentor?")
        self.wish.description = gettext(
            "In your own words, %(shortest)d to %(longest)d characters. It is never scored.",
            shortest=rules.SHORTEST_WISH,
            longest=rules.LONGEST_WISH,
        )

    def take(self, answers: Answers) -> Answers:
        """Return the answers with the goals, the experience and the words."""
        return replace(
            answers,
            goal_areas=known_terms(self.goal_areas),
            tags=known_terms(self.tags) if "tags" in self else answers.tags,
            wish=(self.wish.data or "")[:LONGEST_DRAFT],
        )


def _style(style: Style) -> RadioField:
    question, _, _ = taxonomy.STYLES[style]
    return RadioField(cast("str", question), [Optional()], choices={}, default="")


def _numbers_of(style: Style, no_answer: str) -> dict[str, str]:
    """Return the choices of a scale: its numbers, the first and the last with words, and none."""
    _, low, high = taxonomy.STYLES[style]
    ends = {1: low, taxonomy.LONGEST_SCALE: high}
    numbers = range(1, taxonomy.LONGEST_SCALE + 1)
    scale = {str(one): f"{one} {ends[one]}" if one in ends else str(one) for one in numbers}
    return {**scale, "": no_answer}


class AboutForm(StepForm):
    """Where somebody stands in their work, how they like to work together, what else they like."""

    band = SelectField(
        lazy_gettext("Where do you stand in your work?"),
        [InputRequired(lazy_gettext("Please say where you stand in your work."))],
        choices=lambda: taxonomy.with_blank(taxonomy.words(taxonomy.BANDS), _CHOOSE),
        description=lazy_gettext("The nearest is good enough."),
    )
    job_family = SelectField(lazy_gettext("What kind of work do you do?"), choices={})
    blunt = _style(Style.BLUNT)
    agenda = _style(Style.AGENDA)
    fast = _style(Style.FAST)
    task = _style(Style.TASK)
    interests = ChecklistField(
        lazy_gettext("What do you like besides work?"),
        [AtMost(rules.MOST_INTERESTS)],
        choices={},
    )

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return all of it."""
        styles = {style.value: str(answers.styles.get(style, "")) for style in Style}
        return {
            "band": "" if answers.band is None else str(answers.band),
            "job_family": answers.job_family or "",
            "interests": answers.interests,
            **styles,
        }

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Offer the organisation's words; ask for the kind of work where it decides."""
        families = terms(TermKind.JOB_FAMILY, filter(None, [answers.job_family]))
        if setting.needs_job_family:
            self.job_family.validators = [
                InputRequired(gettext("Please say what kind of work you do."))
            ]
            self.job_family.flags.required = True
        else:
            self.job_family.description = gettext("If you like.")
        blank = _CHOOSE if setting.needs_job_family else gettext("I would rather not say")
        self.job_family.choices = taxonomy.with_blank(families, blank)
        no_answer = gettext("cannot say") if answers.is_mentor else gettext("does not matter")
        for style in Style:
            field = cast("RadioField", self[style.value])
            field.choices = _numbers_of(style, no_answer)
        self.interests.choices = terms(TermKind.INTEREST, answers.interests)
        self.interests.description = gettext(
            "If you like: up to %(most)d. A shared one makes a first meeting easier.",
            most=rules.MOST_INTERESTS,
        )

    def styles(self) -> list[Field]:
        """Return the scales."""
        return [self[style.value] for style in Style]

    def take(self, answers: Answers) -> Answers:
        """Return the answers with all of it."""
        rated = {style: number_of(self[style.value]) for style in Style}
        family = self.job_family.data or ""
        return replace(
            answers,
            band=number_of(self.band),
            job_family=family if family and family in _offered(self.job_family) else None,
            styles={style: value for style, value in rated.items() if value is not None},
            interests=known_terms(self.interests),
        )


_NUMBERS: Final = range(1, rules.MOST_LANGUAGES + 1)


class MeetingForm(StepForm):
    """How and how often somebody can meet, and in which languages."""

    seats = SelectField(
        lazy_gettext("How many mentees do you take at a time?"),
        [InputRequired(lazy_gettext("Please say how many mentees you take at a time."))],
        choices={},
    )
    channels = ChecklistField(
        lazy_gettext("How can you meet?"),
        [Ticked(len(Channel), lazy_gettext("Please tick at least one way to meet."))],
        choices=lambda: taxonomy.words(taxonomy.CHANNELS),
    )
    cadence_weeks = SelectField(
        lazy_gettext("How often would you like to meet?"),
        choices=lambda: taxonomy.with_blank(
            taxonomy.words(taxonomy.CADENCES), gettext("It does not matter")
        ),
    )
    language_1 = SelectField(choices={}, default="")
    language_level_1 = SelectField(choices={}, default="")
    language_2 = SelectField(choices={}, default="")
    language_level_2 = SelectField(choices={}, default="")
    language_3 = SelectField(choices={}, default="")
    language_level_3 = SelectField(choices={}, default="")
    language_4 = SelectField(choices={}, default="")
    language_level_4 = SelectField(choices={}, default="")

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return all of it."""
        stored: dict[str, object] = {
            "seats": "" if answers.seats is None else str(answers.seats),
            "channels": answers.channels,
            "cadence_weeks": str(answers.cadence_weeks or ""),
        }
        for number, (code, level) in enumerate(answers.languages.items(), 1):
            stored |= {f"language_{number}": code, f"language_level_{number}": level.value}
        return stored

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Ask mentors for seats; offer all languages."""
        if answers.is_mentor:
            seats = {str(number): str(number) for number in range(1, rules.MOST_SEATS + 1)}
            none = {"0": gettext("None at the moment")}
            self.seats.choices = taxonomy.with_blank(seats | none, _CHOOSE)
        else:
            del self.seats
        named = taxonomy.with_blank(languages(), gettext("No further language"))
        levels = taxonomy.words(taxonomy.LANGUAGE_LEVELS)
        for number in _NUMBERS:
            language, level = self.pair(number)
            language.choices = named
            language.label.text = (
                gettext("Language")
                if number == 1
                else gettext("Language %(number)d", number=number)
            )
            level.choices = taxonomy.with_blank(levels, _CHOOSE)
            level.label.text = gettext("How well?")
        first, first_level = self.pair(1)
        first.choices = taxonomy.with_blank(languages(), _CHOOSE)
        first.flags.required = first_level.flags.required = True

    def pair(self, number: int) -> tuple[SelectField, SelectField]:
        """Return the questions about one language."""
        names = (f"language_{number}", f"language_level_{number}")
        language, level = (cast("SelectField", self[name]) for name in names)
        return language, level

    def pairs(self) -> list[tuple[SelectField, SelectField]]:
        """Return the questions about languages."""
        return [self.pair(number) for number in _NUMBERS]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Refuse no language, one without its level, a level without one, and one named twice."""
        is_valid = super().validate(extra_validators)
        faults = list(self._faults_of_languages())
        for field, message in faults:
            field.errors = [*field.errors, message]
        return is_valid and not faults

    def _faults_of_languages(self) -> Iterable[tuple[Field, str]]:
        named: set[str] = set()
        for language, level in self.pairs():
            if language.data and language.data in named:
                yield language, gettext("Please name each language once.")
            elif language.data and not level.data:
                yield level, gettext("Please say how well you speak it.")
            elif level.data and not language.data:
                yield language, gettext("Please say which language this is.")
            named |= {language.data or ""}
        first, first_level = self.pair(1)
        if named == {""} and not first_level.data:
            yield first, gettext("Please name at least one language that you can meet in.")

    def take(self, answers: Answers) -> Answers:
        """Return the answers with all of it."""
        spoken = {
            language.data: LanguageLevel(level.data)
            for language, level in self.pairs()
            if language.data in _offered(language) and level.data in {*LanguageLevel}
        }
        channels = taxonomy.known(self.channels.data or (), taxonomy.CHANNELS)
        return replace(
            answers,
            seats=number_of(self.seats) if "seats" in self else None,
            channels=tuple(Channel(one) for one in channels),
            cadence_weeks=number_of(self.cadence_weeks),
            languages={code: level for code, level in spoken.items() if code},
        )


def clock_of(half_hours: int) -> str:
    """Return a time of day: 19 half hours after midnight are 09:30."""
    return f"{half_hours // 2:02}:{half_hours % 2 * 30:02}"


def _clocks(first: int, last: int) -> dict[str, str]:
    return {str(cell): clock_of(cell) for cell in range(first, last + 1)}


class TimesForm(StepForm):
    """The zone and the half hours of a usual week; and a stretch of hours to add or take out."""

    time_zone = SelectField(
        lazy_gettext("What is your time zone?"),
        [InputRequired(lazy_gettext("Please choose a time zone."))],
        choices=time_zones,
        description=lazy_gettext("All hours below are by its clocks, in summer and in winter."),
    )
    days = SelectField(
        lazy_gettext("On"),
        choices=lambda: taxonomy.words(taxonomy.DAY_CHOICES),
        default="weekdays",
    )
    start = SelectField(
        lazy_gettext("from"), choices=lambda: _clocks(0, rules.CELLS_OF_DAY - 1), default="24"
    )
    until = SelectField(
        lazy_gettext("until"), choices=lambda: _clocks(1, rules.CELLS_OF_DAY), default="26"
    )
    cells = SelectMultipleField(
        lazy_gettext("Your usual week"),
        coerce=int,
        choices={str(cell): str(cell) for cell in range(rules.CELLS_OF_WEEK)},
    )

    #: Minutes a week that are needed at least.
    least = rules.CELL_MINUTES

    @classmethod
    def stored(cls, answers: Answers) -> dict[str, object]:
        """Return zone and half hours."""
        return {"time_zone": answers.time_zone, "cells": answers.cells}

    def fit(self, person: Person, answers: Answers, setting: Setting) -> None:
        """Begin with the zone that the person gave elsewhere; say how much time is needed."""
        self.least = setting.minimum_minutes
        if not request.form and answers.time_zone is None:
            self.time_zone.data = person.time_zone
        self.cells.flags.asked = True
        self.cells.description = gettext(
            "Tick every half hour in which you could usually meet, %(minutes)d minutes a week at"
            " least. The more you tick, the easier it is to find somebody for you.",
            minutes=self.least,
        )

    def validate_cells(self, field: Field) -> None:
        """Refuse too little time."""
        minutes = len(set(field.data or ())) * rules.CELL_MINUTES
        if not minutes:
            raise ValidationError(gettext("Please tick when you could meet."))
        if minutes < self.least:
            raise ValidationError(
                gettext(
                    "Please tick at least %(least)d minutes; these are %(minutes)d.",
                    least=self.least,
                    minutes=minutes,
                )
            )

    def fill(self) -> bool:
        """Add or take out the stretch of hours, if a button for that was pressed and it makes one.

        Returns:
            False where the stretch ends before it begins; that is said at its end.
        """
        start, until = number_of(self.start), number_of(self.until)
        days = taxonomy.DAY_SETS.get(self.days.data or "")
        if start is None or until is None or days is None or until <= start:
            self.until.errors = [gettext("Please let the hours end after they begin.")]
            return False
        taken = "take" in request.form
        self.cells.data = list(rules.with_hours(self.ticked(), days, start, until, taken=taken))
        return True

    def ticked(self) -> frozenset[int]:
        """Return the half hours that are ticked."""
        return frozenset(self.cells.data or ()) & frozenset(range(rules.CELLS_OF_WEEK))

    def take(self, answers: Answers) -> Answers:
        """Return the answers with zone and half hours."""
        zone = self.time_zone.data
        return replace(
            answers,
            time_zone=zone if is_time_zone(zone) else None,
            cells=tuple(sorted(self.ticked())),
        )


class PrivateForm(ActivityForm):
    """With whom somebody does not want to be paired; kept apart from the other answers."""

    people = TextAreaField(
        lazy_gettext("Is there anybody you should not be paired with?"),
        filters=[tidy],
        render_kw={"rows": 5, "autocomplete": "off"},
    )

    again = TextAreaField(
        lazy_gettext("Is there anybody you would like to be paired with once more?"),
        filters=[tidy],
        description=lazy_gettext(
            "If you were a pair before; it counts if both of you ask for it. One on each line."
        ),
        render_kw={"rows": 2, "autocomplete": "off"},
    )

    @classmethod
    def ask(cls, stored: Wishes, setting: Setting) -> Self:
        """Return the form as sent, or with what was stored; pairs of before are a programme's."""
        form = cls.from_request(
            {"people": "\n".join(stored.excluded), "again": "\n".join(stored.again)}
        )
        if not setting.is_of_programme:
            del form.again
        form.people.description = gettext(
            "If so, up to %(most)d people, one on each line: the e-mail address, or the name as"
            " your course shows it. You need no reason, and you can change this at any time.",
            most=rules.MOST_EXCLUSIONS,
        )
        return form

    def validate_people(self, field: Field) -> None:
        """Refuse too many lines, and lines that are no name any more."""
        lines = _lines(field)
        if len(lines) > rules.MOST_EXCLUSIONS:
            raise ValidationError(
                gettext(
                    "Please name at most %(most)d people; these are %(count)d lines.",
                    most=rules.MOST_EXCLUSIONS,
                    count=len(lines),
                )
            )
        for line in lines:
            if len(line) > rules.LONGEST_EXCLUSION or not any(map(str.isalnum, line)):
                raise ValidationError(
                    gettext(
                        "Please write a name or an address of at most %(longest)d characters on"
                        " each line.",
                        longest=rules.LONGEST_EXCLUSION,
                    )
                )

    validate_again = validate_people

    def take(self, stored: Wishes) -> Wishes:
        """Return the wishes; what was not asked stays as it is."""
        again = _lines(self.again) if "again" in self else stored.again
        return Wishes(_lines(self.people), again)


class GroupsForm(ActivityForm):
    """To which groups somebody counts themselves; entirely up to them."""

    groups = ChecklistField(
        lazy_gettext("Which of these would you say of yourself?"),
        choices=lambda: taxonomy.words(taxonomy.GROUPS),
        description=lazy_gettext("Tick what you like, or nothing. You can take it back here."),
    )


class ConsentForm(ActivityForm):
    """Whether somebody agrees to what is done with their answers."""

    #: Of the text that the page showed: agreeing to one text is not agreeing to the next one.
    consent_version = HiddenField()
    consent = BooleanField(
        lazy_gettext("I agree that my answers are kept and used to pair me with somebody."),
        [DataRequired(lazy_gettext("Please tick the box: without it nobody can be paired."))],
    )

    @classmethod
    def about(cls, version: int | None) -> Self:
        """Return the form as sent, or empty, for a version of a programme's text or for none."""
        form = cls.from_request({"consent_version": str(version or "")})
        if version is not None:
            form.consent.label.text = gettext("I have read this, and I agree.")
        return form

    def refuse_old_text(self, version: int | None) -> bool:
        """Return whether another text was shown than counts now; the form then shows the new one.

        Args:
            version: that counts now; None where there is no text of a programme.
        """
        if self.consent_version.data == str(version or ""):
            return False
        self.consent_version.data = str(version or "")
        self.consent_version.raw_data = None
        self.consent.data = False
        self.consent.errors = [
            gettext("The text has changed since this page was opened. Please read it again.")
        ]
        return True


#: Step → its form. Levels are asked of the skills that were chosen: see `form_of`.
_FORMS: Final[Mapping[Step, type[StepForm]]] = {
    Step.PART: PartForm,
    Step.SKILLS: SkillsForm,
    Step.GOALS: GoalsForm,
    Step.ABOUT: AboutForm,
    Step.MEETING: MeetingForm,
    Step.TIMES: TimesForm,
}


def form_of(step: Step, person: Person, answers: Answers, setting: Setting) -> StepForm:
    """Return the form of a step, as sent or with what was answered."""
    kind = LevelsForm.about(answers) if step is Step.LEVELS else _FORMS[step]
    return kind.ask(person, answers, setting)


def terms(kind: TermKind, chosen: Iterable[str]) -> dict[str, str]:
    """Return what can be chosen, and what somebody chose before it was retired."""
    return choices_of(kind) | words_of(kind, chosen)


def known_terms(field: SelectMultipleField) -> tuple[str, ...]:
    """Return the ticked codes that the question offers, in its order."""
    ticked = set(field.data or ())
    return tuple(code for code in _offered(field) if code in ticked)


def _lines(field: Field) -> list[str]:
    """Return the lines that hold anything."""
    return [line for line in map(one_line, (field.data or "").split("\n")) if line]


def number_of(field: Field) -> int | None:
    """Return the number that was chosen of those on offer, or None."""
    data = str(field.data)
    offered = _offered(cast("SelectField", field))
    return int(data) if data in offered and data.isdigit() else None


def _offered(field: SelectField | SelectMultipleField) -> list[str]:
    return [str(choice[0]) for choice in field.iter_choices()]


def _scale(question: str, labels: taxonomy.Labels, if_empty: str) -> SelectField:
    choices = taxonomy.with_blank(taxonomy.words(labels), _CHOOSE)
    return SelectField(question, [InputRequired(if_empty)], choices=choices)
