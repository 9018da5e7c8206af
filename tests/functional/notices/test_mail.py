"""What somebody decides about mail, and the links in it: confirm an address, stop."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from lti_app import clock
from lti_app.clock import now
from lti_app.domain.links import Purpose
from lti_app.services import links, mail_preferences, notices
from lti_app.services.jobs import Job, every, run_due
from lti_app.settings import Settings
from lti_app.store.courses import Activity
from lti_app.store.links import LinkToken
from lti_app.store.mails import Mail
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from lti_app.worker.mailing import send_mail
from tests.functional.mentoring.visitors import (
    MEMBERSHIP,
    OWN,
    PREVIEW,
    Visitor,
    claims,
    read,
    token_of,
    visit,
)
from tests.post_office import PostOffice, open_post_office

MAIL = "me/notices"
NEW = "adams@home.example"
LINK = re.compile(r"http://127\.0\.0\.1:5000(/t/[\w-]{43})")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as office:
        yield office


@pytest.fixture
def settings(settings: Settings, office: PostOffice) -> Settings:
    """Return settings of a tool that sends mail."""
    return replace(settings, mail_server=office.server(), mail_from="mentoring@tool.example")


@pytest.fixture
def alice(registered_tool: ToolUnderTest, lms: Sandbox) -> Visitor:
    """Return Alice, whose address the LMS tells."""
    return visit(registered_tool, lms, "alice")


def decide(visitor: Visitor, **values: str) -> TestResponse:
    """Send the form of the page."""
    token = token_of(visitor.get(MAIL))
    data = {"csrf_token": token, "choice": "all", "address": "", **values}
    return visitor.browser.post(visitor.visit + MAIL, data=data, headers=OWN)


def deliver(tool: ToolUnderTest) -> None:
    """Let the worker send what is due."""
    run_due(tool.runtime, [Job(f"mail-{uuid4()}"[:40], every(timedelta(hours=1)), send_mail)])


def tell(tool: ToolUnderTest, name: str = "Alice Adams") -> None:
    """Tell somebody of more time, and let that settle."""
    with transaction(tool.database):
        person = db().query(Person).filter_by(name=name).one()
        notices.notify(
            person.id,
            "ruling.more_time",
            about=uuid4(),
            activity_id=db().query(Activity).first().id,  # type: ignore[union-attr]
            until=now() + timedelta(days=7),
        )
    clock.set_offset(clock.now() - clock.real_now() + timedelta(minutes=10))


def link_in(letter: EmailMessage) -> str:
    """Return the path of the first link in a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    found = LINK.search(body.get_content())
    assert found is not None
    return found[1]


def asked(tool: ToolUnderTest, office: PostOffice, visitor: Visitor, address: str = NEW) -> str:
    """Let somebody name an address; returns the path of the link that went there."""
    assert decide(visitor, address=address).status_code == 303
    deliver(tool)
    return link_in(office.to(address)[-1])


def goes_to(tool: ToolUnderTest, name: str = "Alice Adams") -> str | None:
    """Return where somebody's mail goes."""
    with transaction(tool.database, read_only=True):
        person = db().query(Person).filter_by(name=name).one()
        return mail_preferences.preferences_of(person.id).address


def choice_of(tool: ToolUnderTest, name: str = "Alice Adams") -> str:
    """Return which mail somebody wants."""
    with transaction(tool.database, read_only=True):
        person = db().query(Person).filter_by(name=name).one()
        return mail_preferences.preferences_of(person.id).choice


def test_the_page_says_where_mail_goes_and_in_which_zone_times_are(
    lms: Sandbox, alice: Visitor
) -> None:
    page = read(alice.get(MAIL))
    assert f"Now it goes to {lms.person('alice').email}." in page.text
    assert "Times are written in UTC" in page.text
    assert "Mail" in [link.text for link in read(alice.get("me/inbox")).links]


def test_a_choice_is_kept(registered_tool: ToolUnderTest, alice: Visitor) -> None:
    answer = decide(alice, choice="none")
    assert answer.headers["Location"].endswith("/me/notices?done=done")
    page = read(alice.get(f"{MAIL}?done=done"))
    assert "Saved." in page.text
    assert "Now you get no mail." in page.text
    assert choice_of(registered_tool) == "none"


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"address": "adams at home"}, "Mail cannot be sent to this address."),
        ({"address": "a@b.example, c@d.example"}, "Mail cannot be sent to this address."),
        ({"choice": "much"}, "Not a valid choice"),
        ({"choice": ""}, "Please choose one."),
    ],
)
def test_what_cannot_be_kept_comes_back_as_it_was_typed(
    registered_tool: ToolUnderTest, alice: Visitor, values: dict[str, str], says: str
) -> None:
    answer = decide(alice, **values)
    assert answer.status_code == 422
    assert says in read(answer).text
    if "address" in values:
        assert f'value="{values["address"]}"' in answer.get_data(as_text=True)
    assert choice_of(registered_tool) == "all"


def test_an_address_counts_once_the_button_of_its_link_was_pressed(
    registered_tool: ToolUnderTest, lms: Sandbox, office: PostOffice, alice: Visitor
) -> None:
    before = lms.person("alice").email
    link = asked(registered_tool, office, alice)
    assert f"{NEW} does not count yet" in read(alice.get(MAIL)).text
    stranger = registered_tool.browser()
    for _ in range(2):
        page = stranger.get(link)
        assert page.status_code == 200
        (form,) = read(page).forms
        assert not [field.name for field in form.fields if field.name]
        assert goes_to(registered_tool) == before
    done = stranger.post(link)
    assert "Your notices go to that address from now on" in read(done).text
    assert goes_to(registered_tool) == NEW
    tell(registered_tool)
    deliver(registered_tool)
    assert str(office.letters[-1]["To"]) == NEW
    assert office.to(before) == []


def test_a_confirming_letter_says_nothing_about_anybody(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor
) -> None:
    link = asked(registered_tool, office, alice)
    (letter,) = office.to(NEW)
    assert letter["List-Unsubscribe"] is None
    for text in (
        office.raw[0].decode(),
        registered_tool.browser().get(link).get_data(as_text=True),
    ):
        for word in ("Alice", "Adams ", "school", "Leading People", "sign-up"):
            assert word not in text


@pytest.mark.parametrize("what", ["spent", "replaced", "given up", "expired", "unknown", "short"])
def test_a_link_that_is_over_is_the_same_page_whatever_the_reason(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor, what: str
) -> None:
    link = asked(registered_tool, office, alice)
    browser = registered_tool.browser()
    if what == "spent":
        assert browser.post(link).status_code == 200
    elif what == "replaced":
        decide(alice, address="other@home.example")
    elif what == "given up":
        decide(alice, address="")
    elif what == "expired":
        with transaction(registered_tool.database):
            db().query(LinkToken).update({"expires_at": clock.real_now()})
    elif what == "unknown":
        link = "/t/" + "A" * 43
    else:
        link = "/t/x"
    before = goes_to(registered_tool)
    for answer in (browser.get(link), browser.post(link)):
        assert answer.status_code == 404
        page = read(answer)
        assert "This link leads nowhere any more" in page.text
        assert page.forms == []
        assert [one.text for one in page.links] == ["Skip to the content"]
    assert goes_to(registered_tool) == before


def test_a_link_works_once_even_at_the_same_moment(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor
) -> None:
    link = asked(registered_tool, office, alice)
    statuses = [registered_tool.browser().post(link).status_code for _ in range(2)]
    assert statuses == [200, 404]


def test_a_link_confirms_the_address_that_it_went_to_and_no_other(
    registered_tool: ToolUnderTest, lms: Sandbox, office: PostOffice, alice: Visitor
) -> None:
    first = asked(registered_tool, office, alice, "one@home.example")
    second = asked(registered_tool, office, alice, "two@home.example")
    browser = registered_tool.browser()
    assert browser.post(first).status_code == 404
    assert goes_to(registered_tool) == lms.person("alice").email
    assert browser.post(second).status_code == 200
    assert goes_to(registered_tool) == "two@home.example"


def test_until_a_new_address_is_confirmed_mail_goes_where_it_went(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor
) -> None:
    registered_tool.browser().post(asked(registered_tool, office, alice))
    asked(registered_tool, office, alice, "two@home.example")
    assert goes_to(registered_tool) == NEW
    decide(alice, address=NEW)
    assert "does not count yet" not in read(alice.get(MAIL)).text


def test_the_address_of_the_lms_needs_no_link(
    registered_tool: ToolUnderTest, lms: Sandbox, office: PostOffice, alice: Visitor
) -> None:
    registered_tool.browser().post(asked(registered_tool, office, alice))
    decide(alice, address=lms.person("alice").email)
    deliver(registered_tool)
    assert goes_to(registered_tool) == lms.person("alice").email
    assert len(office.letters) == 1


def test_a_link_is_sent_again_but_not_all_day(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor
) -> None:
    asked(registered_tool, office, alice)
    decide(alice, address=NEW)
    deliver(registered_tool)
    assert len(office.letters) == 1
    for _ in range(2):
        assert decide(alice, address=NEW, again="1").status_code == 303
        deliver(registered_tool)
    assert len(office.letters) == 3
    for values in ({"again": "1"}, {"address": "other@home.example"}):
        refused = decide(alice, **({"address": NEW} | values))
        assert refused.status_code == 422
        assert "several links were sent today already" in read(refused).text
    deliver(registered_tool)
    assert len(office.letters) == 3


@pytest.mark.parametrize(
    ("purpose", "left"), [(Purpose.STOP_SUMMARY, "direct"), (Purpose.STOP_MAIL, "none")]
)
def test_mail_is_stopped_by_the_button_of_its_page(
    registered_tool: ToolUnderTest, alice: Visitor, purpose: Purpose, left: str
) -> None:
    with transaction(registered_tool.database):
        token = links.make_link(purpose, db().query(Person).one().id)
    browser = registered_tool.browser()
    page = browser.get(f"/t/{token}")
    assert len(read(page).forms) == 1
    assert "Alice" not in page.get_data(as_text=True)
    assert choice_of(registered_tool) == "all"
    assert browser.post(f"/t/{token}").status_code == 200
    assert choice_of(registered_tool) == left


def test_stopping_the_summary_does_not_bring_other_mail_back(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    decide(alice, choice="none")
    with transaction(registered_tool.database):
        token = links.make_link(Purpose.STOP_SUMMARY, db().query(Person).one().id)
    registered_tool.browser().post(f"/t/{token}")
    assert choice_of(registered_tool) == "none"


def test_a_mail_program_unsubscribes_by_one_post_without_cookie_or_page(
    registered_tool: ToolUnderTest, lms: Sandbox, office: PostOffice, alice: Visitor
) -> None:
    visit(registered_tool, lms, "bob")
    tell(registered_tool)
    deliver(registered_tool)
    (letter,) = office.letters
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = LINK.fullmatch(str(letter["List-Unsubscribe"]).strip("<>"))
    assert found is not None
    for _ in range(2):
        # The program, and later the reader by the same link: both are told that it is done.
        answer = registered_tool.browser().post(found[1], data=ONE_CLICK)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert choice_of(registered_tool) == "none"
    assert choice_of(registered_tool, "Bob Brown") == "all"
    tell(registered_tool)
    deliver(registered_tool)
    assert len(office.letters) == 1


@pytest.mark.parametrize("path", ["/t/" + "A" * 43, "of a letter"])
def test_the_page_of_a_link_stands_in_no_frame_and_is_not_kept(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor, path: str
) -> None:
    if path == "of a letter":
        path = asked(registered_tool, office, alice)
    for answer in (
        registered_tool.browser().get(path),
        registered_tool.browser().post(path),
    ):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_nobody_decides_for_another_person(
    registered_tool: ToolUnderTest, lms: Sandbox, alice: Visitor, name: str
) -> None:
    other = visit(registered_tool, lms, name)
    decide(other, choice="none")
    assert choice_of(registered_tool) == "all"
    assert lms.person("alice").email not in read(other.get(MAIL)).text
    assert other.browser.get(alice.visit + MAIL).status_code == 403


def test_a_decision_comes_from_the_page_itself(
    registered_tool: ToolUnderTest, alice: Visitor
) -> None:
    token = token_of(alice.get(MAIL))
    for headers, data in (({}, {"csrf_token": token}), (OWN, {})):
        answer = alice.browser.post(
            alice.visit + MAIL, data={"choice": "none", **data}, headers=headers
        )
        assert answer.status_code == 403
    assert choice_of(registered_tool) == "all"


def test_an_address_that_was_refused_is_said_to_be_so(
    registered_tool: ToolUnderTest, office: PostOffice, alice: Visitor
) -> None:
    tell(registered_tool)
    office.replies["rcpt"] = (1, "550 5.1.1 No such user")
    deliver(registered_tool)
    assert "does not exist or takes no mail" in read(alice.get(MAIL)).text


def test_a_preview_decides_nothing(registered_tool: ToolUnderTest, lms: Sandbox) -> None:
    preview = visit(registered_tool, lms, "bob", claims(roles=[MEMBERSHIP + "Learner", PREVIEW]))
    assert "A student preview is sent no mail." in read(preview.get(MAIL)).text
    token = token_of(preview.first)
    data = {"csrf_token": token, "choice": "none"}
    answer = preview.browser.post(preview.visit + MAIL, data=data, headers=OWN)
    assert answer.status_code == 404


def test_somebody_of_whom_the_lms_tells_no_address_can_name_one(
    registered_tool: ToolUnderTest, lms: Sandbox, office: PostOffice
) -> None:
    visitor = visit(registered_tool, lms, "alice", lambda given: given.pop("email", None))
    page = read(visitor.get(MAIL)).text
    assert "Now you get none, as no address is known." in page
    assert "Your course did not tell us any." in page
    registered_tool.browser().post(asked(registered_tool, office, visitor))
    assert goes_to(registered_tool) == NEW


class TestWithoutMailServer:
    """An installation that sends no mail says so, and keeps nothing about it."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, mail_server=None)

    def test_the_page_says_so(self, registered_tool: ToolUnderTest, alice: Visitor) -> None:
        page = read(alice.get(MAIL))
        assert "This tool sends no mail here." in page.text
        token = token_of(alice.first)
        data = {"csrf_token": token, "choice": "none"}
        assert alice.browser.post(alice.visit + MAIL, data=data, headers=OWN).status_code == 404
        with transaction(registered_tool.database, read_only=True):
            assert db().query(Mail).count() == 0
