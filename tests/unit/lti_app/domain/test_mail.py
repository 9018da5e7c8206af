"""Addresses of mail servers and of people, answers, and when to write: plain rules."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from lti_app.domain.mail import (
    Encryption,
    MailServer,
    is_usable_address,
    is_waking_hour,
    next_try_at,
    read_sender,
    read_server,
)

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", MailServer("localhost", 25, Encryption.NONE)),
        ("smtp://mail.example:2525/", MailServer("mail.example", 2525, Encryption.NONE)),
        ("smtps://mail.example", MailServer("mail.example", 465, Encryption.TLS)),
        (
            "smtp+starttls://me%40tool:p%3Aa%2Fs@mail.example",
            MailServer("mail.example", 587, Encryption.STARTTLS, "me@tool", "p:a/s"),
        ),
        (
            "smtp://me:secret@127.0.0.1:25",
            MailServer("127.0.0.1", 25, Encryption.NONE, "me", "secret"),
        ),
        ("smtps://[2001:db8::1]:465", MailServer("2001:db8::1", 465, Encryption.TLS)),
    ],
)
def test_a_mail_server_is_one_address(url: str, server: MailServer) -> None:
    assert read_server(url) == server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mail.example", "does not begin with"),
        ("https://mail.example", "does not begin with"),
        ("smtp://", "is not scheme://"),
        ("smtps://mail.example/box", "is not scheme://"),
        ("smtps://mail.example?tls=no", "is not scheme://"),
        ("smtps://mail.example:port", "is not an address"),
        ("smtps://[::1", "is not an address"),
        ("smtps://sesame@mail.example", "a user without a password"),
        ("smtp://me:sesame@mail.example", "in the clear"),
    ],
)
def test_another_one_is_refused_without_quoting_it(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        read_server(url)
    assert "sesame" not in str(caught.value)


def test_a_password_is_not_printed() -> None:
    assert "sesame" not in repr(read_server("smtps://me:sesame@mail.example"))


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("mentoring@tool.example", ("", "mentoring@tool.example")),
        ("Mentoring <mentoring@tool.example>", ("Mentoring", "mentoring@tool.example")),
        ('"Mentoring, Coaching" <m@tool.example>', ("Mentoring, Coaching", "m@tool.example")),
        ("Größe <m@tool.example>", ("Größe", "m@tool.example")),
    ],
)
def test_a_sender_is_an_address_with_or_without_a_name(text: str, sender: tuple[str, str]) -> None:
    assert read_sender(text) == sender


@pytest.mark.parametrize(
    "text", ["", "mentoring", "a@b.example, c@d.example", "M\n <m@tool.example>", "<>"]
)
def test_anything_else_is_no_sender(text: str) -> None:
    with pytest.raises(ValueError, match="not one address"):
        read_sender(text)


@pytest.mark.parametrize(
    "address", ["a@b", "alice.adams+lms@mail.school.example", "o'brien@school.example", "1@x-y.ex"]
)
def test_a_plain_address_can_be_used(address: str) -> None:
    assert is_usable_address(address)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "alice",
        "alice@",
        "@school.example",
        "alice@school..example",
        "alice@-school.example",
        "al ice@school.example",
        ".alice@school.example",
        "alice@school.example\nBcc: x@y.example",
        "alice@school.example, bob@school.example",
        "Alice <alice@school.example>",
        "älice@school.example",
        "alice@schööl.example",
        '"a b"@school.example',
        "a@[127.0.0.1]",
        "a" * 65 + "@school.example",
        "a@" + f"{'b' * 63}." * 4 + "example",
    ],
)
def test_another_one_cannot(address: str | None) -> None:
    assert not is_usable_address(address)


def test_tries_grow_apart_and_end_after_some_days() -> None:
    at, waits = NOON, []
    for failures in range(1, 20):
        due_at = next_try_at(failures, at, Random(0))
        if due_at is None:
            break
        waits.append(due_at - at)
        at = due_at
    assert waits[0] < timedelta(minutes=2)
    assert timedelta(days=3) < at - NOON < timedelta(days=5)
    assert next_try_at(20, NOON, Random(0)) is None


@pytest.mark.parametrize(
    ("hour", "zone", "is_day"),
    [
        (7, None, False),
        (8, None, True),
        (19, "UTC", True),
        (20, None, False),
        (7, "Europe/Berlin", True),
        (12, "America/Los_Angeles", False),
        (20, "America/Los_Angeles", True),
    ],
)
def test_a_summary_comes_by_day_where_its_reader_is(
    hour: int, zone: str | None, is_day: bool
) -> None:
    assert is_waking_hour(NOON.replace(hour=hour), zone) is is_day
