"""Somebody whose partner does nothing: reminded twice, then nobody's grade waits any longer."""

from sqlalchemy import select

from lti_app.domain.pairs import PairState
from lti_app.store.facts import Fact
from lti_app.store.pairs import Pair
from lti_app.store.session import db, transaction
from tests.functional.charter.two import Two


def propose_alone(two: Two) -> None:
    """Let Alice answer, wait for the reveal, and propose."""
    two.get_ready("alice")
    two.pass_days(7)
    two.write("alice")
    two.do("alice", "step", act="propose")


def sign_and_wait(two: Two, *days: float) -> None:
    """Let Alice sign first, and days pass in which Mona does not."""
    two.agree()
    assert two.sign("alice").status_code == 303
    for number in days:
        two.pass_days(number)


def test_own_part_is_granted_after_two_reminders_and_a_fortnight(two: Two) -> None:
    propose_alone(two)
    two.pass_days(4)
    assert two.told("mona").count("reminder") == 0
    two.pass_days(1)
    assert two.told("mona").count("reminder") == 1
    two.pass_days(7)
    assert two.told("mona").count("reminder") == 2
    assert two.progress("alice") == ("started", 60)
    two.pass_days(2)
    assert two.progress("alice") == ("completed", 100)
    assert two.told("alice")[-1] == "own_part"
    assert two.progress("mona")[0] == "not_started", "nothing is given to who did nothing"
    two.pass_days(30)
    assert two.told("alice").count("own_part") == 1


def test_what_is_granted_stays_and_the_charter_goes_on(two: Two) -> None:
    propose_alone(two)
    for days in (5, 7, 2):
        two.pass_days(days)
    two.get_ready("mona")
    assert two.step("mona", "accept").status_code == 303
    for who in ("mona", "alice"):
        assert two.sign(who).status_code == 303
    assert two.progress("alice") == two.progress("mona") == ("completed", 100)


def test_nothing_is_granted_while_the_other_was_not_told(two: Two) -> None:
    propose_alone(two)
    two.pass_days(14)
    assert two.told("mona").count("reminder") == 1, "never two in one breath"
    assert two.progress("alice") == ("started", 60)
    two.pass_days(1)
    assert two.told("mona").count("reminder") == 2
    assert two.progress("alice") == ("completed", 100)


def test_who_opens_the_text_again_each_time_keeps_nobody_waiting_for_longer(two: Two) -> None:
    sign_and_wait(two, 5, 7, 1)
    assert two.step("mona", "reopen").status_code == 303
    two.pass_days(30)
    assert two.progress("alice") == ("started", 60), "she can propose again: nobody is waited for"
    two.lay_before("alice")
    two.pass_days(0.9)
    assert two.progress("alice") == ("started", 60)
    two.pass_days(0.1)
    assert two.progress("alice") == ("completed", 100)
    assert two.progress("mona") == ("started", 60), "she could have signed"


def test_who_opens_the_text_again_before_each_reminder_is_reminded_all_the_same(two: Two) -> None:
    sign_and_wait(two, 4)
    for _ in range(2):
        assert two.step("mona", "reopen").status_code == 303
        two.lay_before("alice")
        assert two.step("mona", "accept").status_code == 303
        assert two.sign("alice").status_code == 303
        two.pass_days(4)
    assert two.told("mona").count("reminder") == 2, "after eight and after twelve days"
    assert two.progress("alice") == ("started", 60)
    two.pass_days(2)
    assert two.progress("alice") == ("completed", 100)


def test_nothing_is_gained_by_opening_ones_own_text_again(two: Two) -> None:
    sign_and_wait(two, 5, 7, 1)
    assert two.step("alice", "reopen").status_code == 303
    two.lay_before("alice")
    for days in (5.0, 7.0, 1.9):
        two.pass_days(days)
    assert two.progress("alice") == ("started", 60)


def test_who_answers_late_is_given_all_of_the_next_turn(two: Two) -> None:
    two.propose()
    for days in (5, 7, 1):
        two.pass_days(days)
    assert two.step("mona", "accept").status_code == 303
    assert two.sign("alice").status_code == 303
    for most in (5.0, 7.0, 1.9):
        two.pass_days(most)
    assert two.progress("alice") == ("started", 60)
    two.pass_days(0.1)
    assert two.progress("alice") == ("completed", 100)


def test_a_pause_in_which_the_text_is_opened_again_is_no_waiting(two: Two) -> None:
    sign_and_wait(two, 5, 7, 1)
    with transaction(two.tool.database):
        db().get_one(Pair, two.pair_id).state = PairState.PAUSED.value
    assert two.step("mona", "reopen").status_code == 303
    with transaction(two.tool.database):
        db().get_one(Pair, two.pair_id).state = PairState.ACTIVE.value
    two.lay_before("alice")
    for days in (5.0, 7.0, 1.9):
        two.pass_days(days)
    assert two.progress("alice") == ("started", 60)


def test_a_pair_that_ends_keeps_what_is_done_and_is_asked_for_nothing_more(two: Two) -> None:
    two.get_ready("alice")
    two.leave("mona")
    assert two.progress("alice") == ("completed", 100)
    assert "Closed before both had signed." in two.people["alice"].get("charter/").text
    with transaction(two.tool.database, read_only=True):
        facts = select(Fact.code).where(Fact.kind == "charter.state")
        assert db().scalars(facts).all() == ["closed"]
    two.pass_days(30)
    assert two.told("alice") == [], "an end needs no reminders"
