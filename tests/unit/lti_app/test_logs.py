"""A line of the log holds ids, codes and numbers, whatever its author wrote."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import structlog

from lti_app import logs
from lti_app.domain.permissions import Hat

PERSONAL = (
    "name given_name family_name own_name email mail subject sub login_hint message_hint id_token "
    "token access_token client_assertion authorization cookie state nonce csrf password secret "
    "url path query body form title text comment answer message address ip user_agent"
).split()

log = structlog.get_logger()


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return the log as it is written."""
    written = io.StringIO()
    logs.configure(written, json=True)
    logs.forget()
    yield written
    logs.forget()
    structlog.reset_defaults()


def only_line(written: io.StringIO) -> dict[str, object]:
    """Return the one line that was written."""
    line: dict[str, object] = json.loads(written.getvalue())
    return line


@pytest.mark.parametrize("key", PERSONAL)
def test_text_under_a_personal_key_is_dropped(lines: io.StringIO, key: str) -> None:
    log.info("launch_verified", **{key: "Ada Example"})
    assert "Ada" not in lines.getvalue()
    assert only_line(lines)[key] == logs.DROPPED


@pytest.mark.parametrize("value", [["Ada"], {"code": "Ada"}, {"Ada"}, b"Ada", ("Ada",)])
def test_text_inside_something_else_is_dropped_too(lines: io.StringIO, value: object) -> None:
    log.info("launch_verified", people=value)
    assert "Ada" not in lines.getvalue()


def test_an_object_is_dropped_even_under_a_known_key(lines: io.StringIO) -> None:
    log.info("launch_verified", person={"name": "Ada"})
    assert only_line(lines)["person"] == logs.DROPPED


def test_a_sentence_is_not_an_event(lines: io.StringIO) -> None:
    log.info("Ada signed up")
    assert only_line(lines)["event"] == logs.DROPPED


def test_ids_codes_and_numbers_are_kept(lines: io.StringIO) -> None:
    person = UUID(int=7)
    log.warning(
        "refused",
        person=person,
        code="replay",
        status=401,
        seconds=0.5,
        hat=Hat.LEARNER,
        dropped_claims=["email", "locale"],
        closes=datetime(2026, 11, 23, tzinfo=UTC),
        nothing=None,
    )
    line = only_line(lines)
    assert line.pop("timestamp")
    assert line == {
        "event": "refused",
        "level": "warning",
        "person": str(person),
        "code": "replay",
        "status": 401,
        "seconds": 0.5,
        "hat": "learner",
        "dropped_claims": ["email", "locale"],
        "closes": "2026-11-23 00:00:00+00:00",
        "nothing": None,
    }


def test_an_endless_text_is_cut(lines: io.StringIO) -> None:
    log.info("refused", detail="x" * 10_000)
    assert len(lines.getvalue()) < 500


def test_what_is_bound_stands_on_every_line_until_it_is_forgotten(lines: io.StringIO) -> None:
    logs.bind(correlation_id="abc")
    log.info("one")
    logs.forget()
    log.info("two")
    one, two = (json.loads(line) for line in lines.getvalue().splitlines())
    assert one["correlation_id"] == "abc"
    assert "correlation_id" not in two


def fail_twice() -> None:
    """Raise an error because of another, both quoting a person."""
    try:
        raise ValueError("Ada's first fault")
    except ValueError as error:
        raise KeyError("Ada's second fault") from error


@pytest.mark.parametrize("how", ["exception", "exc_info"])
def test_a_trace_names_places_and_classes_and_quotes_nobody(lines: io.StringIO, how: str) -> None:
    try:
        fail_twice()
    except KeyError as error:
        if how == "exception":
            log.exception("fault")
        else:
            log.error("fault", exc_info=error)
    line = only_line(lines)
    assert "Ada" not in lines.getvalue()
    assert "builtins.ValueError" in str(line["trace"])
    assert "builtins.KeyError" in str(line["trace"])
    assert "fail_twice" in str(line["trace"])


def test_a_person_at_a_terminal_reads_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    logs.configure(terminal)
    log.info("launch_verified", code="ok")
    structlog.reset_defaults()
    assert "launch_verified" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")


def test_without_a_terminal_lines_are_json_on_standard_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure()
    log.info("launch_verified")
    structlog.reset_defaults()
    assert json.loads(capsys.readouterr().err)["event"] == "launch_verified"
