"""The sections of a charter as forms, signing, closing, and an author's options."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Final, Self

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import Field
from wtforms.validators import DataRequired, InputRequired, NumberRange, Optional

from lti_app.api import (
    ActivityForm,
    ChecklistField,
    NotLonger,
    Written,
    gettext,
    lazy_gettext,
    one_line,
    tidy,
)
from plugins.charter import choices, rules
from plugins.charter.rules import Section
from plugins.charter.terms import FIELDS, Terms

LONGEST_ASK = 200
LONGEST_OFF_LIMITS = 400
LONGEST_OUTCOME = 200
LONGEST_THANKS = 600
MOST_SESSIONS = 12
SHORTEST_DUE, LONGEST_DUE, USUAL_DUE = 7, 120, 28
_CHOOSE = lazy_gettext("Please choose.")
_LEFT_OPEN = lazy_gettext("We leave this open")


@dataclass(frozen=True)
class Setting:
    """What the questions of a charter depend on.

    Attributes:
        today: the day in the programme's time zone.
        last_day: of the programme; None where it has none.
    """

    is_coaching: bool
    today: date
    last_day: date | None


class OptionsForm(ActivityForm):
    """What an author is asked about a new charter."""

    sections = ChecklistField(
        lazy_gettext("What should the charter hold besides?"),
        choices=lambda: choices.words(choices.TITLES, rules.OPTIONAL),
        default=list(rules.USUAL),
        description=lazy_gettext(
            "Every charter says why, which goals, how often people meet, and what success looks"
            " like. In a programme of coaching it holds nothing else."
        ),
    )
    due_days = IntegerField(
        lazy_gettext("By when should both have signed?"),
        [
            InputRequired(lazy_gettext("Please write a number of days.")),
            NumberRange(
                SHORTEST_DUE,
                LONGEST_DUE,
                lazy_gettext("Please write a number of days from 7 to 120."),
            ),
        ],
        default=USUAL_DUE,
        description=lazy_gettext(
            "In days after two people have become a pair. It is what they are told; nothing is"
            " taken off a grade after it."
        ),
        render_kw={"inputmode": "numeric"},
    )


class SectionForm(ActivityForm):
    """One section; its fields are named like the attributes of `Terms`."""

    section: ClassVar[Section]
    #: Of the common text when the page was made; empty for somebody's own answers.
    revision = HiddenField()

    @classmethod
    def ask(cls, terms: Terms, setting: Setting, revision: int | None = None) -> Self:
        """Return the form as sent, or with what is stored."""
        seen = "" if revision is None else str(revision)
        form = cls.from_request(cls.stored(terms) | {"revision": seen})
        form.fit(setting)
        return form

    @classmethod
    def stored(cls, terms: Terms) -> dict[str, object]:
        """Return what is said, by name of the field."""
        return {name: getattr(terms, name) for name in FIELDS[cls.section]}

    def fit(self, setting: Setting) -> None:
        """Shape the questions for the programme."""

    def take(self, terms: Terms) -> Terms:
        """Return terms with what a valid form says."""
        said = {name: _value(self[name]) for name in FIELDS[self.section] if name in self}
        return replace(terms, **said)


def _value(field: Field) -> Any:  # noqa: ANN401 (whatever a section holds)
    if isinstance(field, ChecklistField):
        ticked = set(field.data or ())
        return tuple(str(one[0]) for one in field.iter_choices() if str(one[0]) in ticked)
    return field.data if isinstance(field, DateField) else field.data or ""


def _pick(label: str, labels: choices.Labels, *, needed: bool) -> SelectField:
    return SelectField(
        label,
        [InputRequired(_CHOOSE)] if needed else [],
        choices=lambda: choices.with_blank(choices.words(labels)),
    )


class WhyForm(SectionForm):
    """Why the two do this."""

    section = Section.WHY
    why = TextAreaField(
        lazy_gettext("Why do the two of you do this?"),
        [Written(1, rules.LONGEST_WHY, lazy_gettext("Please write why, in a sentence or two."))],
        filters=[tidy],
        description=lazy_gettext("What is it for, and why now? Up to 400 characters."),
        render_kw={"rows": 4},
    )


class MeetingForm(SectionForm):
    """How often the two meet, how long, in which way, and who finds the date."""

    section = Section.MEETING
    every_weeks = _pick(lazy_gettext("How often?"), choices.WEEKS, needed=True)
    sessions = SelectField(
        lazy_gettext("How many sessions?"),
        [InputRequired(_CHOOSE)],
        choices=lambda: choices.with_blank(
            {str(count): str(count) for count in range(1, MOST_SESSIONS + 1)}
        ),
    )
    minutes = _pick(lazy_gettext("How long?"), choices.MINUTES, needed=True)
    channel = _pick(lazy_gettext("In which way, as a rule?"), choices.CHANNELS, needed=True)
    books = _pick(lazy_gettext("Who finds the dates?"), choices.BOOKS, needed=True)

    def fit(self, setting: Setting) -> None:
        """Ask for sessions in coaching, and for weeks in mentoring."""
        if setting.is_coaching:
            del self.every_weeks
        else:
            del self.sessions


class SuccessForm(SectionForm):
    """What success looks like."""

    section = Section.SUCCESS
    success = TextAreaField(
        lazy_gettext("How will you know at the end that it was worth it?"),
        [
            Written(
                rules.SHORTEST_SUCCESS,
                rules.LONGEST_SUCCESS,
                lazy_gettext("Please write what success looks like."),
            )
        ],
        filters=[tidy],
        description=lazy_gettext(
            "What will be different, and who will notice? From 20 to 400 characters."
        ),
        render_kw={"rows": 4},
    )


class PreparationForm(SectionForm):
    """Who prepares a meeting."""

    section = Section.PREPARATION
    agenda_by = _pick(
        lazy_gettext("Who says what a meeting is about?"), choices.AGENDA_BY, needed=False
    )
    agenda_days = _pick(lazy_gettext("When?"), choices.AGENDA_DAYS, needed=False)


class ContactForm(SectionForm):
    """How the two reach each other between meetings."""

    section = Section.CONTACT
    contact = _pick(
        lazy_gettext("How do you reach each other between meetings?"),
        choices.CONTACT,
        needed=False,
    )
    reply_days = _pick(lazy_gettext("When is there a reply?"), choices.REPLY_DAYS, needed=False)


class OffersForm(SectionForm):
    """What the mentor offers, and what not."""

    section = Section.OFFERS
    gives = ChecklistField(
        lazy_gettext("The mentor …"), choices=lambda: choices.words(choices.GIVES)
    )
    gives_not = ChecklistField(
        lazy_gettext("And what the mentor is not there for: the mentor …"),
        choices=lambda: choices.words(choices.GIVES_NOT),
    )


class OffLimitsForm(SectionForm):
    """What the two do not talk about."""

    section = Section.OFF_LIMITS
    off_limits = TextAreaField(
        lazy_gettext("Is there anything you do not talk about?"),
        [NotLonger(LONGEST_OFF_LIMITS)],
        filters=[tidy],
        description=lazy_gettext(
            "It is enough to name the field, such as “my family”. You can leave it empty."
        ),
        render_kw={"rows": 3},
    )


class ConfidentialityForm(SectionForm):
    """Who may know what."""

    section = Section.CONFIDENTIALITY
    confidentiality = RadioField(
        lazy_gettext("Who may know what?"),
        choices=lambda: {"": str(_LEFT_OPEN), **choices.words(choices.CONFIDENTIALITY)},
        default="",
    )


class ReviewsForm(SectionForm):
    """When each tells the other how it goes, and when the two look at the charter again."""

    section = Section.REVIEWS
    feedback = _pick(
        lazy_gettext("When do you tell each other how it goes?"), choices.FEEDBACK, needed=False
    )
    review_1 = DateField(lazy_gettext("First review"), [Optional()])
    review_2 = DateField(lazy_gettext("Second review"), [Optional()])
    review_3 = DateField(lazy_gettext("Third review"), [Optional()])
    setting: Setting

    @classmethod
    def stored(cls, terms: Terms) -> dict[str, object]:
        """Return the days, a field each."""
        days = {f"review_{place}": day for place, day in enumerate(terms.reviews[:3], 1)}
        return super().stored(terms) | days

    def fit(self, setting: Setting) -> None:
        """Remember which days there are."""
        self.setting = setting
        self.review_1.description = gettext(
            "Without any day, they are after a third, after two thirds, and at the end."
        )

    def validate_review_1(self, field: Field) -> None:
        """Refuse days that are over, or after the programme."""
        check_day(field, self.setting)

    validate_review_2 = validate_review_1
    validate_review_3 = validate_review_1

    def take(self, terms: Terms) -> Terms:
        """Return terms with the days in their order."""
        given = (self.review_1.data, self.review_2.data, self.review_3.data)
        days = tuple(sorted({day for day in given if day}))
        return replace(terms, feedback=self.feedback.data or "", reviews=days)


class ExitForm(SectionForm):
    """Whom to ask if it does not work."""

    section = Section.EXIT
    ask_whom = StringField(
        lazy_gettext("Whom do you ask if you get stuck?"),
        [NotLonger(LONGEST_ASK)],
        filters=[one_line],
        description=lazy_gettext("Somebody you both trust, such as the programme team."),
    )


class EndingForm(SectionForm):
    """When it ends."""

    section = Section.ENDING
    ends_on = DateField(lazy_gettext("On which day does it end?"), [Optional()])
    setting: Setting

    def fit(self, setting: Setting) -> None:
        """Remember which days there are."""
        self.setting = setting
        self.ends_on.description = gettext("Without a day, it is the last one of the programme.")

    def validate_ends_on(self, field: Field) -> None:
        """Refuse a day that is over, or after the programme."""
        check_day(field, self.setting)


def check_day(field: Field, setting: Setting) -> None:
    """Refuse a day that is over, or after the programme.

    Raises:
        ValidationError: saying which.
    """
    if field.data is None:
        return
    if field.data <= setting.today:
        raise ValidationError(gettext("Please choose a day that is still to come."))
    if setting.last_day is not None and field.data > setting.last_day:
        raise ValidationError(gettext("Please choose a day before the programme ends."))


#: Section → its form; goals have one each instead.
FORMS: Final[Mapping[Section, type[SectionForm]]] = {
    form.section: form
    for form in (
        WhyForm,
        MeetingForm,
        SuccessForm,
        PreparationForm,
        ContactForm,
        OffersForm,
        OffLimitsForm,
        ConfidentialityForm,
        ReviewsForm,
        ExitForm,
        EndingForm,
    )
}


class CloseForm(ActivityForm):
    """What one of the two says at the end."""

    outcome = StringField(
        lazy_gettext("What came out of it, in one line?"),
        [Written(1, LONGEST_OUTCOME, lazy_gettext("Please write one line."))],
        filters=[one_line],
        description=lazy_gettext("Both of you read it."),
    )
    thanks = TextAreaField(
        lazy_gettext("What do you want to thank the other for?"),
        [NotLonger(LONGEST_THANKS)],
        filters=[tidy],
        description=lazy_gettext("If you like. Only the two of you read it."),
        render_kw={"rows": 4},
    )
    goes_on = BooleanField(
        lazy_gettext("I would like to stay in touch informally."),
        description=lazy_gettext("The other reads it only if they tick it, too."),
    )


def sign_form(goals: Collection[Any]) -> type[ActivityForm]:
    """Return the form with which somebody signs: two ticks a goal, and the statement.

    Args:
        goals: of the text, with `key` and `title`.
    """
    fields: dict[str, Any] = {
        # Of the text that the page showed: who signs one text does not sign the next one.
        "seen": HiddenField(),
        "agrees": BooleanField(
            statement_of(),
            [DataRequired(lazy_gettext("Please tick that you have read it and mean it."))],
        ),
    }
    for goal in goals:
        fields[realistic_name(goal)] = BooleanField(
            gettext("Realistic: it can be done by then."),
            [DataRequired(gettext("“%(goal)s”: is it realistic?", goal=goal.title))],
        )
        fields[worth_name(goal)] = BooleanField(
            gettext("Worth it: it matters for what this is about."),
            [DataRequired(gettext("“%(goal)s”: is it worth it?", goal=goal.title))],
        )
    return type("SignForm", (ActivityForm,), fields)


def realistic_name(goal: Any) -> str:  # noqa: ANN401 (anything with a key)
    """Return the name of the field that says that a goal is realistic."""
    return f"realistic_{goal.key.hex}"


def worth_name(goal: Any) -> str:  # noqa: ANN401 (anything with a key)
    """Return the name of the field that says that a goal is worth it."""
    return f"worth_{goal.key.hex}"


def statement_of() -> str:
    """Return the sentence that is signed, in the language of who signs."""
    return gettext("I have read this charter, and I mean to keep to it.")
