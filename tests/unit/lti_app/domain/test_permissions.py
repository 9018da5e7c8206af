"""Who may do what: the table walked cell by cell, for the owner, a neighbour and a stranger."""

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest

from lti_app.domain.permissions import (
    TABLE,
    Action,
    Hat,
    Kind,
    Reach,
    Thing,
    Viewer,
    can,
    hats_of,
    reach_of,
    readers_of,
)
from lti_app.domain.roles import Roles

ALICE, BOB = UUID(int=1), UUID(int=2)
ORGANISATION, OTHER_ORGANISATION = UUID(int=10), UUID(int=11)
ACTIVITY, OTHER_ACTIVITY = UUID(int=20), UUID(int=21)
#: A test for each hat walks all of these: one for each of them too would be thousands.
WORK = list(product(Action, Kind))

COURSE, OTHER_COURSE = UUID(int=40), UUID(int=41)
PROGRAMME, OTHER_PROGRAMME = UUID(int=30), UUID(int=31)
DESK = Hat.LEARNING_AND_DEVELOPMENT
LAUNCHED = (Hat.AUTHOR, Hat.REVIEWER, Hat.LEARNER, Hat.PREVIEW, Hat.GUEST)
PAIRED = (Hat.AUTHOR, Hat.REVIEWER, Hat.LEARNER, Hat.GUEST)
READ_AND_WRITE = (Action.READ, Action.WRITE)
OF_PARTICIPANTS = (Kind.PARTICIPANT, Kind.PROFILE, Kind.EXCLUSION, Kind.SELF_DESCRIPTION)
#: What two people write together; nobody else reads a word of it.
OF_TWO = (Kind.CHARTER, Kind.GOAL)
#: What learners practise with each other; of a log instructors read what was released alone.
OF_PRACTICE = (
    Kind.PRACTICE_SESSION,
    Kind.PRACTICE_FACT,
    Kind.PRACTICE_GROUP,
    Kind.PRACTICE_RELEASE,
    Kind.PRACTICE_MARK,
)
#: Written out a second time, by hand: everything else is refused.
OWN = {
    (Hat.LEARNER, Action.READ, Kind.SIGN_UP),
    (Hat.LEARNER, Action.WRITE, Kind.SIGN_UP),
    (Hat.LEARNER, Action.READ, Kind.SIGN_UP_FACT),
    (Hat.LEARNER, Action.READ, Kind.GRADE_CELL),
    (Hat.PREVIEW, Action.READ, Kind.SIGN_UP),
    (Hat.PREVIEW, Action.WRITE, Kind.SIGN_UP),
    (Hat.PREVIEW, Action.READ, Kind.SIGN_UP_FACT),
    (Hat.PREVIEW, Action.READ, Kind.GRADE_CELL),
    (Hat.LEARNER, Action.READ, Kind.RULING),
    (Hat.PREVIEW, Action.READ, Kind.RULING),
    *(
        (hat, action, kind)
        for hat in (Hat.LEARNER, Hat.PREVIEW)
        for kind in OF_PRACTICE
        for action in READ_AND_WRITE
        if action is Action.READ or kind not in {Kind.PRACTICE_FACT, Kind.PRACTICE_MARK}
    ),
    *((hat, action, Kind.VISIT) for hat in Hat for action in READ_AND_WRITE),
}
WHOLE_ACTIVITY = {
    *((hat, Action.READ, Kind.ACTIVITY) for hat in LAUNCHED),
    *((hat, Action.READ, Kind.PROGRAMME) for hat in LAUNCHED),
    (Hat.AUTHOR, Action.READ, Kind.PAIR_FACT),
    (Hat.REVIEWER, Action.READ, Kind.PAIR_FACT),
    *(
        (hat, Action.READ, kind)
        for hat in (Hat.AUTHOR, Hat.REVIEWER)
        for kind in (Kind.CHARTER_FACT, Kind.GOAL_FACT)
    ),
    (Hat.AUTHOR, Action.READ, Kind.SIGN_UP_FACT),
    (Hat.AUTHOR, Action.READ, Kind.GRADE_CELL),
    (Hat.AUTHOR, Action.WRITE, Kind.GRADE_CELL),
    (Hat.REVIEWER, Action.READ, Kind.SIGN_UP_FACT),
    (Hat.REVIEWER, Action.READ, Kind.GRADE_CELL),
    (Hat.REVIEWER, Action.WRITE, Kind.GRADE_CELL),
    (Hat.AUTHOR, Action.WRITE, Kind.ACTIVITY),
    *(
        (hat, action, Kind.ROSTER)
        for hat in (Hat.AUTHOR, Hat.REVIEWER)
        for action in READ_AND_WRITE
    ),
    (Hat.AUTHOR, Action.READ, Kind.RULING),
    (Hat.AUTHOR, Action.WRITE, Kind.RULING),
    (Hat.REVIEWER, Action.READ, Kind.RULING),
    (Hat.REVIEWER, Action.WRITE, Kind.RULING),
    *(
        (hat, Action.READ, kind)
        for hat in (Hat.AUTHOR, Hat.REVIEWER)
        for kind in OF_PRACTICE
        if kind is not Kind.PRACTICE_SESSION
    ),
    *(
        (hat, Action.WRITE, kind)
        for hat in (Hat.AUTHOR, Hat.REVIEWER)
        for kind in (Kind.PRACTICE_GROUP, Kind.PRACTICE_MARK)
    ),
}
#: What is about a person wherever it comes from.
ANYWHERE = {
    *((hat, action, Kind.NOTICE) for hat in Hat for action in READ_AND_WRITE),
    *(
        (hat, action, kind)
        for hat in (Hat.LEARNER, Hat.PREVIEW)
        for action in READ_AND_WRITE
        for kind in OF_PARTICIPANTS
    ),
    *(
        (hat, action, Kind.PARTICIPANT)
        for hat in (Hat.AUTHOR, Hat.REVIEWER, Hat.GUEST)
        for action in READ_AND_WRITE
    ),
    # A mentor may teach in the course that they come from, or have no part in it at all.
    *((hat, action, Kind.OFFER) for hat in PAIRED for action in READ_AND_WRITE),
    *((hat, Action.WRITE, Kind.PAIR_FACT) for hat in PAIRED),
    *((hat, action, kind) for hat in PAIRED for action in READ_AND_WRITE for kind in OF_TWO),
    *((hat, Action.READ, Kind.PAIR_ROOM) for hat in PAIRED),
    *((hat, Action.READ, Kind.CHARTER_FACT) for hat in (Hat.LEARNER, Hat.PREVIEW, Hat.GUEST)),
    (Hat.LEARNER, Action.READ, Kind.PAIR_FACT),
    (Hat.GUEST, Action.READ, Kind.PAIR_FACT),
}
WHOLE_TOOL = {
    (Hat.ADMINISTRATOR, Action.READ, Kind.ORGANISATION),
    (Hat.ADMINISTRATOR, Action.WRITE, Kind.ORGANISATION),
    (Hat.ADMINISTRATOR, Action.READ, Kind.PLATFORM),
    (Hat.ADMINISTRATOR, Action.WRITE, Kind.PLATFORM),
    (Hat.ADMINISTRATOR, Action.READ, Kind.SIGNING_KEY),
    (Hat.ADMINISTRATOR, Action.WRITE, Kind.SIGNING_KEY),
    (Hat.ADMINISTRATOR, Action.READ, Kind.OPERATION),
    (Hat.ADMINISTRATOR, Action.READ, Kind.AUDIT),
}
#: What belongs to people and their work; an administrator reaches none of it.
OF_PEOPLE = {
    Kind.ACTIVITY,
    Kind.COURSE_ACTIVITY,
    Kind.SIGN_UP,
    Kind.SIGN_UP_FACT,
    Kind.GRADE_CELL,
    Kind.ROSTER,
    Kind.RULING,
    Kind.PROGRAMME,
    *OF_PARTICIPANTS,
    Kind.PAIR_FACT,
    Kind.OFFER,
    Kind.PAIR_ROOM,
    *OF_TWO,
    Kind.CHARTER_FACT,
    Kind.GOAL_FACT,
    *OF_PRACTICE,
    Kind.TAXONOMY,
    Kind.REPORTING_LINE,
    Kind.STAFF_GRANT,
    Kind.PROGRAMME_AUDIT,
    Kind.COMPLETION_COUNT,
}
#: What who authors a course reaches in all of it.
WHOLE_COURSE = {(Hat.AUTHOR, action, Kind.COURSE_ACTIVITY) for action in READ_AND_WRITE}
#: What who runs a programme reaches in it, and who runs all of an organisation's in it.
WHOLE_PROGRAMME = {
    (Action.READ, Kind.PROGRAMME),
    (Action.WRITE, Kind.PROGRAMME),
    (Action.READ, Kind.PARTICIPANT),
    (Action.WRITE, Kind.PARTICIPANT),
    (Action.READ, Kind.PROFILE),
    (Action.READ, Kind.PAIR_FACT),
    (Action.WRITE, Kind.PAIR_FACT),
    (Action.READ, Kind.OFFER),
    (Action.WRITE, Kind.OFFER),
    (Action.READ, Kind.CHARTER_FACT),
    (Action.READ, Kind.GOAL_FACT),
    (Action.READ, Kind.STAFF_GRANT),
    (Action.READ, Kind.PROGRAMME_AUDIT),
    (Action.READ, Kind.COMPLETION_COUNT),
}
WHOLE_ORGANISATION = {
    (Action.CREATE, Kind.PROGRAMME),
    (Action.READ, Kind.TAXONOMY),
    (Action.WRITE, Kind.TAXONOMY),
    (Action.READ, Kind.REPORTING_LINE),
    (Action.WRITE, Kind.REPORTING_LINE),
}


def alice_as(hat: Hat) -> Viewer:
    """Return Alice under a hat, in her activity."""
    return Viewer(ALICE, hat, ORGANISATION, ACTIVITY)


def thing_of(owner: UUID | None, kind: Kind) -> Thing:
    """Return something in Alice's activity."""
    return Thing(kind, ORGANISATION, ACTIVITY, owner)


@pytest.mark.parametrize("hat", Hat)
def test_ones_own_is_reached_where_the_table_says_so(hat: Hat) -> None:
    for action, kind in WORK:
        expected = (hat, action, kind) in OWN | ANYWHERE | WHOLE_ACTIVITY | WHOLE_TOOL
        assert can(alice_as(hat), action, thing_of(ALICE, kind)) is expected


@pytest.mark.parametrize("hat", Hat)
def test_somebody_elses_is_reached_by_those_for_whom_it_is_work(hat: Hat) -> None:
    for action, kind in WORK:
        expected = (hat, action, kind) in WHOLE_ACTIVITY | WHOLE_TOOL
        assert can(alice_as(hat), action, thing_of(BOB, kind)) is expected


@pytest.mark.parametrize("hat", Hat)
def test_nobodys_counts_as_somebody_elses(hat: Hat) -> None:
    for action, kind in WORK:
        expected = (hat, action, kind) in WHOLE_ACTIVITY | WHOLE_TOOL
        assert can(alice_as(hat), action, thing_of(None, kind)) is expected


@pytest.mark.parametrize("hat", Hat)
def test_beyond_the_activity_lies_ones_own_of_everywhere_and_beyond_the_organisation_the_tool(
    hat: Hat,
) -> None:
    for action, kind in WORK:
        viewer, thing = alice_as(hat), thing_of(ALICE, kind)
        expected = (hat, action, kind) in WHOLE_TOOL
        for elsewhere in (OTHER_ACTIVITY, None):
            there = replace(thing, activity_id=elsewhere)
            assert can(viewer, action, there) is ((hat, action, kind) in ANYWHERE | WHOLE_TOOL)
            assert can(viewer, action, replace(there, owner_id=BOB)) is expected
        assert can(viewer, action, replace(thing, organisation_id=OTHER_ORGANISATION)) is expected
        assert can(viewer, action, replace(thing, organisation_id=None)) is expected


@pytest.mark.parametrize("hat", Hat)
def test_without_an_activity_nothing_of_an_activity_is_reached(hat: Hat) -> None:
    for action, kind in WORK:
        viewer = replace(alice_as(hat), activity_id=None)
        expected = (hat, action, kind) in WHOLE_TOOL
        assert can(viewer, action, thing_of(BOB, kind)) is expected
        assert can(viewer, action, thing_of(ALICE, kind)) is (
            expected or (hat, action, kind) in ANYWHERE
        )
        assert can(viewer, action, replace(thing_of(BOB, kind), activity_id=None)) is expected


@pytest.mark.parametrize("hat", Hat)
def test_ones_own_outside_of_activities_is_reached_from_no_activity(hat: Hat) -> None:
    for action, kind in WORK:
        viewer = replace(alice_as(hat), activity_id=None)
        expected = (hat, action, kind) in OWN | ANYWHERE | WHOLE_TOOL
        assert can(viewer, action, replace(thing_of(ALICE, kind), activity_id=None)) is expected


@pytest.mark.parametrize("kind", sorted(OF_PEOPLE))
@pytest.mark.parametrize("action", Action)
def test_who_runs_the_tool_reaches_nothing_of_peoples_work(action: Action, kind: Kind) -> None:
    assert reach_of(Hat.ADMINISTRATOR, action, kind) is Reach.NONE


def test_every_kind_is_of_people_or_of_the_tool() -> None:
    of_the_tool = {kind for _, _, kind in WHOLE_TOOL}
    assert {Kind.VISIT, Kind.NOTICE} | OF_PEOPLE | of_the_tool == set(Kind)


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (Reach.TOOL, Reach.ACTIVITY),
        (Reach.TOOL, Reach.ORGANISATION),
        (Reach.ORGANISATION, Reach.PROGRAMME),
        (Reach.TOOL, Reach.COURSE),
        (Reach.COURSE, Reach.ACTIVITY),
        (Reach.ACTIVITY, Reach.SELF),
        (Reach.SELF, Reach.OWN),
        (Reach.OWN, Reach.NONE),
    ],
)
def test_a_wider_reach_covers_a_narrower_one_and_itself(wide: Reach, narrow: Reach) -> None:
    assert wide.covers(narrow)
    assert wide.covers(wide)
    assert not narrow.covers(wide)


@pytest.mark.parametrize("wide", [Reach.PROGRAMME, Reach.ORGANISATION])
@pytest.mark.parametrize("other", [Reach.ACTIVITY, Reach.SELF, Reach.OWN])
def test_a_programme_lies_across_activities_and_neither_holds_the_other(
    wide: Reach, other: Reach
) -> None:
    assert not wide.covers(other)
    assert not other.covers(wide)


def test_who_runs_a_programme_reaches_what_is_work_in_it_and_nothing_of_another() -> None:
    for action, kind in WORK:
        viewer = replace(alice_as(DESK), programme_ids=frozenset({PROGRAMME}))
        thing = Thing(kind, ORGANISATION, None, BOB, PROGRAMME)
        assert can(viewer, action, thing) is ((action, kind) in WHOLE_PROGRAMME)
        assert not can(viewer, action, replace(thing, programme_id=OTHER_PROGRAMME))
        assert not can(viewer, action, replace(thing, organisation_id=OTHER_ORGANISATION))
        assert not can(viewer, action, replace(thing, programme_id=None, activity_id=ACTIVITY))


def test_who_runs_all_programmes_reaches_all_of_the_organisation_and_no_other() -> None:
    for action, kind in WORK:
        viewer = replace(alice_as(DESK), runs_all_programmes=True)
        thing = Thing(kind, ORGANISATION, None, BOB, OTHER_PROGRAMME)
        allowed = WHOLE_PROGRAMME | WHOLE_ORGANISATION
        assert can(viewer, action, thing) is ((action, kind) in allowed)
        assert not can(viewer, action, replace(thing, organisation_id=OTHER_ORGANISATION))


@pytest.mark.parametrize("hat", Hat)
def test_a_grant_counts_under_its_own_hat_alone(hat: Hat) -> None:
    for action, kind in WORK:
        plain = alice_as(hat)
        granted = replace(plain, programme_ids=frozenset({PROGRAMME}), runs_all_programmes=True)
        thing = Thing(kind, ORGANISATION, None, BOB, PROGRAMME)
        assert hat is DESK or can(granted, action, thing) is can(plain, action, thing)


@pytest.mark.parametrize("hat", Hat)
def test_what_is_of_a_course_is_reached_from_all_over_it_by_who_authors_it(hat: Hat) -> None:
    for action, kind in WORK:
        viewer = replace(alice_as(hat), activity_id=None, course_id=COURSE)
        thing = Thing(kind, ORGANISATION, course_id=COURSE)
        of_course = (hat, action, kind) in WHOLE_COURSE
        expected = of_course or (hat, action, kind) in WHOLE_TOOL
        assert can(viewer, action, thing) is expected
        assert can(replace(viewer, activity_id=OTHER_ACTIVITY), action, thing) is expected
        if of_course:
            assert not can(viewer, action, replace(thing, course_id=OTHER_COURSE))
            assert not can(viewer, action, replace(thing, organisation_id=OTHER_ORGANISATION))
            nowhere = replace(thing, course_id=None)
            assert not can(replace(viewer, course_id=None), action, nowhere)


def test_what_the_table_does_not_name_nobody_reaches() -> None:
    unnamed = set(product(Kind, Action)) - set(TABLE)
    for (kind, action), hat in product(unnamed, Hat):
        assert reach_of(hat, action, kind) is Reach.NONE


def test_who_can_see_a_sign_up_is_told_from_the_same_table() -> None:
    assert readers_of(Kind.SIGN_UP) == ((Hat.LEARNER, Reach.OWN), (Hat.PREVIEW, Reach.OWN))
    assert dict(readers_of(Kind.SIGN_UP_FACT)) == {
        Hat.AUTHOR: Reach.ACTIVITY,
        Hat.REVIEWER: Reach.ACTIVITY,
        Hat.LEARNER: Reach.OWN,
        Hat.PREVIEW: Reach.OWN,
    }


@pytest.mark.parametrize(
    ("roles", "hats"),
    [
        (Roles(), (Hat.GUEST,)),
        (Roles(is_learner=True), (Hat.LEARNER,)),
        (Roles(can_author=True, can_review=True), (Hat.AUTHOR,)),
        (Roles(can_author=True), (Hat.AUTHOR,)),
        (Roles(can_review=True), (Hat.REVIEWER,)),
        (Roles(can_author=True, can_review=True, is_learner=True), (Hat.AUTHOR, Hat.LEARNER)),
        (Roles(can_review=True, is_learner=True), (Hat.REVIEWER, Hat.LEARNER)),
        (Roles(is_learner=True, is_preview=True), (Hat.PREVIEW,)),
        (Roles(is_preview=True), (Hat.PREVIEW,)),
        (Roles(is_mentor=True), (Hat.GUEST,)),
        (Roles(is_platform_admin=True), (Hat.GUEST,)),
    ],
    ids=str,
)
def test_roles_give_hats_and_the_first_is_opened(roles: Roles, hats: tuple[Hat, ...]) -> None:
    assert hats_of(roles) == hats


@pytest.mark.parametrize(
    ("roles", "hats"),
    [
        (Roles(), (DESK,)),
        (Roles(is_learner=True), (Hat.LEARNER, DESK)),
        (Roles(can_author=True, can_review=True), (Hat.AUTHOR, DESK)),
        (Roles(is_learner=True, is_preview=True), (Hat.PREVIEW,)),
    ],
    ids=str,
)
def test_a_grant_gives_a_hat_beside_those_of_the_course_and_never_to_a_preview(
    roles: Roles, hats: tuple[Hat, ...]
) -> None:
    assert hats_of(roles, runs_programmes=True) == hats
