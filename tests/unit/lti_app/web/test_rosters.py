"""Whatever keeps a roster from being complete has a sentence for instructors."""

import re
from pathlib import Path

import lti_app
from lti_app.domain.delivery import Outcome
from lti_app.lti.scores import _FAILURES, _STATUSES
from lti_app.web.rosters import REASONS

_CODE = re.compile(r'(?:Outcome\.\w+, |reason=|reason = |_end_reading\(row, )"([a-z_]+)"')


def test_every_reason_that_is_written_in_the_code_has_one() -> None:
    root = Path(lti_app.__path__[0])
    sources = [(root / folder / "rosters.py").read_text() for folder in ("lti", "services")]
    found = {code for source in sources for code in _CODE.findall(source)}
    assert len(found) > 8
    assert found <= set(REASONS)


def test_every_way_in_which_an_lms_does_not_answer_has_one() -> None:
    # The others mean something else where a roster was asked for.
    as_they_are = {Outcome.TRANSIENT, Outcome.UNKNOWN, Outcome.CONFIGURATION}
    answers = [*_FAILURES.values(), *_STATUSES.values()]
    found = {reason for outcome, reason in answers if outcome in as_they_are}
    assert found <= set(REASONS)
