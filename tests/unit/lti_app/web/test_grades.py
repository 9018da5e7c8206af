"""Every state of a cell has words for an instructor."""

import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args
from uuid import uuid4

import pytest
from flask import Flask
from flask_babel import Babel

import lti_app
from lti_app.clock import real_now
from lti_app.domain.delivery import DeliveryState
from lti_app.domain.permissions import Hat
from lti_app.domain.progress import State
from lti_app.domain.roles import Roles
from lti_app.domain.visit import Person, Visit
from lti_app.lti.http import FailureKind
from lti_app.services import deliveries
from lti_app.services.grade_cells import GradeCell
from lti_app.web.grades import REASONS, Line, to_line
from lti_app.web.visits import acting

#: `Outcome.X, "code"`, with a status or a choice between two codes before it.
_CODE = re.compile(
    r'Outcome\.\w+,\s*(?:[\w.]+,\s*)?(?:reason=)?"([a-z_]+)"(?: if [^"]+ else "([a-z_]+)")?'
)
_TALKS_TO_LMS = ("lti", "services", "worker")


def line(**values: object) -> Line:
    """Put a cell into words, as an instructor in Berlin sees it."""
    cell = GradeCell(uuid4(), "Alice", State.COMPLETED)
    for name, value in values.items():
        object.__setattr__(cell, name, value)
    app = Flask(__name__)
    Babel(app)
    person = Person(uuid4(), uuid4(), time_zone="Europe/Berlin")
    visit = Visit(
        id=uuid4(),
        person=person,
        organisation_id=person.organisation_id,
        roles=Roles(),
        hat=Hat.AUTHOR,
        hats=(Hat.AUTHOR,),
        is_launched=True,
        placement=None,
        locale="en",
        return_url=None,
        used_at=real_now(),
        frame_ancestors=(),
    )
    with app.test_request_context(), acting(visit):
        return to_line(cell)


def codes() -> set[str]:
    """Return every reason that is written anywhere in the code, but for those of rosters."""
    folders = [Path(lti_app.__path__[0], folder) for folder in _TALKS_TO_LMS]
    files = [file for folder in folders for file in folder.glob("*.py")]
    sources = [file.read_text() for file in files if file.name != "rosters.py"]
    found = {code for source in sources for codes in _CODE.findall(source) for code in codes}
    tokens = {f"token_{kind}" for kind in get_args(FailureKind)}
    return (found - {""}) | tokens | {deliveries.FORMER}


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    assert codes() == set(REASONS)


@pytest.mark.parametrize("state", DeliveryState)
def test_every_state_says_what_happens_next(state: DeliveryState) -> None:
    assert line(state=state, reason="locked").next.endswith(".")


@pytest.mark.parametrize("obstacle", ["staff", "inactive", "held", "excused"])
def test_an_obstacle_comes_before_the_time_of_the_next_attempt(obstacle: str) -> None:
    shown = line(state=DeliveryState.QUEUED, due_at=real_now(), obstacle=obstacle)
    assert "by itself" not in shown.next
    assert shown.next.endswith(".")


def test_an_obstacle_says_nothing_about_a_grade_that_is_there() -> None:
    assert line(state=DeliveryState.SENT, obstacle="inactive").next == "Nothing more to do."


def test_a_grade_of_the_links_former_activity_is_told_as_such() -> None:
    shown = line(state=DeliveryState.SENT, obstacle="former", accepted_score=Decimal("80.0000"))
    assert shown.answer == (
        "The gradebook keeps 80 of 100, from the activity that this link led to before."
    )
    assert shown.next == "Sent by itself once this activity gives as much or more."


def test_what_was_accepted_before_is_told_beside_what_failed() -> None:
    shown = line(
        state=DeliveryState.WAITING,
        reason="lms_error",
        status=503,
        score=Decimal("92.50"),
        accepted_score=Decimal("80.0000"),
        due_at=real_now() + timedelta(hours=1),
    )
    assert shown.score == "92.5 of 100"
    assert shown.details == (
        "What the gradebook last took: 80 of 100.",
        "Code of the answer: 503.",
    )
    assert shown.next.startswith("Tried again on ")
    assert "(Europe/Berlin)" in shown.next


@pytest.mark.parametrize(
    ("state", "accepted_after", "words"),
    [
        (DeliveryState.SENT, timedelta(0), "Sent on "),
        (DeliveryState.QUEUED, timedelta(seconds=1), "Sent on "),
        (DeliveryState.HELD, timedelta(hours=-1), "Last tried on "),
        (DeliveryState.NOT_GRADABLE, None, "Last tried on "),
    ],
)
def test_a_post_that_the_lms_did_not_take_was_tried_and_not_sent(
    state: DeliveryState, accepted_after: timedelta | None, words: str
) -> None:
    sent_at = real_now()
    accepted_at = None if accepted_after is None else sent_at + accepted_after
    shown = line(state=state, reason="locked", sent_at=sent_at, accepted_at=accepted_at)
    assert shown.details[0].startswith(words)
    assert len(shown.details) == 1


def test_an_unknown_reason_is_an_answer_that_was_not_understood() -> None:
    shown = line(state=DeliveryState.WAITING, reason="of a later version")
    assert shown.answer == "The LMS's answer could not be understood."


@pytest.mark.parametrize(
    ("state", "needs"),
    [(DeliveryState.HELD, True), (DeliveryState.CONFIGURATION, True), (DeliveryState.SENT, False)],
)
def test_what_waits_for_a_person_stands_out(state: DeliveryState, needs: bool) -> None:
    assert line(state=state).needs_attention is needs
