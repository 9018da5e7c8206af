"""What reaches people by mail of offers and pairs: that there is something to do, and no name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest

from lti_app import clock
from lti_app.domain.pairing_rules import Override, OverrideCode
from lti_app.services import pairs
from lti_app.services.jobs import Job, every, run_due
from lti_app.settings import Settings
from lti_app.store.session import transaction
from lti_app.worker.mailing import send_mail
from tests.functional.pairs.people import Team, answer
from tests.post_office import PostOffice, open_post_office

NOTE = "They shared an office for years."


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    """Return settings of a tool that sends mail."""
    return replace(settings, mail_server=office.server(), mail_from="mentoring@tool.example")


def deliver(team: Team) -> None:
    """Let things settle, and the worker send what is due."""
    clock.set_offset(clock.now() - clock.real_now() + timedelta(minutes=10))
    job = Job(f"mail-{uuid4()}"[:40], every(timedelta(hours=1)), send_mail)
    run_due(team.tool.runtime, [job])


def words_of(letter: EmailMessage) -> str:
    """Return all that a letter says."""
    parts = (part for part in letter.walk() if part.get_content_maintype() == "text")
    return "\n".join([str(letter["Subject"]), *(part.get_content() for part in parts)])


def test_both_are_written_to_and_no_letter_names_anybody(team: Team, office: PostOffice) -> None:
    with transaction(team.tool.database):
        pair_id = pairs.propose(
            team.programme_id,
            team.id_of("alice", in_transaction=True),
            team.id_of("mona", in_transaction=True),
            by=team.id_of("dana", in_transaction=True),
            override=Override(OverrideCode.OTHER, NOTE),
        )
    deliver(team)
    assert {str(letter["To"]) for letter in office.letters} == {
        "alice@example.org",
        "mona@example.org",
    }
    assert answer(team.visit("alice"), pair_id, "declined", reason="too_close").status_code == 303
    deliver(team)
    assert [str(letter["To"]) for letter in office.letters[2:]] == ["mona@example.org"]
    subjects = [str(letter["Subject"]) for letter in office.letters]
    assert all("There is an offer for you" in subject for subject in subjects[:2])
    assert "An offer to you will not become a pair" in subjects[2]
    for letter in office.letters:
        text = words_of(letter)
        assert "Your page" in text or "says nothing about you" in text
        for word in ("Alice Adams", "Mona Mentor", "Lead and stay", NOTE, "too_close", "too close"):
            assert word not in text
