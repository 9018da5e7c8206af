"""The `throughline` command: what an operator types, what comes back, what is kept."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from lti_app.cli import mail, main
from lti_app.clock import real_now
from lti_app.domain.delivery import Outcome, PostAnswer
from lti_app.domain.lms_health import Heard
from lti_app.mail import transport
from lti_app.services import lms_health
from lti_app.settings import Settings
from lti_app.store.people import Person
from lti_app.store.session import Database, db, transaction
from lti_app.testing.stage import free_port
from tests.outbox import ISSUER, open_outbox
from tests.post_office import open_post_office
from tests.proofs import rule

_ROOT = Path(__file__).parents[3]
Run = Callable[..., "Answer"]
MOODLE = {
    "issuer": "https://moodle.example.org",
    "client-id": "a1B2c3",
    "auth-url": "https://moodle.example.org/mod/lti/auth.php",
    "token-url": "https://moodle.example.org/mod/lti/token.php",
    "jwks-url": "https://moodle.example.org/mod/lti/certs.php",
}

#: What is typed differently → exit status, and what the answer says.
WRONG_PLATFORMS: dict[str, tuple[dict[str, str | None], int, str]] = {
    "no issuer": ({"issuer": None}, 2, "Missing option '--issuer'"),
    "issuer no address": ({"issuer": "moodle"}, 2, "--issuer is not a web address"),
    "issuer with query": ({"issuer": "https://m.example/?a=b"}, 2, "--issuer must have no query"),
    "issuer with fragment": ({"issuer": "https://m.example/#a"}, 2, "--issuer must have no frag"),
    "issuer with blanks": ({"issuer": "https://m.example "}, 2, "--issuer has blanks around it"),
    "issuer too long": ({"issuer": "https://m.example/" + "a" * 300}, 2, "--issuer must have no q"),
    "plain http": ({"auth-url": "http://m.example/auth"}, 2, "--auth-url must be https"),
    "other scheme": ({"token-url": "ftp://m.example/t"}, 2, "--token-url is not a web address"),
    "user in address": ({"jwks-url": "https://a:b@m.example/"}, 2, "--jwks-url is not a web"),
    "wrong port": ({"jwks-url": "https://m.example:x/"}, 2, "--jwks-url is not a web address"),
    "blank in host": ({"jwks-url": "https://m oodle.example/"}, 2, "--jwks-url is not a web"),
    "letters of other scripts": ({"jwks-url": "https://мудл.example/"}, 2, "--jwks-url is not"),
    "semicolon in host": ({"issuer": "https://m.example;x"}, 2, "--issuer is not a web address"),
    "client id empty": ({"client-id": ""}, 2, "--client-id must have 1 to 255 characters"),
    "client id too long": ({"client-id": "c" * 256}, 2, "--client-id must have 1 to 255"),
    "deployment empty": ({"deployment": ""}, 2, "--deployment must have 1 to 255 characters"),
    "family unknown": ({"family": "blackboard"}, 2, "--family must be one of moodle, canvas, oth"),
    "audience empty": ({"audience": " "}, 2, "--audience is empty"),
    "organisation unknown": ({"organisation": "Nobody"}, 1, "no organisation called 'Nobody'"),
}


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of an installation."""
    return {
        "THROUGHLINE_DATABASE_URL": settings.database_url,
        "THROUGHLINE_SECRET_KEY": ",".join(settings.secret_keys),
        "THROUGHLINE_PUBLIC_URL": "https://throughline.example.org",
    }


@pytest.fixture
def run(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs the command in this process: starting one takes a second."""

    def run_one(*words: str, **changes: str) -> Answer:
        for name, value in (environment | changes).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["throughline", *words])
        try:
            main()
            status: object = 0
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return Answer(int(str(status or 0)), printed.out, printed.err)

    return run_one


def test_the_command_runs_as_a_program_and_as_a_module(environment: dict[str, str]) -> None:
    installed = str(Path(sys.executable).parent / "throughline")
    for command in ([installed], [sys.executable, "-m", "lti_app"]):
        answer = subprocess.run(
            [*command, "activity", "list"],
            env=os.environ | environment,
            cwd=_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        assert "kind: mentoring" in answer.stdout


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Return an SQLite database: what differs between databases is tested elsewhere."""
    return sqlite_url


def platform_words(**changes: str | None) -> list[str]:
    """Return the words of `platform add` with some of them changed or left out."""
    options = MOODLE | {name.replace("_", "-"): value for name, value in changes.items()}
    given = [(f"--{name}", value) for name, value in options.items() if value is not None]
    return ["platform", "add", *(word for pair in given for word in pair)]


@rule("R-7.9")
@pytest.mark.parametrize("what", WRONG_PLATFORMS)
def test_a_platform_typed_wrong_is_refused_with_a_sentence_and_not_stored(
    run: Run, what: str
) -> None:
    changes, status, says = WRONG_PLATFORMS[what]
    answer = run(*platform_words(**changes))
    assert answer.returncode == status
    assert says in answer.stderr
    assert "Traceback" not in answer.stderr
    assert json.loads(run("platform", "list", "--json").stdout) == []


@rule("R-1.20")
def test_a_platform_is_added_once_approved_blocked_and_switched_off(run: Run) -> None:
    added = run(*platform_words(deployment="1", family="Moodle"), "--json")
    (row,) = json.loads(added.stdout)
    assert row["tool_url"] == row["redirect_url"] == "https://throughline.example.org/lti/launch"
    assert row["login_url"] == "https://throughline.example.org/lti/login"
    assert row["keyset_url"] == "https://throughline.example.org/lti/jwks.json"
    again = run(*platform_words())
    assert (again.returncode, "registered already" in again.stderr) == (1, True)

    which = ["--issuer", MOODLE["issuer"], "--client-id", MOODLE["client-id"]]
    unknown = run("platform", "approve", *which, "--deployment", "2")
    assert (unknown.returncode, "neither been added nor" in unknown.stderr) == (1, True)
    assert run("platform", "approve", *which, "--deployment", "1", "--block").returncode == 0
    assert run("platform", "disable", *which).returncode == 0
    (listed,) = json.loads(run("platform", "list", "--json").stdout)
    assert listed["deployments"] == {"1": "blocked"}
    assert listed["active"] is False
    assert listed["family"] == "moodle"
    nobody = run("platform", "disable", "--issuer", "https://a.example", "--client-id", "x")
    assert (nobody.returncode, "no LMS is registered" in nobody.stderr) == (1, True)


def test_an_operator_sees_how_sending_to_each_lms_goes(run: Run, database: Database) -> None:
    run(*platform_words())
    (row,) = json.loads(run("platform", "list", "--json").stdout)
    assert (row["grades"], row["paused_until"], row["on_the_way"]) == ("working", None, 0)
    failed = Heard(PostAnswer(Outcome.TRANSIENT, 503, "lms_error", timedelta(minutes=10)))
    with transaction(database):
        lms_health.hear([(UUID(row["registration"]), failed)], real_now(), Random(0))
    (row,) = json.loads(run("platform", "list", "--json").stdout)
    assert (row["grades"], row["reason"]) == ("paused", "lms_error")
    assert datetime.fromisoformat(row["paused_until"]) > real_now()
    assert "grades: paused  paused_until: 20" in run("platform", "list").stdout


def test_organisations_are_added_once_and_platforms_belong_to_one(run: Run) -> None:
    assert run("organisation", "add", "Example Bank").returncode == 0
    again = run("organisation", "add", "Example Bank")
    assert (again.returncode, "already" in again.stderr) == (1, True)
    assert run("organisation", "add", " ").returncode == 1
    assert run(*platform_words(organisation="Example Bank")).returncode == 0
    names = [row["name"] for row in json.loads(run("organisation", "list", "--json").stdout)]
    assert names == ["Example Bank"]


@rule("R-1.19")
def test_keys_rotate_and_the_former_one_stays_listed(run: Run) -> None:
    first = run("keys", "rotate").stdout.split()[-1].rstrip(".")
    second = run("keys", "rotate").stdout.split()[-1].rstrip(".")
    listed = json.loads(run("keys", "list", "--json").stdout)
    assert [(key["kid"], key["signing"]) for key in listed] == [(second, True), (first, False)]
    assert "private" not in run("keys", "list", "--json").stdout


def test_the_installed_kinds_are_listed(run: Run) -> None:
    kinds = {
        row["kind"]: row["graded"] for row in json.loads(run("activity", "list", "--json").stdout)
    }
    assert kinds["mentoring"] is True


def test_everything_missing_from_the_environment_is_named_at_once(run: Run) -> None:
    answer = run(
        "platform",
        "list",
        THROUGHLINE_DATABASE_URL="",
        THROUGHLINE_SECRET_KEY="short",
        THROUGHLINE_PUBLIC_URL="http://throughline.example.org",
    )
    assert answer.returncode == 2
    for name in ("DATABASE_URL", "SECRET_KEY", "PUBLIC_URL"):
        assert f"THROUGHLINE_{name}" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_database_that_loses_what_it_has_confirmed_is_no_good_one(
    run: Run, postgresql_url: str
) -> None:
    for setting, status in (("off", 1), ("on", 0)):
        options = f"?options=-csynchronous_commit%3D{setting}"
        checked = run("db", "check", THROUGHLINE_DATABASE_URL=postgresql_url + options)
        assert (checked.returncode, "synchronous_commit" in checked.stderr) == (
            status,
            bool(status),
        )


def test_a_database_is_brought_up_to_date_and_checked(run: Run, bare_sqlite_url: str) -> None:
    where = {"THROUGHLINE_DATABASE_URL": bare_sqlite_url}
    assert run("db", "check", **where).returncode == 1
    assert run("db", "upgrade", **where).returncode == 0
    assert run("db", "check", **where).returncode == 0
    status = run("grades", "status", **where)
    assert (status.returncode, status.stdout) == (0, "No grade has been earned yet.\n")


def test_an_empty_database_is_told_from_a_fault(run: Run, bare_sqlite_url: str) -> None:
    answer = run("platform", "list", THROUGHLINE_DATABASE_URL=bare_sqlite_url)
    assert answer.returncode == 1
    assert "throughline db upgrade" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_grades_are_sent_again_and_compared_from_the_command_line(
    run: Run, bare_sqlite_url: str
) -> None:
    where = {"THROUGHLINE_DATABASE_URL": bare_sqlite_url}
    assert run("db", "upgrade", **where).returncode == 0
    again = run("grades", "retry", "--state", "held", **where)
    assert (again.returncode, again.stdout[:8]) == (0, "0 cells ")
    compared = run("grades", "reconcile", "--json", **where)
    assert (compared.returncode, json.loads(compared.stdout)) == (0, [])
    unknown = "00000000-0000-4000-8000-000000000000"
    assert run("grades", "reconcile", "--placement", unknown, **where).returncode == 2


def person_words() -> list[str]:
    """Return how a person of the LMS is named on the command line."""
    return ["--issuer", ISSUER, "--client-id", "client"]


def test_somebody_is_let_run_programmes_listed_and_stopped(run: Run, database: Database) -> None:
    outbox = open_outbox(database)
    outbox.learner("Dana", subject="7")
    granted = run("staff", "grant", *person_words(), "--subject", "7", "--json")
    assert granted.returncode == 0, granted.stderr
    (row,) = json.loads(granted.stdout)
    assert (row["name"], row["programme"]) == ("Dana", "all")
    again = run("staff", "grant", *person_words(), "--subject", "7", "--json")
    assert json.loads(again.stdout) == [row]
    (listed,) = json.loads(run("staff", "list", "--json").stdout)
    assert (listed["grant"], listed["organisation"]) == (row["grant"], "Example")
    assert run("staff", "list", "--organisation", "Nobody", "--json").stdout.strip() == "[]"
    assert run("staff", "revoke", row["grant"]).returncode == 0
    assert "no such grant" in run("staff", "revoke", row["grant"]).stderr
    assert "Nobody may run programmes yet." in run("staff", "list").stdout


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 1, "give either --subject or --email"),
        (("--subject", "7", "--email", "dana@example.org"), 1, "give either"),
        (("--subject", "8"), 1, "opens the tool from a course once first"),
        (("--email", "nobody@example.org"), 1, "opens the tool from a course once first"),
        (("--email", "team@example.org"), 1, "2 people have this address"),
        (("--subject", "9"), 1, "a preview of a student runs nothing"),
        (("--subject", "7", "--programme", "no-id"), 2, "not a valid UUID"),
        (("--subject", "7", "--programme", str(UUID(int=1))), 1, "has no such programme"),
        (("--subject", "7", "--issuer", "https://other.test"), 1, "no LMS https://other.test"),
    ],
    ids=str,
)
def test_who_cannot_be_let_run_programmes_is_refused_with_the_reason(
    run: Run, database: Database, words: tuple[str, ...], status: int, said: str
) -> None:
    outbox = open_outbox(database)
    outbox.learner("Dana", subject="7")
    outbox.learner("Preview", subject="9", is_preview=True)
    for subject in ("20", "21"):
        person = outbox.learner("Team", subject=subject)
        with transaction(database):
            db().get_one(Person, person).email = "Team@Example.org"
    answer = run("staff", "grant", *person_words(), *words)
    assert (answer.returncode, said in answer.stderr) == (status, True), answer.stderr
    assert run("staff", "list", "--json").stdout.strip() == "[]"


def test_a_person_is_named_first_and_erased_only_when_the_operator_is_sure(
    run: Run, database: Database
) -> None:
    outbox = open_outbox(database)
    alice, team, mates = (outbox.learner(one) for one in ("Alice", "Team", "Mates"))
    with transaction(database):
        for person, address in (
            (alice, "Alice@Example.org"),
            (team, "team@example.org"),
            (mates, "team@example.org"),
        ):
            db().get_one(Person, person).email = address
    asked = run("person", "erase", "alice@example.org")
    assert asked.returncode == 1
    assert asked.stdout == f"person: {alice}  name: Alice\n"
    assert "Nothing was changed." in asked.stderr
    several = run("person", "erase", "team@example.org", "--yes")
    assert several.returncode == 1
    assert str(mates) in several.stderr
    assert "nobody has this id" in run("person", "erase", str(UUID(int=1)), "--yes").stderr
    done = run("person", "erase", "alice@example.org", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout)
    assert (row["person"], row["pairs_ended"]) == (str(alice), 0)
    assert "erased before" in run("person", "erase", str(alice), "--yes").stderr
    with transaction(database, read_only=True):
        assert db().get_one(Person, alice).name is None


MAIL_FROM = {"THROUGHLINE_MAIL_FROM": "mentoring@throughline.example.org"}


def test_mail_is_checked_and_a_test_mail_arrives(run: Run) -> None:
    with open_post_office() as office:
        where = {"THROUGHLINE_MAIL_URL": f"smtp://127.0.0.1:{office.port}", **MAIL_FROM}
        assert run("mail", "check", **where).stdout == "The mail server takes mail from us.\n"
        assert office.letters == []
        sent = run("mail", "check", "--to", "you@example.org", **where)
        assert (sent.returncode, sent.stdout) == (0, "The test mail was taken.\n")
        assert [letter["To"] for letter in office.letters] == ["you@example.org"]
        assert run("mail", "check", "--to", "nobody", **where).returncode == 2
        office.replies["rcpt"] = (1, "554 5.7.1 Relaying denied")
        refused = run("mail", "check", "--to", "you@example.org", **where)
    assert refused.returncode == 1
    assert "recipient_refused (554). The server does not deliver" in refused.stderr


def test_mail_that_cannot_work_says_what_to_do(run: Run) -> None:
    nowhere = {"THROUGHLINE_MAIL_URL": f"smtp://127.0.0.1:{free_port()}", **MAIL_FROM}
    answer = run("mail", "check", **nowhere)
    assert (answer.returncode, "Check host and port" in answer.stderr) == (1, True)
    none = run("mail", "check", THROUGHLINE_MAIL_URL="", THROUGHLINE_MAIL_FROM="")
    assert (none.returncode, "MAIL_URL is not set" in none.stderr) == (1, True)


def test_mails_are_counted(run: Run) -> None:
    assert run("mail", "status").stdout == "No mail has been written yet.\n"
    assert json.loads(run("mail", "status", "--json").stdout) == []


def test_every_failure_of_mail_has_advice() -> None:
    codes = {code for _, code in transport._REASONS} | {
        "message_refused",
        "no_encryption",
        "not_reached",
        "recipient_refused",
        "sender_refused",
    }
    assert codes == set(mail._ADVICE)
