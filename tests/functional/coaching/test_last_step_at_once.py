"""Two partners take the last step of each other's practice at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial

from sqlalchemy import select, text

from lti_app.store.progress import Delivery, Progress
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from tests.functional.coaching.people import Practice

_LONGEST_WAIT = 30.0


def meeting_at_progress(database: Database, *acts: Callable[[], int]) -> list[int]:
    """Do several things that each wait before they store progress until all of them are there."""
    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction(database):
            db().execute(select(Progress).with_for_update())
            running = [pool.submit(act) for act in acts]
            until = time.monotonic() + _LONGEST_WAIT
            waiting = 0
            while waiting < len(acts) and time.monotonic() < until:
                db().execute(text("SELECT pg_stat_clear_snapshot()"))
                waiting = (
                    db().scalar(
                        text(
                            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                            " AND datname = current_database()"
                        )
                    )
                    or 0
                )
            assert waiting == len(acts)
        return [one.result() for one in running]


def test_partners_who_confirm_each_other_at_once_are_both_complete(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms)
    practice.join("alice", "bob")
    sessions = {name: practice.hand_over(name) for name in ("alice", "bob")}

    def confirm(who: str, session: str) -> int:
        return practice.confirm(who, session).status_code

    statuses = meeting_at_progress(
        registered_tool.database,
        partial(confirm, "bob", sessions["alice"]),
        partial(confirm, "alice", sessions["bob"]),
    )
    assert statuses == [303, 303]
    with transaction(registered_tool.database, read_only=True):
        assert set(db().scalars(select(Progress.state))) == {"completed"}
        assert list(db().scalars(select(Delivery.score))) == [Decimal(100)] * 2
