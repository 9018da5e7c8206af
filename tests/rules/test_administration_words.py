"""What administration lists has words: acts, jobs, codes of launches, states, matters."""

import ast
import re
from pathlib import Path

import lti_app
from lti_app.domain.delivery import DeliveryState
from lti_app.services import launch_outcomes
from lti_app.services.concerns import Matter
from lti_app.web.admin.audit import ACTIONS, KINDS
from lti_app.web.admin.grades import STATES
from lti_app.web.admin.jobs import JOBS
from lti_app.web.admin.launches import CODES
from lti_app.web.admin.overview import WORDS
from lti_app.worker import jobs as worker
from tests.rules.tree import calls, parsed, python_files

_RAISED = re.compile(r"(?:LaunchRefused|MalformedRequest)\(\s*\"(\w+)\"")


def written() -> set[str]:
    """Return every action that is written anywhere in the code."""
    found: set[str] = set()
    for call in (call for file in python_files("lti_app") for call in calls(parsed(file))):
        name = (
            call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        )
        words = [strings(arg) for arg in call.args]
        if name == "record_audit":
            found |= {f"{kind}.{verb}" for verb in words[1] for kind in words[2]}
        elif name == "note" and words and "person_id" not in {k.arg for k in call.keywords}:
            found |= {word for word in words[0] if "." in word[:-1]}
    return found


def strings(part: ast.expr) -> list[str]:
    """Return the texts that an argument can be."""
    return [
        node.value
        for node in ast.walk(part)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_every_act_that_is_written_has_words() -> None:
    acts = written()
    assert {"organisation.add", "registration.update", "activity.close"} <= acts
    # What these write with a variable in between.
    by_helpers = {
        *(f"deployment.{verb}" for verb in ("approve", "block")),
        *(f"registration.{verb}" for verb in ("add", "change", "disable", "enable")),
        *(f"staff.{verb}" for verb in ("grant", "revoke")),
        *(f"{table}.import" for table in ("reporting", "taxonomy")),
    }
    assert acts | by_helpers == set(ACTIONS)


def test_every_act_can_be_narrowed_to() -> None:
    assert {action.split(".")[0] for action in ACTIONS} == set(KINDS)


def test_every_code_of_a_launch_has_words() -> None:
    root = Path(lti_app.__path__[0])
    files = [
        *(root / "lti").glob("*.py"),
        root / "web" / "launch.py",
        *(root / "services" / name for name in ("logins.py", "launches.py", "key_sets.py")),
    ]
    raised = {code for file in files for code in _RAISED.findall(file.read_text())}
    assert {"nonce", "unknown_platform", "deployment_blocked"} <= raised
    assert raised | {outcome.value for outcome in launch_outcomes.Outcome} <= set(CODES)


def test_every_matter_has_words() -> None:
    assert set(WORDS) == set(Matter)


def test_every_state_of_a_cell_has_words() -> None:
    assert set(STATES) == set(DeliveryState)


def test_every_job_has_words() -> None:
    assert set(JOBS) == {job.name for job in worker.JOBS}
