"""What is kept of a charter, and from whom: print and PDF for the two, nothing for anybody else."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Final

import pytest
from sqlalchemy import inspect, select
from sqlalchemy import text as sql

from lti_app.store.mails import Mail
from lti_app.store.notices import Notice
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from plugins.charter.activity import CharterActivity
from plugins.charter.seals import is_intact
from tests.functional.charter.two import GOAL, GOOD, Two
from tests.functional.desk.people import open_desk
from tests.functional.mentoring.visitors import MEMBERSHIP, PREVIEW, Visitor, claims, read, visit

#: Words that stand in nothing but what the two write.
ANSWER, TEXT, GOAL_WORD = "Plantedanswer", "Plantedtext", "Plantedgoal"
UPDATE, THANKS = "Plantedupdate", "Plantedthanks"
PLANTED: Final = (ANSWER, TEXT, GOAL_WORD, UPDATE, THANKS)
PAGES: Final = (
    "", "answers/why", "answers/goals", "answers/goals/new", "text/why", "text/goals", "sign",
    "versions/1", "versions/1/print", "versions/1/pdf", "close", "guide",
)  # fmt: skip


def plant(two: Two) -> None:
    """Write a word that stands nowhere else into everything that can be written in."""
    goal = {**GOAL, "title": f"{GOAL_WORD}: a strategic plan for my team"}
    for who in ("alice", "mona"):
        for section, values in GOOD.items():
            two.do(who, f"answers/{section}", **values)
        two.do(who, "answers/off_limits", off_limits=f"{ANSWER} of {who}.")
        two.do(who, "answers/goals/new", **goal)
        two.do(who, "ready", act="ready")
    two.write("alice", why=f"{TEXT} of both.", success=f"{TEXT}: what success looks like.")
    two.do("alice", "step", act="propose")
    assert two.step("mona", "accept").status_code == 303
    for who in ("alice", "mona"):
        assert two.sign(who).status_code == 303


def test_nobody_but_the_two_reads_a_word(
    two: Two, lines: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        plant(two)
        for page in PAGES[7:10]:
            assert two.get("alice", page).status_code == 200, page
    assert TEXT in two.read("mona").text
    for name, visitor in others(two).items():
        for page in PAGES:
            answer = visitor.get(two.path(page))
            assert answer.status_code in {403, 404}, (name, page)
            assert_no_word(answer.get_data(as_text=True), f"{name} at {page}")
        for act, values in (("step", {"act": "amend"}), ("reviews", {}), ("close", {})):
            sent = visitor.post(two.path(act), form_of="me/notices", **values)
            assert sent.status_code in {403, 404}, (name, act)
        for seen in pages_of(visitor):
            assert_no_word(seen, name)
    with transaction(two.tool.database, read_only=True):
        told = [f"{one.about} {one.parameters}" for one in db().scalars(select(Notice))]
        mails = [str(one.__dict__) for one in db().scalars(select(Mail))]
    assert_no_word(
        "\n".join([*told, *mails, lines.getvalue(), caplog.text]), "notices, mails, logs"
    )


def others(two: Two) -> dict[str, Visitor]:
    """Return visits of everybody else: who learns, teaches, runs, administers, or previews."""
    tool, lms, link = two.tool, two.lms, two.charter.cmid
    browser = tool.browser()
    preview = claims(roles=[f"{MEMBERSHIP}Learner", PREVIEW], sub="preview", name="Preview")
    return {
        "another mentee": visit(tool, lms, "bob", activity=link),
        "an instructor": visit(tool, lms, "tina", activity=link),
        "a preview": visit(tool, lms, "charlie", preview, activity=link),
        "L&D": open_desk(tool, lms, activity=link).visitor,
        "an administrator": Visitor(browser, tool.administer(browser)),
    }


def pages_of(visitor: Visitor) -> Iterator[str]:
    """Open every page that somebody reaches by links from the first one."""
    waiting, seen = [visitor.visit], set[str]()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        page = visitor.browser.get(address, follow_redirects=True)
        yield page.get_data(as_text=True)
        if page.status_code == 200 and page.mimetype == "text/html":
            paths = (re.sub(r"^https?://[^/]+|#.*$", "", one.url) for one in read(page).links)
            waiting += [path for path in paths if path.startswith(visitor.visit)]
    assert seen


def assert_no_word(shown: str, where: str) -> None:
    """See that none of the planted words stands in a text."""
    assert not [word for word in PLANTED if word in shown], where


def test_an_instructor_sees_how_far_it_is_and_never_a_word(two: Two) -> None:
    two.bring_into_force()
    visit(two.tool, two.lms, "bob", activity=two.charter.cmid)
    tina = visit(two.tool, two.lms, "tina", activity=two.charter.cmid)
    board = read(tina.get("charter/board")).text
    assert "signed by both · version 1 · 1 goal · since" in board
    assert "no pair yet" in board
    review = tina.get(f"charter/review/{two.id_of('alice')}")
    assert "signed by both · version 1" in read(review).text
    assert_no_word(board + review.get_data(as_text=True), "instructor")


def test_a_version_is_printed_and_handed_out_as_a_pdf_that_names_nobody_outside(two: Two) -> None:
    odd = "Łódź, Ελλάδα, Привет, 你好 🙂"
    two.compare()
    two.write("alice", why=odd)
    two.do("alice", "step", act="propose")
    two.step("mona", "accept")
    for who in ("alice", "mona"):
        two.sign(who)
    page = two.get("mona", "versions/1/print")
    assert odd in page.get_data(as_text=True)
    assert "Alice Adams, mentee" in read(page).text
    pdf = two.get("alice", "versions/1/pdf")
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.headers["Content-Disposition"] == 'inline; filename="charter-version-1.pdf"'
    assert pdf.headers["Cache-Control"] == "no-store"
    assert b"Adams" not in pdf.data
    assert two.get("alice", "versions/2/pdf").status_code == 404
    shown = two.get("alice", "versions/1").get_data(as_text=True)
    assert 'target="_blank"' in shown, "both open in a window of their own"


def test_a_code_that_opened_the_pdf_opens_it_for_nobody_else(two: Two) -> None:
    plant(two)
    visitor, page = two.people["alice"], two.path("versions/1/pdf")
    code = visitor.browser.get(f"{visitor.visit}window/code", query_string={"page": page})
    sent = {"page": page, "code": code.get_json()["code"]}
    window, charlie = two.tool.browser(), two.tool.browser()
    for browser, status in ((window, 303), (charlie, 403), (window, 403)):
        answer = browser.post(
            f"{visitor.visit}window/", data=sent, headers={"Origin": visitor.origin}
        )
        assert answer.status_code == status
        if status == 303:
            address = answer.headers["Location"]
        assert_no_word(answer.get_data(as_text=True), "a window's answer")
    assert window.get(address).data.startswith(b"%PDF-")
    refused = charlie.get(address)
    assert refused.status_code == 403
    assert_no_word(refused.get_data(as_text=True), "another browser")


def test_what_an_erased_person_wrote_alone_goes_and_what_both_signed_stays(two: Two) -> None:
    plant(two)
    two.do("alice", "step", act="amend")
    draft = f"{UPDATE}: not signed by anybody."
    two.do("mona", "text/contact", revision=0, contact="mail", reply_days="3")
    two.do("mona", "text/why", revision=two.revision("mona", "why"), why=draft)
    mona_id = two.id_of("mona")
    two.leave("alice")
    with transaction(two.tool.database):
        CharterActivity().erase_person(mona_id)
        db().get_one(Person, mona_id).name = None
    everything = dump(two)
    assert f"{ANSWER} of mona." not in everything
    assert draft not in everything
    assert "Mona Mentor" not in everything
    [version] = two.versions()
    assert is_intact(version.body, version.sha256)
    assert TEXT in version.body
    assert {one.sha256 for one in two.signatures()} == {version.sha256}
    shown = two.read("alice", "versions/1").text
    assert "Checked just now: this text is the one that both signed." in shown
    assert "Mona" not in shown
    assert two.get("alice").status_code == 200


def dump(two: Two) -> str:
    """Return everything that the database holds."""
    with transaction(two.tool.database, read_only=True):
        names = inspect(db().connection()).get_table_names()
        assert "charter_part" in names
        return "\n".join(
            str(tuple(row))
            for name in names
            for row in db().execute(sql(f'SELECT * FROM "{name}"'))
        )
