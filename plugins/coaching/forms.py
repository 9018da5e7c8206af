"""What authors and learners are asked about a practice."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final, Self

from wtforms import (
    BooleanField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields import Field
from wtforms.validators import InputRequired, NumberRange

from lti_app.api import (
    ActivityForm,
    NotLonger,
    RowsField,
    Written,
    gettext,
    lazy_gettext,
    one_line,
    tidy,
)
from plugins.coaching import words
from plugins.coaching.conversations import Draft, PartnersPart
from plugins.coaching.log import (
    LEAST_OPTIONS,
    LEAST_QUESTIONS,
    LEAST_SUMMARIES,
    MOST_OPTIONS,
    MOST_QUESTIONS,
    MOST_SUMMARIES,
    Log,
    Option,
    Question,
    Reflection,
    to_json,
)
from plugins.coaching.models import PracticeSession
from plugins.coaching.options import GROUPINGS, MOST_RUBRIC, MOST_SESSIONS, PARTNERS, USUAL_RUBRIC

#: Nobody writes more into one field of a conversation's log.
LONGEST_TEXT = 4000
MOST_MINUTES = 240
PREPARED_QUESTIONS = 3
_ROWS: Final = {"rows": 3}

_RANGE = lazy_gettext("Please give a number from %(min)d to %(max)d.")


class OptionsForm(ActivityForm):
    """What an author is asked about a new practice."""

    partner = RadioField(
        lazy_gettext("With whom do learners practise?"),
        [InputRequired(lazy_gettext("Please choose with whom learners practise."))],
        choices=lambda: words.choices(PARTNERS),
    )
    sessions = IntegerField(
        lazy_gettext("How many conversations does everybody lead as a coach?"),
        [
            InputRequired(lazy_gettext("Please say how many conversations.")),
            NumberRange(1, MOST_SESSIONS, message=_RANGE),
        ],
        render_kw={"inputmode": "numeric", "size": 4},
    )
    grouping = SelectField(
        lazy_gettext("How do learners find each other?"),
        choices=lambda: words.choices(GROUPINGS),
        description=lazy_gettext("For peer coaching only."),
    )
    rubric = IntegerField(
        lazy_gettext("How many of 100 points do you give by a rubric?"),
        [
            InputRequired(lazy_gettext("Please give a number; 0 if you do not mark.")),
            NumberRange(0, MOST_RUBRIC, message=_RANGE),
        ],
        description=lazy_gettext(
            "0: nobody marks, and the grade comes as soon as everything is done. %(usual)d is"
            " usual: then no grade goes to the gradebook before you publish it.",
            usual=USUAL_RUBRIC,
        ),
        render_kw={"inputmode": "numeric", "size": 4},
    )
    short_form = BooleanField(lazy_gettext("A quick conversation may be logged in a short form"))
    preparation = BooleanField(
        lazy_gettext("Everybody writes three questions that open before they begin")
    )
    opens = StringField(
        lazy_gettext("First day, if it does not begin at once"),
        filters=[one_line],
        render_kw={"type": "date"},
    )
    due = StringField(
        lazy_gettext("Due on, if there is a day"),
        filters=[one_line],
        description=lazy_gettext(
            "Learners see it. Later work counts until the activity is closed."
        ),
        render_kw={"type": "date"},
    )


def _as_date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


class IsDay:
    """Wants a date, or nothing."""

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse what is no date."""
        if field.data and _as_date(field.data) is None:
            raise ValidationError(gettext("Please give a date such as 2026-12-24."))


class IsNumber:
    """Wants a whole number from 1 on, or nothing."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse what is no number, or too high."""
        if field.data and _as_number(field.data, self.most) is None:
            raise ValidationError(
                gettext("Please give a number from 1 to %(most)d.", most=self.most)
            )


def _as_number(text: str | None, most: int) -> int | None:
    given = text or ""
    is_number = given.isascii() and given.isdigit() and len(given) < 5
    return int(given) if is_number and 1 <= int(given) <= most else None


def _text(label: str, description: str = "", rows: int = 3) -> TextAreaField:
    return TextAreaField(
        label,
        [NotLonger(LONGEST_TEXT)],
        filters=[tidy],
        description=description,
        render_kw={"rows": rows},
    )


class OptionEntry(Form):
    """One option, and who said it."""

    text = _text(lazy_gettext("Option"), rows=2)
    said_by = SelectField(
        lazy_gettext("Who said it?"),
        choices=lambda: words.choices_or_none(words.ORIGINS),
        validate_choice=False,
    )


class QuestionEntry(Form):
    """One question of the coach."""

    text = _text(lazy_gettext("Question, word by word"), rows=2)
    stage = SelectField(
        lazy_gettext("Stage"),
        choices=lambda: words.choices_or_none(words.STAGES),
        validate_choice=False,
    )
    tag = SelectField(
        lazy_gettext("How I see it"),
        choices=lambda: words.choices_or_none(words.TAGS),
        validate_choice=False,
    )


class SessionForm(ActivityForm):
    """The log of one conversation; a draft may be as unfinished as it likes."""

    revision = HiddenField()
    writer = HiddenField()
    held_on = StringField(
        lazy_gettext("On which day?"), [IsDay()], filters=[one_line], render_kw={"type": "date"}
    )
    minutes = StringField(
        lazy_gettext("How many minutes?"),
        [IsNumber(MOST_MINUTES)],
        filters=[one_line],
        render_kw={"inputmode": "numeric"},
    )
    setting = SelectField(
        lazy_gettext("What is it about?"),
        choices=lambda: words.choices_or_none(words.SETTINGS),
        validate_choice=False,
    )
    goal = _text(
        lazy_gettext("What does your partner want to reach?"),
        lazy_gettext("In their words, as they said it."),
    )
    reality = _text(
        lazy_gettext("What is happening now, and what have they tried?"),
    )
    options = RowsField(FormField(OptionEntry), most=MOST_OPTIONS)
    action = _text(
        lazy_gettext("What will they do?"), lazy_gettext("The next step that they chose."), rows=2
    )
    by_when = StringField(
        lazy_gettext("By when?"), [IsDay()], filters=[one_line], render_kw={"type": "date"}
    )
    commitment = SelectField(
        lazy_gettext("How sure are they, from 1 to 10?"),
        choices=lambda: {"": "", **{str(one): str(one) for one in range(1, 11)}},
        validate_choice=False,
    )
    who_knows = StringField(
        lazy_gettext("Who will know of it?"), [NotLonger(LONGEST_TEXT)], filters=[one_line]
    )
    questions = RowsField(FormField(QuestionEntry), most=MOST_QUESTIONS)
    summaries = RowsField(_text(lazy_gettext("Summary"), rows=2), most=MOST_SUMMARIES)
    opened = _text(lazy_gettext("What did I do that opened things?"))
    telling = _text(lazy_gettext("Where did I start telling?"))
    next_time = _text(lazy_gettext("What is the one thing for next time?"))

    #: Fields that the short form does not ask; what was written in them stays.
    OF_FULL_FORM: ClassVar = (
        "setting",
        "reality",
        "options",
        "commitment",
        "who_knows",
        "opened",
        "telling",
    )

    @classmethod
    def of(cls, session: PracticeSession, writer: str, *, blank: int = 0) -> Self:
        """Return the form as sent, or with what is stored where nothing was sent.

        Args:
            session: whose log it is.
            writer: names the page.
            blank: so many more empty rows of each list are shown.
        """
        form = cls.from_request(_stored(session, writer))
        is_full = session.form == "full"
        if not is_full:
            for name in cls.OF_FULL_FORM:
                delattr(form, name)
        else:
            _fill_up(form.options, LEAST_OPTIONS, MOST_OPTIONS, blank)
        _fill_up(form.questions, LEAST_QUESTIONS if is_full else 1, MOST_QUESTIONS, blank)
        _fill_up(form.summaries, LEAST_SUMMARIES if is_full else 1, MOST_SUMMARIES, blank)
        form.number_rows()
        return form

    def number_rows(self) -> None:
        """Let every row say which one it is."""
        for at, option in enumerate(self.options if "options" in self else (), start=1):
            option.form.text.label.text = gettext("Option %(number)d", number=at)
        for at, question in enumerate(self.questions, start=1):
            question.form.text.label.text = gettext("Question %(number)d, word by word", number=at)
        for at, summary in enumerate(self.summaries, start=1):
            summary.label.text = gettext("Summary %(number)d", number=at)

    def draft(self, session: PracticeSession, form: str) -> Draft:
        """Return what was sent; what cannot be read is left out."""
        return Draft(
            held_on=_as_date(self.held_on.data),
            minutes=_as_number(self.minutes.data, MOST_MINUTES),
            form=form,
            log=self._take(session.written),
            revision=_as_number(self.revision.data, 9999) or 0,
            writer=(self.writer.data or "")[:32],
        )

    def _take(self, stored: Log) -> Log:
        reflection = Reflection(
            self._said("opened", stored.reflection.opened),
            self._said("telling", stored.reflection.telling),
            self.next_time.data or "",
        )
        return Log(
            setting=self._code("setting", stored.setting, words.SETTINGS),
            goal=self.goal.data or "",
            reality=self._said("reality", stored.reality),
            options=self._options() if "options" in self else stored.options,
            action=self.action.data or "",
            by_when=_as_date(self.by_when.data),
            commitment=_as_number(self.commitment.data, 10)
            if "commitment" in self
            else stored.commitment,
            who_knows=self._said("who_knows", stored.who_knows),
            questions=self._questions(),
            summaries=tuple(one.data for one in self.summaries if one.data)[:MOST_SUMMARIES],
            reflection=reflection,
        )

    def _said(self, name: str, stored: str) -> str:
        return (self[name].data or "") if name in self else stored

    def _code(self, name: str, stored: str, known: Mapping[str, object]) -> str:
        if name not in self:
            return stored
        return self[name].data if self[name].data in known else ""

    def _options(self) -> tuple[Option, ...]:
        given = [
            Option(one["text"], _known(one["said_by"], words.ORIGINS))
            for one in self.options.data
            if one["text"]
        ]
        return tuple(given[:MOST_OPTIONS])

    def _questions(self) -> tuple[Question, ...]:
        given = [
            Question(
                one["text"], _known(one["stage"], words.STAGES), _known(one["tag"], words.TAGS)
            )
            for one in self.questions.data
            if one["text"]
        ]
        return tuple(given[:MOST_QUESTIONS])


def _known(code: str | None, words_of: Mapping[str, object]) -> str:
    return code if code is not None and code in words_of else ""


def _fill_up(rows: RowsField, least: int, most: int, blank: int) -> None:
    """Show at least so many rows, and one that is empty."""
    filled = sum(bool(_text_of(one)) for one in rows)
    while len(rows) < min(most, max(least, filled + 1 + blank)):
        rows.append_entry()


def _text_of(row: Field) -> str:
    return str((row.data or {}).get("text") or "") if isinstance(row, FormField) else row.data or ""


def _stored(session: PracticeSession, writer: str) -> dict[str, object]:
    log = session.written
    stored: dict[str, Any] = to_json(log)
    reflection = stored.pop("reflection")
    return {
        **stored,
        **reflection,
        "commitment": str(log.commitment or ""),
        "held_on": session.held_on.isoformat() if session.held_on else "",
        "minutes": str(session.minutes or ""),
        "revision": str(session.revision),
        "writer": writer,
    }


class ReflectionForm(ActivityForm):
    """What the coach thinks afterwards, when the log is with the partner already."""

    opened = _text(lazy_gettext("What did I do that opened things?"))
    telling = _text(lazy_gettext("Where did I start telling?"))
    next_time = _text(lazy_gettext("What is the one thing for next time?"))

    @classmethod
    def of(cls, session: PracticeSession) -> Self:
        """Return the form as sent, or with what is stored; the short form asks one question."""
        form = cls.from_request(vars(session.written.reflection))
        if session.form != "full":
            del form.opened, form.telling
        return form

    def take(self, stored: Reflection) -> Reflection:
        """Return what was sent, with what was not asked as it was."""
        return Reflection(
            (self.opened.data or "") if "opened" in self else stored.opened,
            (self.telling.data or "") if "telling" in self else stored.telling,
            self.next_time.data or "",
        )


class PrepareForm(ActivityForm):
    """Three questions that open, before the first conversation."""

    questions = RowsField(
        TextAreaField(
            lazy_gettext("Question"),
            [Written(8, 300, lazy_gettext("Please write a question."))],
            filters=[one_line],
            render_kw={"rows": 2},
        ),
        min_entries=PREPARED_QUESTIONS,
        most=PREPARED_QUESTIONS,
    )

    @classmethod
    def of(cls, stored: Sequence[str]) -> Self:
        """Return the form as sent, or with what is stored."""
        form = cls.from_request({"questions": stored})
        for at, question in enumerate(form.questions, start=1):
            question.label.text = gettext("Question %(number)d", number=at)
        return form

    def validate_questions(self, field: RowsField) -> None:
        """Want questions: the form alone can tell no more than that."""
        for one in field:
            if one.data and not one.data.endswith("?"):
                one.errors = [*one.errors, gettext("A question ends with a question mark.")]
                raise ValidationError

    def given(self) -> dict[str, str]:
        """Return the answers by the name of each field."""
        return {one.name: one.data or "" for one in self.questions}

    def asked(self) -> Sequence[str]:
        """Return the questions."""
        return [one.data or "" for one in self.questions][:PREPARED_QUESTIONS]


class ConfirmForm(ActivityForm):
    """The partner's part; `about` makes a question for each summary."""

    talk_share = RadioField(
        lazy_gettext("How much of the time did your coach talk?"),
        [InputRequired(lazy_gettext("Please say how much your coach talked."))],
        choices=lambda: words.choices(words.TALK_SHARES),
    )
    own_step = RadioField(
        lazy_gettext("“I found my own next step.”"),
        [InputRequired(lazy_gettext("Please say whether you found your own next step."))],
        choices=lambda: words.choices(words.AGREEMENTS),
    )

    @classmethod
    def about(cls, summaries: Sequence[str]) -> type[Self]:
        """Return the form that asks about these summaries."""
        fields: dict[str, Any] = {}
        for at, _ in enumerate(summaries):
            fields[f"verdict_{at}"] = RadioField(
                lazy_gettext("Is that what you meant?"),
                [InputRequired(lazy_gettext("Please say of each summary whether it is right."))],
                choices=lambda: words.choices(words.VERDICTS),
            )
            fields[f"correction_{at}"] = _text(
                lazy_gettext("What did you mean, in your words?"),
                lazy_gettext("If it was not quite it. Your coach reads it."),
                rows=2,
            )
        return type(cls.__name__, (cls,), fields)

    def rows(self, summaries: Sequence[str]) -> list[tuple[str, Field, Field]]:
        """Return each summary with its two questions."""
        return [
            (text, self[f"verdict_{at}"], self[f"correction_{at}"])
            for at, text in enumerate(summaries)
        ]

    def part(self, summaries: Sequence[str]) -> PartnersPart:
        """Return what a valid form says."""
        count = range(len(summaries))
        return PartnersPart(
            verdicts=[self[f"verdict_{at}"].data for at in count],
            corrections=[self[f"correction_{at}"].data or "" for at in count],
            talk_share=self.talk_share.data,
            own_step=self.own_step.data,
        )
