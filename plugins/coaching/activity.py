"""Coaching practice as an activity: its name, its options, its pages, its rule."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    ActivityForm,
    Completion,
    Figure,
    LinkQuestion,
    Options,
    Person,
    Placement,
    gettext,
    lazy_gettext,
)
from plugins.coaching import (
    due,
    erasure,
    models,
    notices,
    outside,
    publishing,
    rules,
    standing,
    views,
)
from plugins.coaching.forms import OptionsForm
from plugins.coaching.mark_notices import MARK_NOTICES
from plugins.coaching.options import Terms, read_options


class Practice:
    """Conversations that learners lead as coaches; complete when all of them count."""

    key = "practice"
    title = lazy_gettext("Coaching practice")
    summary = lazy_gettext(
        "Learners coach each other, or a team member, along GROW, log the conversation and have it"
        " confirmed by their partner."
    )
    is_graded = True
    points = 100
    participant_endpoint = "practice.home"
    staff_endpoint = "practice.board"
    review_endpoint = "practice.review"
    notice_kinds = (*notices.KINDS, *MARK_NOTICES)

    def blueprint(self) -> Blueprint:
        """Return the pages."""
        return views.blueprint

    def options_form(self) -> type[ActivityForm]:
        """Return what an author is asked."""
        return OptionsForm

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Read what is asked of learners; see `options.Terms`.

        Raises:
            InvalidOptions: a value is unusable.
        """
        return read_options(given)

    def preview(self, placement: Placement) -> str:
        """Return the first page of a learner."""
        return views.preview(placement)

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Say how far people are, of those who have stored anything."""
        terms = Terms.of(placement.options)
        ids = [person.id for person in people]
        facts = standing.facts_of(placement.activity_id, ids)
        results = publishing.results_of(placement.activity_id, ids)
        return {
            person_id: rules.completion(terms, one, results.get(person_id))
            for person_id, one in facts.items()
        }

    def due_work(self, at: datetime, limit: int) -> int:
        """Remind partners, count what nobody answered, and let nobody wait for ever."""
        return due.do_due_work(at, limit)

    def link_question(self, object_id: UUID) -> LinkQuestion | None:
        """Return what a team member is asked about a session."""
        return outside.question_about(object_id)

    def take_link_answer(self, object_id: UUID, answers: Mapping[str, str]) -> bool:
        """Take what a team member answered."""
        return outside.take_answer(object_id, answers)

    def figures(self, activity_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Figure]]:
        """Count the conversations that were handed over, and of these the answered ones."""
        return {
            activity_id: (
                Figure(gettext("Conversations handed over"), handed),
                Figure(gettext("Of these answered"), answered),
            )
            for activity_id, (handed, answered) in models.count_handed(activity_ids).items()
        }

    def erase_person(self, person_id: UUID) -> None:
        """Take somebody's name out of what others wrote of their conversations, and free seats."""
        erasure.forget(person_id)


activity: Activity = Practice()
