"""What `throughline platform check` says of a tool and an LMS, whole and broken in many ways."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from lti_app.cli import main
from lti_app.services import signing_keys
from lti_app.services.check_words import say
from lti_app.services.platform_checks import Finding, State, check_platform, check_tool
from lti_app.settings import Settings
from lti_app.store.registrations import Deployment, Registration, SigningKey
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import LoopbackServer, Sandbox, serve
from lti_app.testing.sandbox import SigningKey as SandboxKey
from lti_app.testing.stage import free_port
from lti_app.testing.tool import ToolUnderTest, open_tool

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
RESULT = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
Headers = list[tuple[str, str]]


class Proxy:
    """What stands between the tool and everybody else; it may change headers on the way."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self.change: Callable[[Headers], Headers] = list
        self.path: Callable[[str], str] = str
        self.kept: dict[str, bytes] = {}

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        def start(status: str, headers: Headers, *rest: Any) -> Any:
            return start_response(status, self.change(headers), *rest)

        path = environ["PATH_INFO"] = self.path(environ["PATH_INFO"])
        if path in self.kept:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [self.kept[path]]
        return self._app(environ, start)


@dataclass
class Scene:
    """A tool behind a proxy, and the LMS that it is registered in."""

    tool: ToolUnderTest
    proxy: Proxy
    lms: Sandbox
    registration: Any

    def codes(self, seconds: float = 60) -> dict[str, State]:
        """Look at the LMS; returns what was found."""
        found = check_platform(self.tool.runtime, self.registration, seconds=seconds)
        for one in found:
            assert "%" not in say(one).sentence + say(one).advice
        return {one.code: one.state for one in found}

    def faults(self) -> set[str]:
        """Return what is wrong."""
        return {code for code, state in self.codes().items() if state is State.FAULT}

    def own(self) -> Finding:
        """Look at the tool's own keys."""
        return check_tool(self.tool.runtime)[-1]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return an SQLite database: what differs between databases is tested elsewhere."""
    return sqlite_url


@pytest.fixture(params=["moodle", "canvas"])
def scene(
    request: pytest.FixtureRequest,
    settings: Settings,
    lms_key: SandboxKey,
) -> Iterator[Scene]:
    """Serve a tool and an LMS, and let somebody teach in a course with the tool."""
    port = free_port()
    tool = open_tool(replace(settings, public_url=f"http://127.0.0.1:{port}"))
    lms = Sandbox.demo(
        "http://localhost:0", tool.runtime.settings.public_url, profile=request.param
    )
    lms.use_key(lms_key)
    proxy = Proxy(tool.app.wsgi_app)
    with serve(lms), LoopbackServer(proxy, "127.0.0.1", port):
        registration = tool.register(lms)
        tool.launch(tool.browser(), lms, "tina", lms.activities[101])
        yield Scene(tool, proxy, lms, registration)
    tool.database.dispose()


def test_where_all_is_well_nothing_is_a_fault(scene: Scene) -> None:
    assert scene.codes() == dict.fromkeys(
        (
            "registration_on",
            "deployment_active",
            "frame_allowed",
            "cookies_kept",
            "keys_found",
            "clock_right",
            "token_issued",
            "scopes_granted",
            "service_answers",
        ),
        State.GOOD,
    )
    assert scene.own().code == "own_keys"


def test_each_fault_of_the_lms_is_named(scene: Scene) -> None:
    """A fault of a service → what is found."""
    for family, mode, expected in (
        ("jwks", "500", {"lms_failing"}),
        ("jwks", "404", {"keys_odd"}),
        ("jwks", "html", {"keys_odd"}),
        ("jwks", "drop-before", {"keys_unreachable"}),
        ("token", "503", {"lms_failing"}),
        ("token", "html", {"token_unavailable"}),
        ("token", "401", {"client_unknown"}),
        ("token", "drop-before", {"token_unreachable"}),
        ("lineitems", "500", {"lms_failing"}),
        ("lineitems", "401", {"authorization_stripped"}),
        ("lineitems", "drop-before", {"service_unreachable"}),
    ):
        scene.lms.fail(family, mode)
        assert scene.faults() == expected, (family, mode)
        scene.lms.switches.mend()
    scene.lms.fail("lineitems", "404")
    assert scene.codes()["service_odd"] is State.WARNING


def test_missing_rights_are_told_apart_by_what_they_cost(scene: Scene) -> None:
    (tool,) = scene.lms.tools.values()
    every = tool.scopes
    tool.scopes = tuple(scope for scope in every if scope != RESULT)
    assert scene.codes()["scopes_missing"] is State.WARNING
    tool.scopes = tuple(scope for scope in every if scope != SCORE)
    assert scene.faults() == {"scopes_missing"}
    tool.scopes = ()
    assert scene.faults() == {"scopes_none"}


def test_an_lms_that_cannot_fetch_our_keys_is_told_so(scene: Scene) -> None:
    scene.lms.tools[1].jwks_url = "http://127.0.0.1:1/"
    expected = {"moodle": {"lms_lacks_keys"}, "canvas": {"client_unknown"}}
    assert scene.faults() == expected[scene.lms.profile.family]


def test_what_a_proxy_does_to_the_tool_is_noticed(scene: Scene) -> None:
    def without(mark: str) -> Callable[[Headers], Headers]:
        return lambda headers: [(name, value.replace(mark, "")) for name, value in headers]

    def adding(name: str, value: str) -> Callable[[Headers], Headers]:
        return lambda headers: [*headers, (name, value)]

    for change, expected in (
        (without("; Partitioned"), {"cookies_changed"}),
        (without("; SameSite=None"), {"cookies_changed"}),
        (without("Secure; "), {"cookies_changed"}),
        (
            lambda headers: [pair for pair in headers if pair[0] != "Set-Cookie"],
            {"cookies_changed"},
        ),
        (adding("X-Frame-Options", "SAMEORIGIN"), {"frame_forbidden"}),
        (
            adding("Content-Security-Policy", "frame-ancestors 'self'"),
            {"frame_forbidden"},
        ),
    ):
        scene.proxy.change = change
        assert scene.faults() == expected
    scene.proxy.change = list
    scene.proxy.path = lambda path: path.replace("/lti/", "/other/")
    assert "login_odd" in scene.faults()
    assert scene.own().code == "own_odd"


def test_keys_that_a_cache_keeps_from_before_are_noticed(scene: Scene) -> None:
    scene.proxy.kept["/lti/jwks.json"] = scene.tool.browser().get("/lti/jwks.json").data
    assert scene.own().code == "own_keys"
    with transaction(scene.tool.database):
        signing_keys.rotate(scene.tool.runtime.cipher)
    assert scene.own().code == "own_other"
    scene.proxy.kept.clear()
    assert scene.own().code == "own_keys"


def test_what_is_switched_off_or_waits_is_said(scene: Scene) -> None:
    with transaction(scene.tool.database):
        db().execute(update(Deployment).values(status="pending"))
    assert scene.codes()["deployment_pending"] is State.WARNING
    with transaction(scene.tool.database):
        db().execute(update(Deployment).values(status="blocked"))
        db().execute(update(Registration).values(is_active=False))
    assert scene.faults() == {"deployment_blocked", "registration_off"}


def test_what_there_was_no_time_for_is_unknown_and_nobody_is_blamed(scene: Scene) -> None:
    assert scene.codes(seconds=0.5) == {
        "registration_on": State.GOOD,
        "deployment_active": State.GOOD,
        "out_of_time": State.UNKNOWN,
    }


def test_a_private_network_is_said_to_be_one(scene: Scene) -> None:
    strict = open_tool(replace(scene.tool.runtime.settings, allow_private_networks=False))
    try:
        assert check_tool(strict.runtime)[-1].code == "own_private"
        found = {one.code for one in check_platform(strict.runtime, scene.registration)}
    finally:
        strict.database.dispose()
    assert {"login_unknown", "address_refused"} <= found


def test_a_tool_without_a_key_is_told_so(scene: Scene) -> None:
    with transaction(scene.tool.database):
        for row in db().query(SigningKey):
            db().delete(row)
    assert scene.own().code == "no_signing_key"
    assert scene.faults() == {"no_signing_key"}
    with transaction(scene.tool.database):
        signing_keys.ensure(scene.tool.runtime.cipher)
    assert scene.own().code == "own_keys"


def test_the_command_prints_the_list_and_fails_where_something_is_wrong(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = scene.tool.runtime.settings
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("THROUGHLINE_SECRET_KEY", ",".join(settings.secret_keys))
    monkeypatch.setenv("THROUGHLINE_PUBLIC_URL", settings.public_url)
    monkeypatch.setenv("THROUGHLINE_ALLOW_PRIVATE_NETWORKS", "1")

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["throughline", "platform", "check", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        return int(str(ended.value.code or 0)), capsys.readouterr().out

    status, printed = run()
    assert (status, "The clocks of LMS and tool agree." in printed) == (0, True)
    scene.lms.fail("token", "500")
    status, printed = run("--issuer", scene.lms.issuer, "--json")
    rows = json.loads(printed)
    assert status == 1
    (fault,) = [row for row in rows if row["state"] == "fault"]
    assert (fault["check"], fault["issuer"]) == ("lms_failing", scene.lms.issuer)
    assert "FAULT" in run()[1]
    assert run("--client-id", "nobody")[0] == 1
