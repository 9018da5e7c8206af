"""The switches: each way to fail, over a real connection where it matters."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
import requests
from flask.testing import FlaskClient

from lti_app.testing.sandbox import Activity, Fault, Sandbox, SandboxServer, serve
from tests.functional.sandbox.calls import Clock, Services

JWKS = "/mod/lti/certs.php"


@pytest.fixture
def server(sandbox: Sandbox) -> Iterator[SandboxServer]:
    sandbox.base_url = "http://localhost:0"
    running = serve(sandbox)
    yield running
    running.stop()


def _post(services: Services, server: SandboxServer, activity: Activity) -> requests.Response:
    score = {
        "userId": services.sandbox.people["alice"].id,
        "timestamp": services.clock().isoformat(),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 80,
        "scoreMaximum": 100,
    }
    return requests.post(
        f"{server.url}{services.lineitem(activity)}/scores?type_id=1",
        data=json.dumps(score),
        headers={**services.headers, "Content-Type": "application/vnd.ims.lis.v1.score+json"},
        timeout=5,
    )


def test_the_issuer_is_the_address_that_the_system_gave(
    server: SandboxServer, sandbox: Sandbox
) -> None:
    assert sandbox.issuer == sandbox.base_url == server.url
    assert server.url.startswith("http://localhost:")
    assert requests.get(sandbox.registration().jwks_url, timeout=5).json()["keys"]


@pytest.mark.parametrize("mode", ["500", "503", "401", "404", "429"])
def test_a_service_answers_with_a_status(
    services: Services, sandbox: Sandbox, activity: Activity, mode: str
) -> None:
    sandbox.fail("scores", mode, seconds=7)
    answer = services.post_score(activity, "alice")
    assert answer.status_code == int(mode)
    assert answer.headers.get("Retry-After") == ("7" if mode == "429" else None)
    assert answer.text != "[]"
    assert sandbox.grade(activity, "alice").final is None


def test_a_service_can_say_that_it_is_forbidden(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("results", "forbidden")
    answer = services.call("GET", f"{services.lineitem(activity)}/results")
    assert (answer.status_code, answer.mimetype) == (403, "application/json")


def test_an_error_can_look_like_a_lock(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("scores", "500-list")
    answer = services.post_score(activity, "alice")
    assert (answer.status_code, answer.text) == (500, "[]")
    assert sandbox.grade(activity, "alice").final is None


def test_a_fault_counts_down(services: Services, sandbox: Sandbox, activity: Activity) -> None:
    sandbox.switches.scores = Fault("500", count=2)
    answers = [services.post_score(activity, "alice").status_code for _ in range(3)]
    assert answers == [500, 500, 200]


def test_a_fault_is_for_one_family(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("scores", "503")
    assert services.call("GET", f"{services.lineitem(activity)}/results").status_code == 200
    sandbox.switches.mend()
    assert services.post_score(activity, "alice").status_code == 200


def test_a_misspelt_fault_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        sandbox.fail("scores", "tired")
    with pytest.raises(ValueError, match="unknown service"):
        sandbox.fail("grades", "500")


def test_a_connection_is_dropped_before_anything_is_stored(
    services: Services, server: SandboxServer, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("scores", "drop-before", count=1)
    with pytest.raises(requests.ConnectionError):
        _post(services, server, activity)
    assert sandbox.grade(activity, "alice").final is None
    assert sandbox.log.of("scores")[0].status is None
    assert _post(services, server, activity).status_code == 200


def test_a_connection_is_dropped_after_the_score_was_stored(
    services: Services, server: SandboxServer, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("scores", "drop-after", count=1)
    with pytest.raises(requests.ConnectionError):
        _post(services, server, activity)
    assert sandbox.grade(activity, "alice").final == 80
    assert _post(services, server, activity).status_code == 409


def test_a_request_is_not_over_before_it_was_handled(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    seen = []
    sandbox.watch = lambda _, stage: seen.append((stage, sandbox.log.of("scores")[0].is_over))
    services.post_score(activity, "alice").close()
    assert seen == [("arrived", False), ("handled", True), ("answered", True)]


def test_a_slow_service_answers_late(server: SandboxServer, sandbox: Sandbox) -> None:
    sandbox.fail("jwks", "slow", seconds=30)
    with pytest.raises(requests.Timeout):
        requests.get(server.url + JWKS, timeout=0.2)
    sandbox.fail("jwks", "slow", seconds=0.1)
    assert requests.get(server.url + JWKS, timeout=5).status_code == 200


def test_a_dripping_service_sends_byte_by_byte(
    server: SandboxServer, sandbox: Sandbox, stopwatch: Callable[[], float]
) -> None:
    sandbox.fail("jwks", "drip", seconds=0.02)
    with requests.get(server.url + JWKS, timeout=5, stream=True) as answer:
        pieces = [len(piece) for piece, _ in zip(answer.raw.stream(1), range(5), strict=False)]
    assert pieces == [1] * 5
    assert stopwatch() >= 5 * 0.02


def test_stopping_does_not_wait_for_slow_answers_and_cuts_connections(
    sandbox: Sandbox, stopwatch: Callable[[], float]
) -> None:
    sandbox.base_url = "http://localhost:0"
    running = serve(sandbox)
    with requests.Session() as session:
        assert session.get(running.url + JWKS, timeout=5).status_code == 200
        running.stop()
        with pytest.raises(requests.ConnectionError):
            session.get(running.url + JWKS, timeout=5)
        again = serve(sandbox)
        assert again.url == running.url
        assert session.get(again.url + JWKS, timeout=5).status_code == 200
        again.stop()
    assert stopwatch() < 10


def test_the_key_server_answers_with_a_page_or_wants_a_name(
    client: FlaskClient, sandbox: Sandbox
) -> None:
    sandbox.fail("jwks", "html")
    assert client.get(JWKS).mimetype == "text/html"
    sandbox.fail("jwks", "needs-user-agent")
    for nameless in ("", "python-requests/2.32"):
        assert client.get(JWKS, headers={"User-Agent": nameless}).status_code == 403
    assert client.get(JWKS, headers={"User-Agent": "Throughline/1"}).status_code == 200


def test_the_clock_of_tokens_can_be_wrong(
    sandbox: Sandbox, activity: Activity, clock: Clock
) -> None:
    sandbox.clock_skew = 600
    claims = sandbox.claims_for("alice", activity, "n")
    assert claims["iat"] == int(clock().timestamp()) + 600
    assert claims["exp"] == claims["iat"] + 60


def test_every_service_request_is_written_down(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    services.post_score(activity, "alice")
    services.client.get(JWKS)
    services.client.get("/course/2")
    (entry,) = sandbox.log.of("scores")
    assert entry.method == "POST"
    assert entry.path == f"{services.lineitem(activity)}/scores?type_id=1"
    assert entry.json()["scoreGiven"] == 80
    assert entry.headers["Content-Type"] == "application/vnd.ims.lis.v1.score+json"
    assert (entry.status, entry.fault, entry.is_over) == (200, "ok", True)
    assert sandbox.log.counts() == {"scores": 1, "jwks": 1}
    assert services.client.get("/sandbox/requests?family=jwks").get_json()[0]["path"] == JWKS


def test_switches_are_set_over_http(client: FlaskClient, sandbox: Sandbox) -> None:
    kid = sandbox.signing_key.kid
    wanted = {
        "scores": "500",
        "token": {"mode": "slow", "seconds": 3, "count": 1},
        "clock_skew": -90,
        "rotate_key": True,
    }
    assert client.post("/sandbox/switch", json=wanted).get_json()["scores"]["mode"] == "500"
    assert sandbox.switches.token == Fault("slow", 3, 1)
    assert sandbox.clock_skew == -90
    assert sandbox.signing_key.kid != kid
    client.post("/sandbox/switch", json={"mend": True})
    assert sandbox.switches.scores == Fault()
    assert client.post("/sandbox/switch", json={"scores": "tired"}).status_code == 400
    assert client.post("/sandbox/switch", json={"grades": "500"}).status_code == 400


def test_switches_are_for_this_machine_only(client: FlaskClient) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    answer = client.post("/sandbox/switch", json={"scores": "500"}, environ_base=elsewhere)
    assert answer.status_code == 403


def test_it_runs_as_a_process_of_its_own() -> None:
    command = [sys.executable, "-m", "lti_app.testing.sandbox", "--tool", "http://127.0.0.1:5000"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        page = requests.get(told["url"], timeout=5)
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert "Choose who you are" in page.text
    assert told["registration"]["issuer"] == told["url"]


def test_links_of_pages_break_in_three_ways(services: Services, sandbox: Sandbox) -> None:
    path = "/mod/lti/services.php/CourseSection/2/bindings/1/memberships?limit=2"
    good = services.call("GET", path).headers["Link"]
    sandbox.fail("memberships", "curly-link")
    curly = services.call("GET", path).headers["Link"].encode("latin-1").decode()
    assert curly.removeprefix("Link: ") == (
        good.replace("&", "&amp;").replace('"next"', "\u201cnext\u201d")
    )
    sandbox.fail("memberships", "loop-link")
    assert services.call("GET", path).headers["Link"] == f'<{path}>; rel="next"'
    sandbox.fail("memberships", "foreign-link")
    assert "<https://elsewhere.example/" in services.call("GET", path).headers["Link"]


def test_a_fault_can_wait_for_some_requests_to_go_well(
    services: Services, sandbox: Sandbox, activity: Activity
) -> None:
    sandbox.fail("scores", "500", count=1, after=1)
    for username, status in (("alice", 200), ("bob", 500), ("charlie", 200)):
        assert services.post_score(activity, username).status_code == status
