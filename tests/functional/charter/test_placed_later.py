"""A link that is placed when a charter is in force already counts it at the first launch."""

from sqlalchemy import select

from lti_app.store.progress import Progress
from lti_app.store.session import db, transaction
from tests.functional.charter.two import Two
from tests.functional.mentoring.visitors import visit


def test_what_was_signed_before_there_was_a_link_counts_at_its_first_launch(two: Two) -> None:
    two.bring_into_force()
    lms, first = two.lms, two.charter
    later = lms.add_activity(first.course, first.tool, "Charter, again", "kind=charter")
    visit(two.tool, lms, "alice", activity=later.cmid)
    with transaction(two.tool.database, read_only=True):
        alice = two.id_of("alice", in_transaction=True)
        rows = db().scalars(select(Progress).where(Progress.person_id == alice))
        done = [(row.state, int(row.score or 0)) for row in rows if row.state == "completed"]
    assert done == [("completed", 100), ("completed", 100)]
