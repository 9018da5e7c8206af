"""No grade is lost, wrong or posted twice, whatever is killed and whatever the LMS does."""

import os

import pytest

from lti_app.testing.chaos import LONG, SHORT, open_chaos

IS_LONG = os.environ.get("CHAOS") == "long"


@pytest.fixture(params=["sqlite", "postgresql"] if IS_LONG else ["postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return an empty database: the reference, and in the long form each kind in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


def test_every_completion_reaches_the_gradebook_once(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = LONG if IS_LONG else SHORT
    with open_chaos(database_url, plan) as chaos:
        count = chaos.run()
    with capsys.disabled():
        print(f"\n{count}")  # noqa: T201 (the count is what the long form is run for)
    assert count.completed == plan.learners
    assert not count.lost
    assert not count.wrong
    assert not count.twice
    assert len(count.faults) >= 12
    assert sum(count.kills.values()) >= plan.web_kills
