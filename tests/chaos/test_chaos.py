"""No grade is lost, wrong or repeated, whatever is killed and whatever fails: the short form."""

from pathlib import Path

import pytest

from lti_app.testing.chaos.plan import SHORT, Combination
from lti_app.testing.chaos.servers import MissingProgram
from lti_app.testing.chaos.storm import open_storm

SEED = 7


@pytest.mark.parametrize("combination", SHORT.combinations, ids=str)
def test_every_completion_reaches_the_gradebook_once(
    combination: Combination, tmp_path: Path
) -> None:
    said: list[str] = []
    try:
        with open_storm(SHORT, combination, SEED, said.append, tmp_path) as storm:
            report = storm.run()
    except MissingProgram as missing:
        pytest.skip(f"{missing} is not installed: run `make test-setup`")
    assert not report.broken_rules(), "\n".join([*said, str(report)])
    assert all(cell.was_told for cell in report.verdict.cells)
    assert len(report.faults) >= 10
    assert report.kills
