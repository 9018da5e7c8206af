"""The first page of administration, its jobs and its grades: what is said, and in which words."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from lti_app.clock import real_now
from lti_app.domain.mail import read_server
from lti_app.services.jobs import Job as JobRule
from lti_app.services.jobs import run_due
from lti_app.store.jobs import Job
from lti_app.store.lms_health import LmsHealth
from lti_app.store.progress import Delivery
from lti_app.store.registrations import Registration
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest, open_tool
from lti_app.worker import jobs as worker
from tests.functional.mentoring.visitors import Visitor, read, visit

FAILS = "Grades are held back because the LMS fails."


def shown(ada: Visitor, path: str = "") -> str:
    """Return a page as text."""
    page = ada.get(f"admin/{path}")
    assert page.status_code == 200
    return page.get_data(as_text=True)


def let_a_worker_run(tool: ToolUnderTest) -> None:
    """Do all jobs once, as a worker does."""
    assert worker.run_due_jobs(tool.runtime) == len(worker.JOBS)


def add(tool: ToolUnderTest, *rows: object) -> None:
    """Store rows."""
    with transaction(tool.database):
        db().add_all(rows)


def registration_id(tool: ToolUnderTest) -> object:
    """Return the only LMS."""
    with transaction(tool.database, read_only=True):
        return db().scalars(select(Registration.id)).one()


def test_an_empty_installation_says_how_to_begin(ada: Visitor) -> None:
    page = shown(ada)
    assert "No LMS is registered yet." in page
    assert "No worker has run yet." in page
    assert "No LMS is registered yet, so there is nothing to send." in shown(ada, "grades")
    assert "<code>throughline worker</code>" in shown(ada, "jobs")


def test_it_says_when_nothing_needs_attention(registered_tool: ToolUnderTest) -> None:
    let_a_worker_run(registered_tool)
    server = read_server("smtp://localhost:25")
    with_mail = replace(
        registered_tool.runtime.settings, mail_server=server, mail_from="tool@example.org"
    )
    tool = open_tool(with_mail)
    browser = tool.browser()
    page = shown(Visitor(browser, tool.administer(browser)))
    tool.database.dispose()
    assert "Nothing needs attention." in page
    assert "Needs attention" not in page


def test_a_tool_that_sends_no_mail_says_so(registered_tool: ToolUnderTest, ada: Visitor) -> None:
    assert "the settings name no mail server" in shown(ada)


def test_every_concern_leads_to_a_page_that_opens(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    late = real_now() - timedelta(days=2)
    with transaction(registered_tool.database):
        db().execute(update(Delivery).values(valued_at=late))
    add(
        registered_tool,
        Job(name="repair_completions", due_at=late, outcome="failed", fault="KeyError", changed=0),
        LmsHealth(registration_id=registration_id(registered_tool), failures=9, pauses=2),
    )
    document = read(ada.get("admin/"))
    more = [link for link in document.links if link.text.startswith("More")]
    assert len(more) == 5
    for link in more:
        assert ada.browser.get(link.url).status_code == 200


def test_a_deployment_that_waits_is_shown(tool: ToolUnderTest, lms: Sandbox, ada: Visitor) -> None:
    tool.register(lms, status="pending")
    assert "1 deployment waits for approval." in shown(ada)


@pytest.mark.parametrize(
    ("reason", "until", "says"),
    [
        ("lms_error", timedelta(minutes=5), "The LMS reported an error of its own."),
        ("token_refused", None, "has to look at the tool&#39;s registration"),
        ("a code of tomorrow", None, "Its last answers were errors."),
        (None, timedelta(minutes=5), "Its last answers were errors."),
    ],
)
def test_an_lms_that_fails_is_told_with_the_reason_in_words(
    registered_tool: ToolUnderTest,
    ada: Visitor,
    reason: str | None,
    until: timedelta | None,
    says: str,
) -> None:
    paused_until: datetime | None = real_now() + until if until else None
    add(
        registered_tool,
        LmsHealth(
            registration_id=registration_id(registered_tool),
            failures=5,
            pauses=2,
            paused_until=paused_until,
            reason=reason,
        ),
    )
    page = shown(ada)
    assert FAILS in page
    assert says in page
    grades = shown(ada, "grades")
    assert says in grades
    assert ("Left alone until" in grades) is (until is not None)


def test_refused_launches_are_counted_with_a_way_to_the_reasons(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    assert "Why?" not in shown(ada)
    registered_tool.answer(
        registered_tool.browser(), lms, "alice", lms.activities[101], lambda c: c.pop("sub")
    )
    assert "Why?" in shown(ada)


def test_grades_are_counted_without_names(
    registered_tool: ToolUnderTest, lms: Sandbox, ada: Visitor
) -> None:
    visit(registered_tool, lms, "alice").sign_up()
    page = shown(ada, "grades")
    assert "To be sent now" in page
    assert "It has never taken a grade." in page
    with transaction(registered_tool.database):
        db().execute(update(Delivery).values(state="configuration", answer_reason="scope_missing"))
    assert "has to switch on grade sync for it." in shown(ada, "grades")
    assert "1 grade is refused because of how the tool is set up there." in shown(ada)


def test_jobs_are_listed_with_what_came_of_them(tool: ToolUnderTest, ada: Visitor) -> None:
    let_a_worker_run(tool)
    page = shown(ada, "jobs")
    assert page.count("Done, ") == len(worker.JOBS)
    with transaction(tool.database):
        one = update(Job).where(Job.name == "purge_history")
        db().execute(one.values(outcome="failed", fault="OperationalError"))
    page = shown(ada, "jobs")
    assert "It failed:" in page
    assert "<code>OperationalError</code>" in page
    assert "This work failed on" in shown(ada)


def test_a_job_that_fails_keeps_the_name_of_its_fault_and_loses_it_when_it_is_done(
    tool: ToolUnderTest,
) -> None:
    broken = JobRule("purge_history", lambda now: now, lambda _run: 1 // 0)
    fixed = JobRule("purge_history", lambda now: now, lambda _run: 1)
    for job, expected in ((broken, ("failed", "ZeroDivisionError")), (fixed, ("done", None))):
        with transaction(tool.database):
            db().execute(update(Job).values(due_at=real_now()))
        run_due(tool.runtime, [job])
        with transaction(tool.database, read_only=True):
            row = db().scalars(select(Job)).one()
        assert (row.outcome, row.fault) == expected
