"""Two worker processes that start at the same moment, with nothing at hand."""

from tests.functional.scale.conftest import Classroom
from tests.proofs import rule

WORKER = """
import os, sys
from lti_app import logs
from lti_app.domain.launch import Family
from lti_app.services.runtime import open_runtime
from lti_app.settings import from_environment
from lti_app.worker.score_delivery import deliver_due
logs.configure()
runtime = open_runtime(from_environment(os.environ))
print("ready", flush=True)
sys.stdin.readline()
print(deliver_due(runtime, 200, dict.fromkeys(Family, 16)), flush=True)
"""


@rule("R-4.1")
def test_two_cold_processes_of_sixteen_senders_ask_for_one_token(classroom: Classroom) -> None:
    classroom.earn(64)
    # Long enough for both to want the token before there is one.
    classroom.lms.fail("token", "slow", seconds=3)
    with classroom.running("-c", WORKER) as first, classroom.running("-c", WORKER) as second:
        both = (first, second)
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        taken = [int(process.stdout.readline()) for process in both if process.stdout]
    assert classroom.count_unsent() == 0
    assert min(taken) >= 16
    assert classroom.tokens() == 1
    assert set(classroom.posts().values()) == {1}
    assert len(classroom.posts()) == 64
