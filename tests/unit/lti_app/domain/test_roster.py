"""What a roster changes of somebody's roles, and what it never does."""

from datetime import UTC, datetime, timedelta

import pytest

from lti_app.domain.roles import Roles
from lti_app.domain.roster import STALE_AFTER, either, is_stale, roles_after, takes_part
from tests.proofs import rule

LEARNER = Roles(is_learner=True)
TEACHER = Roles(can_author=True, can_review=True)
ASSISTANT = Roles(can_review=True)
DEVELOPER = Roles(can_author=True)
OBSERVER = Roles(is_mentor=True)
NOBODY = Roles()


@rule("R-1.32")
@pytest.mark.parametrize("staff", [TEACHER, ASSISTANT, DEVELOPER])
@pytest.mark.parametrize("listed", [LEARNER, OBSERVER, NOBODY, TEACHER])
def test_who_was_staff_at_the_last_launch_stays_so(staff: Roles, listed: Roles) -> None:
    assert roles_after(staff, listed, has_launched=True) == staff


@pytest.mark.parametrize(
    ("listed", "after"),
    [(TEACHER, TEACHER), (LEARNER, LEARNER), (OBSERVER, LEARNER), (NOBODY, LEARNER)],
)
def test_who_came_as_a_learner_is_staff_once_the_roster_says_so(
    listed: Roles, after: Roles
) -> None:
    assert roles_after(LEARNER, listed, has_launched=True) == after


@pytest.mark.parametrize(
    ("stored", "listed", "after"),
    [
        (LEARNER, TEACHER, TEACHER),
        (TEACHER, LEARNER, LEARNER),
        (LEARNER, OBSERVER, LEARNER),
        (TEACHER, NOBODY, TEACHER),
    ],
)
def test_of_somebody_who_never_came_the_roster_knows_best(
    stored: Roles, listed: Roles, after: Roles
) -> None:
    assert roles_after(stored, listed, has_launched=False) == after


def test_observers_do_not_take_part() -> None:
    assert [takes_part(roles) for roles in (LEARNER, ASSISTANT, DEVELOPER)] == [True] * 3
    assert not takes_part(OBSERVER)
    assert not takes_part(NOBODY)


def test_who_is_listed_twice_has_the_roles_of_both() -> None:
    assert either(LEARNER, ASSISTANT) == Roles(can_review=True, is_learner=True)


def test_a_roster_is_stale_after_hours_or_before_the_first_reading() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert is_stale(None, now)
    assert is_stale(now - STALE_AFTER, now)
    assert not is_stale(now - STALE_AFTER + timedelta(seconds=1), now)
