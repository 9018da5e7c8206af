"""What is done after an activity has closed counts for nothing, whoever looks at it afterwards."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import select, update

from lti_app.clock import now
from lti_app.services.jobs import Job, every, run_due
from lti_app.services.repair import repair_completions
from lti_app.store.courses import Activity
from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import db, transaction
from tests.functional.charter.two import Two


def close(two: Two, at: datetime | None) -> None:
    with transaction(two.tool.database):
        db().execute(update(Activity).values(closes_at=at))


def grades(two: Two) -> Sequence[Decimal]:
    with transaction(two.tool.database, read_only=True):
        return db().scalars(select(Delivery.score)).all()


def test_what_is_signed_after_the_close_is_no_work_of_before_to_the_nightly_repair(
    two: Two,
) -> None:
    repair = Job(f"repair-{uuid4()}"[:40], every(timedelta()), repair_completions)
    two.agree()
    assert run_due(two.tool.runtime, [repair]) == 1
    close(two, now())
    for who in ("alice", "mona"):
        assert two.sign(who).status_code == 303
    assert run_due(two.tool.runtime, [repair]) == 1
    assert grades(two) == []
    with transaction(two.tool.database, read_only=True):
        assert set(db().scalars(select(Progress.state))) == {"started"}
    # Who is given more time has it for what they did meanwhile as well.
    close(two, None)
    assert run_due(two.tool.runtime, [repair]) == 1
    assert grades(two) == [Decimal(100)] * 2


def grade_of(two: Two, who: str) -> Decimal | None:
    person_id = two.id_of(who)
    with transaction(two.tool.database, read_only=True):
        return db().scalar(select(Delivery.score).where(Delivery.person_id == person_id))


def test_a_close_takes_nothing_from_whoever_proposes_again_what_the_other_opened_before(
    two: Two,
) -> None:
    two.propose()
    close(two, now() + timedelta(days=10))
    for _ in range(3):
        for act in ("accept", "reopen"):
            assert two.step("mona", act).status_code == 303
        two.pass_days(5)
        two.lay_before("alice")
    assert two.part("alice").granted_at is not None
    assert grade_of(two, "alice") == 100


def test_a_close_takes_nothing_from_whoever_signs_again_what_the_other_opened_after_it(
    two: Two,
) -> None:
    two.agree()
    assert two.sign("alice").status_code == 303
    close(two, now() + timedelta(days=10))
    for days in (5, 7, 1):
        two.pass_days(days)
    assert two.step("mona", "reopen").status_code == 303
    two.lay_before("alice")
    two.pass_days(1)
    assert two.part("alice").granted_at is not None
    assert grade_of(two, "alice") == 100


def test_a_close_takes_nothing_from_whoever_waits_for_the_other_to_answer(two: Two) -> None:
    two.propose()
    close(two, now() + timedelta(hours=1))
    for days in (6, 7, 2):
        two.pass_days(days)
    assert two.part("alice").granted_at is not None
    assert grade_of(two, "alice") == 100
    assert grade_of(two, "mona") is None, "she could have answered"


def test_a_close_takes_nothing_from_whoever_signed_before_it(two: Two) -> None:
    two.agree()
    assert two.sign("alice").status_code == 303
    close(two, now())
    assert two.sign("mona").status_code == 303
    assert grade_of(two, "alice") == 100
    assert grade_of(two, "mona") is None
