"""A letter reads well as text and as HTML, and its headers say what it is and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_app.mail.letters import Button, Item, Letter, one_line, to_message

LETTER = Letter(
    message_id="<00000000-0000-4000-8000-000000000001@tool.example>",
    to="alice@school.example",
    subject="Two notices wait for you",
    language="en",
    written_at=datetime(2026, 11, 25, 12, tzinfo=UTC),
    opening="This is what you have not read yet.",
    items=(Item("You have until Monday", "It counts."), Item("R&D <b>first</b>", "See there.")),
    button=Button("Press this:", "https://tool.example/t/abc"),
    more=("Open the activity from your course.",),
    why=("You get this once a week.", "You can change that."),
    unsubscribe=Button("Stop the summary", "https://tool.example/t/" + "s" * 43),
)


def sent(letter: Letter) -> tuple[EmailMessage, bytes]:
    """Return a letter as it is on the way, read and raw."""
    raw = to_message(letter, "Mentoring", "mentoring@tool.example").as_bytes()
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read, raw


def part(letter: Letter, kind: str) -> str:
    """Return its text (`plain`) or its HTML (`html`)."""
    body = sent(letter)[0].get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_its_headers_say_what_it_is() -> None:
    message, raw = sent(LETTER)
    assert message["From"] == "Mentoring <mentoring@tool.example>"
    assert message["To"] == "alice@school.example"
    assert message["Subject"] == "Two notices wait for you"
    assert message["Message-ID"] == LETTER.message_id
    assert message["Date"] == "Wed, 25 Nov 2026 12:00:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"
    # Programs read these two as they are: neither encoded nor folded.
    assert f"List-Unsubscribe: <https://tool.example/t/{'s' * 43}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_what_cannot_be_ended_offers_no_end() -> None:
    message, raw = sent(replace(LETTER, unsubscribe=None))
    assert message["List-Unsubscribe"] is None
    assert b"Unsubscribe" not in raw


def test_text_and_html_say_the_same() -> None:
    text, html = part(LETTER, "plain"), part(LETTER, "html")
    assert text.splitlines()[:6] == [
        "This is what you have not read yet.",
        "",
        "* You have until Monday",
        "  It counts.",
        "",
        "* R&D <b>first</b>",
    ]
    assert "Stop the summary\nhttps://tool.example/t/" in text.replace("\r\n", "\n")
    assert "<strong>R&amp;D &lt;b&gt;first&lt;/b&gt;</strong>" in " ".join(html.split())
    assert '<html lang="en" dir="ltr">' in html
    for words in ("It counts.", "Press this:", "Open the activity", "You can change that."):
        assert words in text
        assert words in html


def test_it_goes_through_a_server_that_knows_seven_bits_and_short_lines() -> None:
    long = "ü" * 3000
    _, raw = sent(replace(LETTER, subject="Ä", items=(Item("Ö", long),)))
    assert raw.isascii()
    assert max(map(len, raw.splitlines())) < 998
    assert long in part(replace(LETTER, items=(Item("Ö", long),)), "plain")


@pytest.mark.parametrize(
    "title",
    ["A\r\nBcc: charlie@school.example", "A\nBcc: c@school.example\n\nHello", "A\x00\u2028B\x85C"],
)
def test_a_line_break_in_a_title_makes_no_header_and_no_line(title: str) -> None:
    letter = replace(LETTER, subject=title, items=(Item(title, "It counts."),))
    message, _ = sent(letter)
    assert message["Bcc"] is None
    assert message["Subject"] == one_line(title)
    assert f"* {one_line(title)}\n" in part(letter, "plain").replace("\r\n", "\n")


@given(st.text())
def test_whatever_a_title_holds_there_is_one_subject_to_one_person(title: str) -> None:
    message, _ = sent(replace(LETTER, subject=title))
    expected = [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
        "Content-Language",
    ]  # fmt: skip
    assert message.keys() == expected
    assert message["To"] == "alice@school.example"


def test_one_line_keeps_what_says_something() -> None:
    assert one_line("  Größe\t100 %\n\r\x07 für 🧶  ") == "Größe 100 % für 🧶"
