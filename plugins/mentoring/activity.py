"""The mentoring sign-up as an activity: its name, its options, its pages, its rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    ActivityForm,
    Answer,
    Availability,
    Completion,
    InvalidOptions,
    MatchingProfile,
    OfferedSkill,
    Options,
    Participation,
    Person,
    Placement,
    Programme,
    Side,
    Submission,
    WantedSkill,
    find_participation,
    gettext,
    lazy_gettext,
    recognise,
)
from plugins.mentoring import models, rules, taxonomy, views
from plugins.mentoring.answers import Answers
from plugins.mentoring.forms import OptionsForm
from plugins.mentoring.models import SignUp, Wishes
from plugins.mentoring.words import in_words


class Mentoring:
    """Sign-up of mentees and mentors; complete, with a full score, once it is submitted."""

    key = "mentoring"
    title = lazy_gettext("Mentoring sign-up")
    summary = lazy_gettext(
        "Learners say what they want from mentoring, or what they can give, step by step."
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
        """Return the first step, empty."""
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
        rows = models.list_in_programme(programme, people)
        wishes = models.find_wishes([row.person_id for row in rows])
        typed = {text for one in wishes.values() for text in (*one.excluded, *one.again)}
        meant = recognise(programme, typed)

        def people_in(texts: Sequence[str]) -> frozenset[UUID]:
            return frozenset().union(*(meant[text] for text in texts))

        return {
            row.person_id: replace(
                to_profile(row.person_id, row.sent),
                excluded=people_in(wishes.get(row.person_id, Wishes()).excluded) - {row.person_id},
                asked_again_for=people_in(wishes.get(row.person_id, Wishes()).again),
            )
            for row in rows
        }

    def answers(self, programme: Programme, person_id: UUID) -> Sequence[Answer]:
        """Return what one person answered, in words."""
        place = find_participation(programme.id, person_id)
        sent = [
            with_seats(row.sent, place) for row in models.list_in_programme(programme, [person_id])
        ]
        return [answer for one in sent for step in in_words(one).values() for answer in step]

    def submissions(self, activity_id: UUID) -> Sequence[Submission]:
        """Return the sign-ups that were submitted at an activity."""
        return [to_submission(row) for row in models.list_submitted(activity_id)]

    def erase_person(self, person_id: UUID) -> None:
        """Delete somebody's wishes and groups, and their name where others typed it."""
        models.erase(person_id)


def with_seats(sent: Answers, place: Participation | None) -> Answers:
    """Return answers with the seats that count now: they can be changed beside the sign-up."""
    return replace(sent, seats=place.seats) if place is not None and sent.is_mentor else sent


def to_submission(row: SignUp) -> Submission:
    """Return a submitted sign-up as the programme counts it."""
    sent = row.sent
    return Submission(
        person_id=row.person_id,
        activity_id=row.activity_id,
        side=sent.side or Side.MENTEE,
        seats=rules.seats_of(sent),
        submitted_at=row.submitted_at or row.updated_at,
    )


def to_profile(person_id: UUID, sent: Answers) -> MatchingProfile:
    """Return answers as pairing sees them: nothing in somebody's own words, and no groups."""
    wanted = tuple(WantedSkill(one.code, one.priority or 1, one.level or 0) for one in sent.skills)
    offered = tuple(OfferedSkill(one.code, one.level or 1) for one in sent.skills)
    zone = sent.time_zone
    return MatchingProfile(
        person_id=person_id,
        side=sent.side or Side.MENTEE,
        wanted=() if sent.is_mentor else wanted,
        offered=offered if sent.is_mentor else (),
        goal_areas=sent.goal_areas,
        tags=sent.tags,
        band=sent.band,
        job_family=sent.job_family,
        languages=sent.languages,
        channels=frozenset(sent.channels),
        cadence_weeks=sent.cadence_weeks,
        styles=sent.styles,
        interests=sent.interests,
        availability=Availability.from_cells(zone, sent.cells) if zone and sent.cells else None,
    )


activity: Activity = Mentoring()
