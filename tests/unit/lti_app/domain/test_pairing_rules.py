"""Every hard rule of pairing at its boundary, and which of them can be overridden."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from lti_app.domain.availability import Availability
from lti_app.domain.pairing import Channel, LanguageLevel, MatchingProfile
from lti_app.domain.pairing_rules import (
    Candidate,
    Circumstances,
    Obstacle,
    Verdict,
    check,
    languages_in_common,
)
from lti_app.domain.participants import ParticipantState, Participation
from lti_app.domain.programmes import (
    MustMatch,
    Programme,
    ProgrammeRules,
    ProgrammeState,
    RelationshipKind,
    Side,
)

ALICE, MONA, CHIEF = (UUID(int=number) for number in (1, 2, 3))
TODAY = date(2027, 1, 11)
BERLIN = "Europe/Berlin"
L = LanguageLevel


def week(minutes: int, start: int = 540) -> Availability:
    """Return a week with one stretch on Monday."""
    return Availability(BERLIN, ((start, start + minutes),))


def place(person_id: UUID, side: Side, **changes: object) -> Participation:
    """Return the place of somebody who was approved and agreed to the text."""
    given = Participation(
        programme_id=UUID(int=9),
        person_id=person_id,
        side=side,
        state=ParticipantState.APPROVED,
        seats=1 if side is Side.MENTOR else 0,
        consent_version=1,
        submitted_at=None,
        returned_note="",
        waited_rounds=0,
        state_since=datetime(2027, 1, 1, tzinfo=UTC),
    )
    # Here and below: each field has a type of its own, and a field that is none fails at once.
    return replace(given, **changes)  # type: ignore[arg-type]


MENTEE = Candidate(
    place(ALICE, Side.MENTEE),
    MatchingProfile(
        ALICE,
        Side.MENTEE,
        band=2,
        languages={"de": L.C1, "fr": L.B1},
        availability=week(60),
        job_family="sales",
        goal_areas=("team", "plan"),
        channels=frozenset({Channel.VIDEO}),
    ),
)
MENTOR = Candidate(
    place(MONA, Side.MENTOR),
    MatchingProfile(
        MONA,
        Side.MENTOR,
        band=3,
        languages={"de": L.B2, "en": L.C2},
        availability=week(60),
        job_family="sales",
        goal_areas=("team",),
        channels=frozenset({Channel.VIDEO, Channel.PHONE}),
    ),
)


def programme(**rules: object) -> Programme:
    """Return a programme with the default rules and changes."""
    return Programme(
        id=UUID(int=9),
        organisation_id=UUID(int=8),
        state=ProgrammeState.OPEN,
        title="Lead and stay",
        relationship_kind=RelationshipKind.MENTORING,
        time_zone=BERLIN,
        starts_on=TODAY,
        rules=replace(ProgrammeRules(), **rules),  # type: ignore[arg-type]
    )


def circumstances(given: dict[str, object] | None = None, **rules: object) -> Circumstances:
    """Return circumstances in a programme with changed rules."""
    return replace(Circumstances(programme(**rules), TODAY), **(given or {}))  # type: ignore[arg-type]


def profiled(candidate: Candidate, **changes: object) -> Candidate:
    """Return somebody who answered something else."""
    return replace(candidate, profile=replace(candidate.profile, **changes))  # type: ignore[arg-type]


def placed(candidate: Candidate, **changes: object) -> Candidate:
    """Return somebody who is elsewhere in the programme."""
    return replace(candidate, place=replace(candidate.place, **changes))  # type: ignore[arg-type]


def broken(verdict: Verdict) -> list[Obstacle]:
    """Return what keeps two people apart."""
    return [reason.obstacle for reason in verdict.broken]


def test_two_people_who_answer_all_rules_fit() -> None:
    verdict = check(MENTEE, MENTOR, circumstances())
    assert verdict == Verdict()
    assert verdict.fits


def test_h1_nobody_is_their_own_mentor() -> None:
    myself = placed(MENTOR, person_id=ALICE)
    assert broken(check(MENTEE, myself, circumstances())) == [Obstacle.SAME_PERSON]


@pytest.mark.parametrize("state", ParticipantState)
def test_h2_both_are_approved_and_neither_pauses(state: ParticipantState) -> None:
    s = ParticipantState
    ready = {s.APPROVED, s.WAITING, s.OFFERED, s.MATCHED}
    expected = [] if state in ready else [Obstacle.NOT_APPROVED]
    expected = [Obstacle.PAUSED] if state is s.PAUSED else expected
    assert broken(check(placed(MENTEE, state=state), MENTOR, circumstances())) == expected
    verdict = check(MENTEE, placed(MENTOR, state=state), circumstances())
    assert broken(verdict) == expected
    assert all(reason.who == (Side.MENTOR,) for reason in verdict.broken)


@pytest.mark.parametrize("version", [None, 0])
def test_h2_both_have_agreed_to_the_present_text(version: int | None) -> None:
    verdict = check(placed(MENTEE, consent_version=version), MENTOR, circumstances())
    assert [(one.obstacle, one.who) for one in verdict.broken] == [
        (Obstacle.NO_CONSENT, (Side.MENTEE,))
    ]


@pytest.mark.parametrize(
    ("seats", "taken", "fits"), [(0, 0, False), (1, 0, True), (1, 1, False), (3, 2, True)]
)
def test_h3_the_mentor_has_a_free_seat(seats: int, taken: int, *, fits: bool) -> None:
    mentor = replace(placed(MENTOR, seats=seats), taken=taken)
    assert broken(check(MENTEE, mentor, circumstances())) == ([] if fits else [Obstacle.NO_SEAT])


@pytest.mark.parametrize(("most", "taken", "fits"), [(1, 0, True), (1, 1, False), (2, 1, True)])
def test_i1_a_mentee_has_no_more_pairs_than_the_programme_allows(
    most: int, taken: int, *, fits: bool
) -> None:
    verdict = check(replace(MENTEE, taken=taken), MENTOR, circumstances(pairs_per_mentee=most))
    assert broken(verdict) == ([] if fits else [Obstacle.HAS_ENOUGH])


def test_i1_two_people_are_one_pair_at_most() -> None:
    given = circumstances({"together": frozenset({(MONA, ALICE)})}, pairs_per_mentee=2)
    assert broken(check(MENTEE, MENTOR, given)) == [Obstacle.TOGETHER]


def test_h4_neither_is_above_the_other() -> None:
    above_alice = circumstances({"superiors": {ALICE: frozenset({CHIEF, MONA})}})
    above_mona = circumstances({"superiors": {MONA: frozenset({ALICE})}})
    for given, who in ((above_alice, Side.MENTOR), (above_mona, Side.MENTEE)):
        found = check(MENTEE, MENTOR, given).broken
        assert [(one.obstacle, one.who) for one in found] == [(Obstacle.REPORTING_LINE, (who,))]


def test_h4_two_people_with_the_same_manager_may_be_paired() -> None:
    managed = frozenset({CHIEF})
    assert check(MENTEE, MENTOR, circumstances({"superiors": {ALICE: managed, MONA: managed}})).fits


def test_h5_a_mentor_who_marks_the_mentee_is_none() -> None:
    given = circumstances({"graders": frozenset({(MONA, ALICE)})})
    assert broken(check(MENTEE, MENTOR, given)) == [Obstacle.INSTRUCTOR]
    turned = circumstances({"graders": frozenset({(ALICE, MONA)})})
    assert check(MENTEE, MENTOR, turned).fits


@pytest.mark.parametrize(
    ("mentor", "fits"),
    [
        ({"de": L.B2}, True),
        ({"de": L.B1}, False),
        ({"fr": L.C2}, False),
        ({"en": L.C2}, False),
    ],
)
def test_h6_both_speak_one_language_well(mentor: dict[str, LanguageLevel], *, fits: bool) -> None:
    other = profiled(MENTOR, languages=mentor)
    assert broken(check(MENTEE, other, circumstances())) == ([] if fits else [Obstacle.LANGUAGE])
    assert check(MENTEE, other, circumstances(programme_language="en")).fits


@pytest.mark.parametrize(("minutes", "fits"), [(30, False), (60, True), (90, True)])
def test_h7_both_have_time_for_each_other(minutes: int, *, fits: bool) -> None:
    mentee = profiled(MENTEE, availability=week(minutes))
    mentor = profiled(MENTOR, availability=week(120))
    verdict = check(mentee, mentor, circumstances(minimum_overlap_minutes=60))
    assert verdict.fits is fits
    assert all(one.numbers == {"minutes": minutes, "wanted": 60} for one in verdict.broken)


def test_h7_the_weeks_begin_with_the_programme_or_today_if_it_runs() -> None:
    # New York changes its clocks on 14 March 2027, Berlin two weeks later.
    mentee = profiled(MENTEE, availability=Availability(BERLIN, ((900, 960),)))
    mentor = profiled(MENTOR, availability=Availability("America/New_York", ((540, 600),)))
    assert check(mentee, mentor, circumstances()).fits
    later = circumstances({"today": date(2027, 3, 1)})
    assert broken(check(mentee, mentor, later)) == [Obstacle.TIME]


def test_h8_who_does_not_want_to_be_paired_is_not_and_nobody_learns_who_it_was() -> None:
    by_mentee = check(profiled(MENTEE, excluded=frozenset({MONA})), MENTOR, circumstances())
    by_mentor = check(MENTEE, profiled(MENTOR, excluded=frozenset({ALICE})), circumstances())
    assert broken(by_mentee) == [Obstacle.EXCLUDED]
    assert by_mentee == by_mentor


@pytest.mark.parametrize(
    ("mentee_asks", "mentor_asks", "fits"),
    [(False, False, False), (True, False, False), (False, True, False), (True, True, True)],
)
def test_h9_a_pair_of_before_is_made_again_if_both_ask(
    *, mentee_asks: bool, mentor_asks: bool, fits: bool
) -> None:
    mentee = profiled(MENTEE, asked_again_for=frozenset({MONA} if mentee_asks else ()))
    mentor = profiled(MENTOR, asked_again_for=frozenset({ALICE} if mentor_asks else ()))
    given = circumstances({"parted": frozenset({(MONA, ALICE)})})
    assert broken(check(mentee, mentor, given)) == ([] if fits else [Obstacle.PAIRED_BEFORE])


@pytest.mark.parametrize(
    ("gap", "mentee", "mentor", "fits"),
    [(1, 2, 2, False), (1, 2, 3, True), (2, 2, 3, False), (0, 2, 2, True), (0, 2, 1, False)],
)
def test_h10_the_mentor_is_so_many_bands_ahead(
    gap: int, mentee: int, mentor: int, *, fits: bool
) -> None:
    verdict = check(
        profiled(MENTEE, band=mentee),
        profiled(MENTOR, band=mentor),
        circumstances(seniority_gap=gap),
    )
    assert verdict.fits is fits
    assert all(one.numbers == {"steps": mentor - mentee, "wanted": gap} for one in verdict.broken)


def test_h11_both_have_completed_what_the_programme_requires() -> None:
    given = circumstances(required_training=("training",))
    done = frozenset({"training", "other"})
    verdict = check(MENTEE, replace(MENTOR, trained=done), given)
    assert [(one.obstacle, one.who, one.things) for one in verdict.broken] == [
        (Obstacle.TRAINING, (Side.MENTEE,), ("training",))
    ]
    assert check(replace(MENTEE, trained=done), replace(MENTOR, trained=done), given).fits


@pytest.mark.parametrize(
    ("field", "same", "other"),
    [
        (MustMatch.JOB_FAMILY, {"job_family": "sales"}, {"job_family": "law"}),
        (MustMatch.GOAL_AREA, {"goal_areas": ("x", "plan")}, {"goal_areas": ("x",)}),
        (
            MustMatch.CHANNEL,
            {"channels": frozenset({Channel.VIDEO})},
            {"channels": frozenset({Channel.CHAT})},
        ),
        (MustMatch.LANGUAGE, {"languages": {"fr": L.A1}}, {"languages": {"en": L.C2}}),
    ],
)
def test_h12_both_agree_in_what_the_programme_wants(
    field: MustMatch, same: dict[str, object], other: dict[str, object]
) -> None:
    given = circumstances(must_match=(field,), programme_language="en")
    assert check(MENTEE, profiled(MENTOR, **same), given).fits
    verdict = check(MENTEE, profiled(MENTOR, **other), given)
    assert [(one.obstacle, one.things) for one in verdict.broken] == [
        (Obstacle.MUST_MATCH, (field.value,))
    ]


def test_what_somebody_has_not_said_keeps_nobody_apart_and_is_told() -> None:
    silent = Candidate(MENTOR.place, MatchingProfile(MONA, Side.MENTOR))
    verdict = check(MENTEE, silent, circumstances(must_match=(MustMatch.CHANNEL,)))
    assert verdict.fits
    assert [(one.obstacle, one.who) for one in verdict.unknown] == [
        (obstacle, (Side.MENTOR,))
        for obstacle in (
            Obstacle.LANGUAGE,
            Obstacle.TIME,
            Obstacle.SENIORITY,
            Obstacle.MUST_MATCH,
        )
    ]


def test_what_protects_somebody_cannot_be_overridden_and_the_rest_can() -> None:
    given = circumstances(
        {
            "graders": frozenset({(MONA, ALICE)}),
            "parted": frozenset({(MONA, ALICE)}),
            "superiors": {ALICE: frozenset({MONA})},
        },
        required_training=("training",),
        must_match=(MustMatch.CHANNEL,),
        seniority_gap=6,
    )
    other = profiled(
        MENTOR,
        channels=frozenset({Channel.CHAT}),
        languages={"en": L.C2},
        availability=week(60, start=2000),
    )
    verdict = check(MENTEE, other, given)
    assert broken(verdict) == [
        Obstacle.REPORTING_LINE,
        Obstacle.INSTRUCTOR,
        Obstacle.PAIRED_BEFORE,
        Obstacle.LANGUAGE,
        Obstacle.TIME,
        Obstacle.SENIORITY,
        Obstacle.TRAINING,
        Obstacle.MUST_MATCH,
    ]
    assert verdict.can_be_overridden
    for absolute in (
        check(profiled(MENTEE, excluded=frozenset({MONA})), other, given),
        check(MENTEE, placed(other, seats=0), given),
        check(MENTEE, placed(other, person_id=ALICE), given),
        check(MENTEE, placed(other, consent_version=None), given),
        check(placed(MENTEE, state=ParticipantState.PAUSED), other, given),
    ):
        assert not absolute.can_be_overridden


def test_languages_in_common_are_those_that_both_speak_well() -> None:
    assert languages_in_common(MENTEE.profile, MENTOR.profile) == ("de",)
