"""The sign-up as a form, and its author's options: what is asked, what an answer has to be."""

from collections.abc import Sequence
from typing import Self

from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired

from lti_app.api import (
    ActivityForm,
    ChecklistField,
    Person,
    Side,
    Ticked,
    Written,
    gettext,
    is_time_zone,
    lazy_gettext,
    tidy,
    time_zones,
)
from plugins.mentoring import taxonomy
from plugins.mentoring.models import Answers, SignUp

SHORTEST_WHY, LONGEST_WHY = 20, 400
MOST_SKILLS = 6
MOST_GOAL_AREAS = 3
LONGEST_NAME = 100
#: A draft may be longer than an answer, within reason.
LONGEST_DRAFT = 4000


class OptionsForm(ActivityForm):
    """What an author is asked about a new sign-up."""

    sides = RadioField(
        lazy_gettext("Who signs up?"),
        [InputRequired(lazy_gettext("Please choose who signs up."))],
        choices=lambda: taxonomy.words(taxonomy.WHO_SIGNS_UP),
        default=next(iter(taxonomy.WHO_SIGNS_UP)),
    )


class SignUpForm(ActivityForm):
    """The sign-up; `for_person` fits it to a person and to the activity's options."""

    own_name = StringField(
        lazy_gettext("What should people call you?"),
        [Written(1, LONGEST_NAME, lazy_gettext("Please give a name."))],
        filters=[tidy],
        description=lazy_gettext("Your course did not tell us your name."),
        render_kw={"autocomplete": "name"},
    )
    side = RadioField(
        lazy_gettext("Which part would you like to take?"),
        [InputRequired(lazy_gettext("Please choose mentee or mentor."))],
        choices=lambda: taxonomy.words(taxonomy.SIDES),
    )
    why = TextAreaField(
        lazy_gettext("Why do you want to take part?"),
        [Written(SHORTEST_WHY, LONGEST_WHY, lazy_gettext("Please say why you want to take part."))],
        filters=[tidy],
        render_kw={"rows": 5},
    )
    skills = ChecklistField(
        lazy_gettext("Which skills is it about?"),
        [Ticked(MOST_SKILLS, lazy_gettext("Please tick at least one skill."))],
        choices=lambda: taxonomy.words(taxonomy.SKILLS),
    )
    goal_areas = ChecklistField(
        lazy_gettext("Which goals should mentoring serve?"),
        [Ticked(MOST_GOAL_AREAS, lazy_gettext("Please tick at least one goal."))],
        choices=lambda: taxonomy.words(taxonomy.GOAL_AREAS),
    )
    time_zone = SelectField(
        lazy_gettext("What is your time zone?"),
        [InputRequired(lazy_gettext("Please choose a time zone."))],
        choices=time_zones,
        description=lazy_gettext("So that times to meet suit both of you."),
    )
    consent = BooleanField(
        lazy_gettext("I agree that my answers are kept and used to pair me with somebody."),
        [DataRequired(lazy_gettext("Please tick the box: without it nobody can be paired."))],
    )

    @classmethod
    def for_person(cls, person: Person, sides: Sequence[Side], stored: SignUp | None) -> Self:
        """Return the form as sent, or with stored answers where nothing was sent.

        Args:
            person: asked for a name only if the LMS gave none.
            sides: asked for a side only if there are two.
            stored: the sign-up or draft, or None.
        """
        form = cls.from_request(_stored_answers(person, stored))
        if person.has_lms_name:
            del form.own_name
        if len(sides) == 1:
            del form.side
        form.word_for(sides)
        return form

    def answers(self, sides: Sequence[Side]) -> Answers:
        """Return what can be stored: of a valid form everything, of a draft what makes sense."""
        chosen = self.side.data if "side" in self else sides[0]
        zone = self.time_zone.data
        return Answers(
            side=Side(chosen) if chosen in tuple(sides) else None,
            why=(self.why.data or "")[:LONGEST_DRAFT],
            skills=taxonomy.known(self.skills.data or (), taxonomy.SKILLS),
            goal_areas=taxonomy.known(self.goal_areas.data or (), taxonomy.GOAL_AREAS),
            time_zone=zone if is_time_zone(zone) else None,
        )

    def name_given(self) -> str | None:
        """Return the name that the person gave, or None if they were not asked or gave none."""
        if "own_name" not in self:
            return None
        return (self.own_name.data or "")[:LONGEST_NAME] or None

    def word_for(self, sides: Sequence[Side]) -> None:
        """Put the questions so that they fit the sides on offer."""
        self.why.description = gettext(
            "In your own words, %(shortest)d to %(longest)d characters:"
            " what should be different afterwards?",
            shortest=SHORTEST_WHY,
            longest=LONGEST_WHY,
        )
        self.goal_areas.description = gettext(
            "Tick up to %(most)d. If something is missing, say so above.", most=MOST_GOAL_AREAS
        )
        self.skills.description = gettext("Tick up to %(most)d.", most=MOST_SKILLS)
        if tuple(sides) == (Side.MENTEE,):
            self.skills.label.text = gettext("Which skills do you want to grow in?")
        elif tuple(sides) == (Side.MENTOR,):
            self.skills.label.text = gettext("Which skills can you help others with?")
        else:
            self.skills.description = gettext(
                "Mentees: those you want to grow in. Mentors: those you can help others with."
                " Tick up to %(most)d.",
                most=MOST_SKILLS,
            )


def _stored_answers(person: Person, stored: SignUp | None) -> dict[str, object]:
    answers: dict[str, object] = {"own_name": person.name, "time_zone": person.time_zone}
    if stored is not None:
        answers |= {
            "side": stored.side,
            "why": stored.why,
            "skills": [row.skill for row in stored.skills],
            "goal_areas": stored.goal_areas,
            "time_zone": stored.time_zone or person.time_zone,
            "consent": stored.consent_at is not None,
        }
    return answers
