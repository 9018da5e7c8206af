"""The mentoring sign-up as an activity: its name, its options, its pages, its rule."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    ActivityForm,
    Answer,
    Completion,
    InvalidOptions,
    MatchingProfile,
    OfferedSkill,
    Options,
    Person,
    Placement,
    Programme,
    Side,
    Submission,
    TermKind,
    WantedSkill,
    gettext,
    lazy_gettext,
    words_of,
)
from plugins.mentoring import models, rules, taxonomy, views
from plugins.mentoring.forms import OptionsForm
from plugins.mentoring.models import SignUp


class Mentoring:
    """Sign-up of mentees and mentors; complete, with a full score, once it is submitted."""

    key = "mentoring"
    title = lazy_gettext("Mentoring sign-up")
    summary = lazy_gettext(
        "Learners say why they want to take part in mentoring, as mentee or as mentor."
    )
    is_graded = True
    points = 100
    participant_endpoint = "mentoring.sign_up"
    staff_endpoint = "mentoring.board"
    review_endpoint = "mentoring.review"

    def blueprint(self) -> Blueprint:
        """Return the pages."""
        return views.blueprint

    def options_form(self) -> type[ActivityForm]:
        """Return the one question: who may sign up."""
        return OptionsForm

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Read `sides`: `both` (where nothing is given), `mentee` or `mentor`.

        Raises:
            InvalidOptions: it is something else.
        """
        sides = given.get("sides", "").strip().lower() or next(iter(taxonomy.WHO_SIGNS_UP))
        if sides not in taxonomy.WHO_SIGNS_UP:
            known = ", ".join(taxonomy.WHO_SIGNS_UP)
            raise InvalidOptions(gettext("It must be one of: %(known)s.", known=known), "sides")
        return {"sides": sides}

    def preview(self, placement: Placement) -> str:
        """Return the empty form."""
        return views.preview(placement)

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Say who has signed up, of the people who stored anything."""
        return {
            row.person_id: rules.completion(rules.Facts(row.submitted_at, row.consent_at))
            for row in models.list_sign_ups(placement, people)
        }

    def profiles(
        self, programme: Programme, people: Collection[UUID]
    ) -> Mapping[UUID, MatchingProfile]:
        """Return what people answered, as far as pairing looks at it."""
        return {
            row.person_id: to_profile(row) for row in models.list_in_programme(programme, people)
        }

    def answers(self, programme: Programme, person_id: UUID) -> Sequence[Answer]:
        """Return what one person answered, in words."""
        return [
            answer
            for row in models.list_in_programme(programme, [person_id])
            for answer in to_answers(row)
        ]

    def submissions(self, activity_id: UUID) -> Sequence[Submission]:
        """Return the sign-ups that were submitted at an activity."""
        return [to_submission(row) for row in models.list_submitted(activity_id)]


def to_submission(row: SignUp) -> Submission:
    """Return a submitted sign-up as the programme counts it."""
    side = Side(row.side or Side.MENTEE)
    return Submission(
        person_id=row.person_id,
        activity_id=row.activity_id,
        side=side,
        seats=rules.seats_of(side),
        submitted_at=row.submitted_at or row.updated_at,
    )


def to_answers(row: SignUp) -> Sequence[Answer]:
    """Return a sign-up in words."""
    skills = words_of(TermKind.SKILL, [skill.skill for skill in row.skills])
    goals = words_of(TermKind.GOAL_AREA, row.goal_areas)
    return (
        Answer(gettext("Why they take part"), (row.why,), is_own_words=True),
        Answer(gettext("Skills"), tuple(skills.values())),
        Answer(gettext("Goals"), tuple(goals.values())),
    )


def to_profile(row: SignUp) -> MatchingProfile:
    """Return a sign-up as pairing sees it.

    The form asks neither how much a skill matters nor how strong somebody is in it, so all of them
    count the same.
    """
    side = Side(row.side or Side.MENTEE)
    codes = [skill.skill for skill in row.skills]
    is_mentor = side is Side.MENTOR
    return MatchingProfile(
        person_id=row.person_id,
        side=side,
        wanted=() if is_mentor else tuple(WantedSkill(code, 1, 0) for code in codes),
        offered=tuple(OfferedSkill(code, 3) for code in codes) if is_mentor else (),
        goal_areas=tuple(row.goal_areas),
    )


activity: Activity = Mentoring()
