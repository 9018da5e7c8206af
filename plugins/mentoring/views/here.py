"""Who signs up where, how far they are with it, and who reads what of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lti_app.api import (
    Hat,
    Kind,
    ParticipantState,
    Participation,
    Person,
    Placement,
    Programme,
    Reach,
    Side,
    counting_activities,
    current_placement,
    current_programme,
    current_visit,
    find_participation,
    now,
    readers_of,
)
from plugins.mentoring import models, rules
from plugins.mentoring.answers import Answers
from plugins.mentoring.models import SignUp, Wishes
from plugins.mentoring.rules import Setting, Step


@dataclass(frozen=True)
class Here:
    """Who signs up where, and how far they are with it.

    Attributes:
        programme: that the course takes part in, or None.
        place: of the person in the programme, or None.
        counts: it is this sign-up, and not one from another course, that counts in the programme.
        stored: the sign-up or draft, or None.
    """

    placement: Placement
    person: Person
    programme: Programme | None
    place: Participation | None
    counts: bool
    stored: SignUp | None
    setting: Setting

    @property
    def is_submitted(self) -> bool:
        """Return whether the person has sent anything."""
        return self.stored is not None and self.stored.submitted_at is not None

    @property
    def answers(self) -> Answers:
        """Return what stands in the forms."""
        written = self.stored.written if self.stored is not None else Answers()
        return self.fit(self.seated(written))

    @property
    def open_steps(self) -> tuple[Step, ...]:
        """Return what the person has still to go through."""
        return rules.open_steps(self.answers, self.setting)

    @property
    def returned_note(self) -> str:
        """Return what the programme's team wants changed in a sign-up that it sent back."""
        is_returned = self.place is not None and self.place.state is ParticipantState.DRAFT
        return self.place.returned_note if self.place is not None and is_returned else ""

    @property
    def is_settled(self) -> bool:
        """Return whether the person is being paired by these answers, so that they stay."""
        return self.counts and self.place is not None and not self.place.is_editable

    @property
    def why_closed(self) -> str:
        """Return why nothing can be written now: `time`, `early`, `over`; empty where it can."""
        if not rules.is_open(self.placement.closes_at, now()):
            return "time"
        if self.programme is None or self.programme.takes_sign_ups:
            return ""
        return "early" if self.programme.state == "draft" else "over"

    @property
    def consent_version(self) -> int | None:
        """Return the version of the programme's text that counts; None outside of a programme."""
        return self.programme.consent_version if self.programme is not None else None

    @property
    def has_agreed(self) -> bool:
        """Return whether the person need not be asked for consent again."""
        if self.programme is None:
            return self.stored is not None and self.stored.consent_at is not None
        has_left = {ParticipantState.WITHDRAWN, ParticipantState.DONE}
        return (
            self.place is not None
            and self.place.state not in has_left
            and self.place.consent_version == self.programme.consent_version
        )

    def seated(self, answers: Answers) -> Answers:
        """Return answers with the seats that count now: they can be changed beside the sign-up.

        Where somebody has written something since, what they wrote stands.
        """
        is_as_sent = self.stored is not None and self.stored.draft is None and self.is_submitted
        if not (is_as_sent and self.counts and self.place is not None and answers.is_mentor):
            return answers
        return replace(answers, seats=self.place.seats)

    def fit(self, answers: Answers) -> Answers:
        """Return answers of a side that is on offer; one alone is taken without asking."""
        if answers.side in self.setting.sides:
            return answers
        only = self.setting.sides[0] if len(self.setting.sides) == 1 else None
        return answers.as_side(only, rules.SAME_FOR_ALL)

    def reaches(self, step: Step) -> bool:
        """Return whether a step can be answered by now."""
        if step not in self.setting.steps:
            return False
        needs_skills = step is Step.LEVELS and not self.answers.skills
        return step is Step.PART or (self.answers.side is not None and not needs_skills)

    @property
    def goes_on_at(self) -> Step | None:
        """Return the step where the person stopped, or the first open one; None after the last."""
        open_steps = self.open_steps
        at = self.stored.step if self.stored is not None else None
        if at in {*open_steps} and self.reaches(Step(at)):
            return Step(at)
        return open_steps[0] if open_steps else None


def find_here() -> Here:
    """Return who signs up in this visit, and how far they are."""
    placement, person, programme = current_placement(), current_visit().person, current_programme()
    place = find_participation(programme.id, person.id) if programme is not None else None
    counting = counting_activities(programme.id, [person.id]) if programme is not None else {}
    return Here(
        placement,
        person,
        programme,
        place,
        counts=counting.get(person.id, placement.activity_id) == placement.activity_id,
        stored=models.find_sign_up(placement, person),
        setting=setting_of(placement, person, programme),
    )


def setting_of(placement: Placement, person: Person, programme: Programme | None) -> Setting:
    """Return what the sign-up of an activity asks somebody besides its usual questions."""
    sides = placement.options.get("sides", "both")
    asked = Setting(
        sides=tuple(Side) if sides == "both" else (Side(str(sides)),),
        asks_name=not person.has_lms_name,
    )
    if programme is None:
        return asked
    return replace(
        asked,
        minimum_minutes=programme.rules.minimum_overlap_minutes,
        needs_job_family="job_family" in programme.rules.must_match,
        is_of_programme=True,
    )


def wishes_of(here: Here) -> Wishes:
    """Return with whom somebody wants, or does not want, to be paired."""
    return models.find_wishes([here.person.id]).get(here.person.id, Wishes())


#: Hats that read something, with the reach that lets them.
Readers = Sequence[tuple[Hat, Reach]]


def readers_here(here: Here) -> Mapping[str, Readers]:
    """Return who else may read what of a sign-up, by the permission table."""
    in_programme = here.programme is not None
    answers = others_who_read(Kind.PROFILE if in_programme else Kind.SIGN_UP)
    fact = [*others_who_read(Kind.SIGN_UP_FACT)]
    if in_programme:
        fact += others_who_read(Kind.PARTICIPANT)
    return {"answers": answers, "fact": fact, "private": others_who_read(Kind.EXCLUSION)}


def others_who_read(kind: Kind) -> Readers:
    """Return who besides the person reads something, by the permission table."""
    own = {Reach.OWN, Reach.SELF}
    return [(hat, reach) for hat, reach in readers_of(kind) if reach not in own]
