"""What needs an administrator's attention, on both databases: said while it is so, not after."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState
from lti_app.services import signing_keys
from lti_app.services.concerns import Concern, Matter, find_concerns
from lti_app.services.grade_sync import grade_syncs
from lti_app.store.encryption import Cipher
from lti_app.store.jobs import Job
from lti_app.store.lms_health import LmsHealth
from lti_app.store.progress import Delivery
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import Database, db, transaction
from tests.outbox import Outbox, open_outbox

CIPHER = Cipher(("a" * 32,))


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Return a course in an LMS, with a signing key and a worker: nothing is the matter."""
    opened = open_outbox(database)
    with transaction(database):
        signing_keys.ensure(CIPHER)
        db().add(job(started_at=real_now()))
    return opened


def job(name: str = "purge_short_lived", **values: object) -> Job:
    """Return a job that has run."""
    return Job(name=name, **{"due_at": real_now(), "outcome": "done", "changed": 0} | values)


def concerns(outbox: Outbox, cipher: Cipher = CIPHER, now: datetime | None = None) -> list[Concern]:
    """Return what is the matter."""
    with transaction(outbox.database, read_only=True):
        return find_concerns(cipher, now or real_now(), has_mail=True)


def matters(outbox: Outbox) -> list[Matter]:
    """Return what is the matter, in a word each."""
    return [one.matter for one in concerns(outbox)]


def change_cells(outbox: Outbox, **values: object) -> None:
    """Change all cells."""
    with transaction(outbox.database):
        db().execute(update(Delivery).values(**values))


def test_nothing_is_the_matter_where_all_is_well(outbox: Outbox) -> None:
    outbox.queue(outbox.learner(), 80)
    assert concerns(outbox) == []


def test_an_empty_installation_lacks_all_but_its_key(database: Database) -> None:
    with transaction(database):
        signing_keys.ensure(CIPHER)
    with transaction(database, read_only=True):
        found = find_concerns(CIPHER, real_now(), has_mail=False)
    assert [one.matter for one in found] == [
        Matter.NO_WORKER,
        Matter.NO_PLATFORM,
        Matter.NO_MAIL,
    ]


def test_a_key_that_no_secret_opens_is_a_matter(outbox: Outbox) -> None:
    (concern,) = concerns(outbox, Cipher(("b" * 32,)))
    assert concern.matter is Matter.KEY_UNREADABLE


def test_a_worker_that_is_silent_is_a_matter_after_a_quarter_of_an_hour(outbox: Outbox) -> None:
    begun = real_now()
    with transaction(outbox.database):
        db().execute(update(Job).values(started_at=begun))
    assert concerns(outbox, now=begun + timedelta(minutes=14)) == []
    (concern,) = concerns(outbox, now=begun + timedelta(minutes=16))
    assert (concern.matter, concern.at) == (Matter.NO_WORKER, begun)


def test_a_job_that_failed_is_a_matter_until_it_is_done(outbox: Outbox) -> None:
    outbox.add(job("repair_completions", outcome="failed", fault="KeyError"))
    (concern,) = concerns(outbox)
    assert (concern.matter, concern.job, concern.reason) == (
        Matter.JOB_FAILED,
        "repair_completions",
        "KeyError",
    )
    with transaction(outbox.database):
        db().execute(update(Job).values(outcome="done"))
    assert concerns(outbox) == []


def test_deployments_that_wait_are_counted_by_lms(outbox: Outbox) -> None:
    for name in ("2", "3"):
        outbox.add(Deployment(registration_id=outbox.registration.id, deployment_id=name))
    (concern,) = concerns(outbox)
    assert (concern.matter, concern.count) == (Matter.DEPLOYMENTS_PENDING, 2)
    assert concern.registration is not None
    assert concern.registration.id == outbox.registration.id


@pytest.mark.parametrize(
    ("values", "is_a_matter"),
    [
        ({"pauses": 1, "reason": "lms_error"}, True),
        ({"pauses": 0, "failures": 4}, False),
        ({"pauses": 0, "reason": "low_budget", "paused_until": "soon"}, False),
    ],
    ids=["paused", "failed a few times", "asked for a rest"],
)
def test_an_lms_that_fails_is_a_matter(
    outbox: Outbox, values: dict[str, object], is_a_matter: bool
) -> None:
    soon = real_now() + timedelta(minutes=1)
    given = {name: soon if value == "soon" else value for name, value in values.items()}
    outbox.add(LmsHealth(registration_id=outbox.registration.id, **{"failures": 5} | given))
    assert matters(outbox) == ([Matter.LMS_FAILING] if is_a_matter else [])


def test_grades_that_are_refused_for_the_set_up_are_a_matter_with_the_commonest_reason(
    outbox: Outbox,
) -> None:
    for name, reason in (("a", "scope_missing"), ("b", "client_unknown"), ("c", "scope_missing")):
        person = outbox.learner(name)
        outbox.queue(person, 80)
        with transaction(outbox.database):
            of_person = update(Delivery).where(Delivery.person_id == person)
            db().execute(of_person.values(state="configuration", answer_reason=reason))
    (concern,) = concerns(outbox)
    assert (concern.matter, concern.count) == (Matter.GRADES_REFUSED, 3)
    assert concern.reason == "scope_missing"


def test_a_grade_is_late_after_a_day_and_only_if_it_could_have_been_sent(outbox: Outbox) -> None:
    alice, held, inactive = (
        outbox.learner(),
        outbox.learner("H"),
        outbox.learner("I", is_active=False),
    )
    for person in (alice, held, inactive):
        outbox.queue(person, 80)
    outbox.rule(held, "hold")
    since = real_now() - timedelta(days=1, minutes=1)
    change_cells(outbox, valued_at=since, state="waiting")
    (concern,) = concerns(outbox)
    assert (concern.matter, concern.count, concern.at) == (Matter.GRADES_LATE, 1, since)
    change_cells(outbox, valued_at=real_now() - timedelta(hours=23))
    assert concerns(outbox) == []
    change_cells(outbox, valued_at=since, state="sent")
    assert concerns(outbox) == []


def test_a_higher_score_is_wanted_from_when_it_was_earned(outbox: Outbox) -> None:
    alice = outbox.learner()
    outbox.queue(alice, 40)
    change_cells(outbox, valued_at=real_now() - timedelta(days=3), state="sent")
    outbox.queue(alice, 40)
    outbox.queue(alice, 80)
    assert concerns(outbox) == []


def test_an_lms_that_is_switched_off_is_no_matter(outbox: Outbox) -> None:
    outbox.queue(outbox.learner(), 80)
    change_cells(outbox, valued_at=real_now() - timedelta(days=3), state="configuration")
    outbox.add(Deployment(registration_id=outbox.registration.id, deployment_id="2"))
    outbox.add(LmsHealth(registration_id=outbox.registration.id, failures=9, pauses=3))
    assert len(concerns(outbox)) == 3
    with transaction(outbox.database):
        db().execute(update(Registration).values(is_active=False))
    assert concerns(outbox) == []


def test_cells_are_counted_by_state_and_reason(outbox: Outbox) -> None:
    states = [("sent", None), ("sent", "stale"), ("held", "changed_in_gradebook"), ("queued", "x")]
    accepted = real_now() - timedelta(hours=1)
    for number, (state, reason) in enumerate(states):
        person = outbox.learner(str(number))
        outbox.queue(person, 80)
        with transaction(outbox.database):
            of_person = update(Delivery).where(Delivery.person_id == person)
            at = accepted if state == "sent" else None
            db().execute(of_person.values(state=state, answer_reason=reason, acknowledged_at=at))
    with transaction(outbox.database, read_only=True):
        (sync,) = grade_syncs(real_now())
    assert sync.cells == {
        DeliveryState.SENT: 2,
        DeliveryState.HELD: 1,
        DeliveryState.QUEUED: 1,
    }
    assert sync.reasons == {(DeliveryState.HELD, "changed_in_gradebook"): 1}
    assert sync.last_accepted_at == accepted
