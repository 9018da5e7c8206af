"""The mentoring sign-up as an activity: its name, its options, its pages, its rule."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    Completion,
    InvalidOptions,
    Options,
    Person,
    Placement,
    lazy_gettext,
)
from plugins.mentoring import models, rules, views

SIDES = ("both", "mentee", "mentor")


class Mentoring:
    """Sign-up of mentees and mentors; complete, with a full score, once it is submitted."""

    key = "mentoring"
    title = lazy_gettext("Mentoring sign-up")
    summary = lazy_gettext(
        "Learners say why they want to take part in mentoring, as mentee or as mentor."
    )
    is_graded = True
    participant_endpoint = "mentoring.sign_up"
    staff_endpoint = "mentoring.board"

    def blueprint(self) -> Blueprint:
        """Return the pages."""
        return views.blueprint

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Read `sides`: `both` (where nothing is given), `mentee` or `mentor`.

        Raises:
            InvalidOptions: it is something else.
        """
        sides = given.get("sides", "").strip().lower() or SIDES[0]
        if sides not in SIDES:
            raise InvalidOptions(f"sides must be one of {', '.join(SIDES)}")
        return {"sides": sides}

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Say who has signed up, of the people who stored anything."""
        return {
            row.person_id: rules.completion(rules.Facts(row.submitted_at, row.consent_at))
            for row in models.list_sign_ups(placement, people)
        }


activity: Activity = Mentoring()
