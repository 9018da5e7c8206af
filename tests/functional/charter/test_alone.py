"""Somebody whose partner does nothing: reminded twice, then nobody's grade waits any longer."""

from sqlalchemy import select

from lti_app.services import pairs
from lti_app.store.facts import Fact
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


def accept_and_open_again(two: Two) -> None:
    """Let Mona agree to what Alice has proposed, and open it again before Alice can sign."""
    for act in ("accept", "reopen"):
        assert two.step("mona", act).status_code == 303


def pause(two: Two, who: str) -> None:
    """Let one of the two let the pair rest."""
    with transaction(two.tool.database):
        pairs.pause(two.pair_id, two.id_of(who, in_transaction=True), weeks=4)


def resume(two: Two, who: str) -> None:
    """Let one of the two end the pause."""
    with transaction(two.tool.database):
        pairs.resume(two.pair_id, two.id_of(who, in_transaction=True))


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


def test_who_accepts_and_opens_again_at_once_keeps_nobody_from_being_done(two: Two) -> None:
    two.propose()
    for _ in range(3):
        accept_and_open_again(two)
        two.pass_days(4)
        two.lay_before("alice")
    accept_and_open_again(two)
    two.pass_days(1.9)
    two.lay_before("alice")
    assert two.progress("alice") == ("started", 60)
    accept_and_open_again(two)
    two.pass_days(0.1)
    two.lay_before("alice")
    assert two.progress("alice") == ("completed", 100), "at once: a day later it is opened again"
    assert two.progress("mona") == ("started", 60)
    assert two.told("alice").count("own_part") == 1
    accept_and_open_again(two)
    assert two.progress("alice") == ("completed", 100)


def test_a_part_that_only_a_fortnight_of_opening_ends_is_granted_when_that_is_over(
    two: Two,
) -> None:
    two.propose()
    for _ in range(3):
        accept_and_open_again(two)
        two.pass_days(1)
        two.lay_before("alice")
    two.pass_days(10.9)
    assert two.progress("alice") == ("started", 60)
    two.pass_days(0.1)
    assert two.progress("alice") == ("completed", 100)


def test_a_text_opened_again_on_fewer_than_three_days_waits_as_any_other(two: Two) -> None:
    two.propose()
    for days in (0, 0.5, 0.4, 10):
        accept_and_open_again(two)
        two.pass_days(days)
        two.lay_before("alice")
    two.pass_days(4)
    assert two.progress("alice") == ("started", 60), "on two days"


def test_what_is_opened_again_in_a_pause_was_opened_all_the_same(two: Two) -> None:
    two.propose()
    for _ in range(3):
        pause(two, "mona")
        accept_and_open_again(two)
        resume(two, "mona")
        two.pass_days(5)
        two.lay_before("alice")
    assert two.progress("alice") == ("completed", 100)


def test_a_pause_after_each_pause_puts_nothing_off(two: Two) -> None:
    two.propose()
    for days in (5, 7, 1.9, 0.1):
        pause(two, "mona")
        two.pass_days(days)
        assert two.progress("alice") == ("started", 60)
        resume(two, "alice")
    assert two.told("mona").count("reminder") == 2
    assert two.progress("alice") == ("completed", 100)


def test_who_acts_just_before_a_part_is_granted_takes_it_from_nobody(two: Two) -> None:
    two.propose()
    for days in (5, 7):
        two.pass_days(days)
    two.let_pass(2)
    assert two.step("mona", "accept").status_code == 303
    assert two.progress("alice") == ("completed", 100)
    assert two.told("alice").count("own_part") == 1


def test_nothing_is_gained_by_opening_ones_own_text_again(two: Two) -> None:
    sign_and_wait(two, 1)
    for _ in range(3):
        two.pass_days(1)
        assert two.step("alice", "reopen").status_code == 303
        two.lay_before("alice")
        assert two.step("mona", "accept").status_code == 303
        assert two.sign("alice").status_code == 303
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
    pause(two, "mona")
    assert two.step("mona", "reopen").status_code == 303
    resume(two, "mona")
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
