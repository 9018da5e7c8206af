"""The mentoring sign-up as an activity: its name, its options, its pages, its rule."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    ActivityForm,
    Completion,
    InvalidOptions,
    Options,
    Person,
    Placement,
    gettext,
    lazy_gettext,
)
from plugins.mentoring import models, rules, taxonomy, views
from plugins.mentoring.forms import OptionsForm


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


activity: Activity = Mentoring()
