"""A pair of the demo: brought together by a programme team, it writes its charter over HTTP."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select

from lti_app.clock import now
from lti_app.domain.pairing_rules import Override, OverrideCode
from lti_app.domain.pairs import Answer
from lti_app.domain.programmes import (
    Plan,
    ProgrammeRules,
    PurposeType,
    RelationshipKind,
    Step,
    SuccessMeasure,
)
from lti_app.services import pairs, participants, staff
from lti_app.services.programme_courses import link_course
from lti_app.services.programmes import create_programme, take_step
from lti_app.store.courses import Course
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.browser import Form, HttpBrowser, Page
from lti_app.testing.stage import Stage

PROGRAMME: Final = "Lead and stay"
WHY: Final = "I would like to lead my first project well."
GOAL: Final = "Write a strategic plan for my team"
_GOAL_FIELDS: Final = {
    "title": GOAL,
    "measure": "deliverable",
    "artefact": "The strategic plan of my team, in writing",
    "evidence": "The plan as my manager has read it",
}
#: What is chosen in a section; what is not named stays open.
_CHOICES: Final = {
    "why": WHY,
    "success": WHY,
    "every_weeks": "2",
    "minutes": "60",
    "channel": "video",
    "books": "mentee",
}
_MOST_PAGES: Final = 20


def pair_up(stage: Stage, course: str, mentee: str, mentor: str) -> None:
    """Let the course join a programme, and two who signed up there be a pair, as its team does.

    Args:
        stage: with people who have signed up.
        course: its full name.
        mentee, mentor: usernames; each accepts the offer.
    """
    today = now().date()
    with transaction(stage.tool.database):
        mentee_id, mentor_id = _person_id(stage, mentee), _person_id(stage, mentor)
        person = db().get_one(Person, mentee_id)
        by = mentor_id
        plan = Plan(
            title=PROGRAMME,
            relationship_kind=RelationshipKind.MENTORING,
            time_zone="Europe/Berlin",
            purpose_type=PurposeType.RETAIN,
            purpose="Keep the people whom we would miss the most.",
            measures=(
                SuccessMeasure("Mentees still with us", "9 in 10", today + timedelta(days=300)),
            ),
            starts_on=today,
            ends_on=today + timedelta(days=270),
            consent_text="The programme team reads what I answer.",
            rules=ProgrammeRules(seniority_gap=0, minimum_overlap_minutes=30),
        )
        programme_id = create_programme(person.organisation_id, plan, by=by)
        take_step(programme_id, Step.OPEN, by=by)
        known = db().scalars(select(Course.id).where(Course.title == course)).one()
        link_course(programme_id, known, by=by)
        for person_id in (mentee_id, mentor_id):
            participants.confirm_consent(programme_id, person_id, 1)
            participants.approve_participation(programme_id, person_id, by=by)
        pairs.set_seats(programme_id, mentor_id, 1, by=by)
        pair_id = pairs.propose(
            programme_id, mentee_id, mentor_id, by=by, override=Override(OverrideCode.KNOWS_BOTH)
        )
        for person_id in (mentee_id, mentor_id):
            pairs.answer(pair_id, person_id, Answer.ACCEPTED)


def _person_id(stage: Stage, username: str) -> UUID:
    given = stage.lms.registration()
    subject = stage.lms.subject(username)
    return staff.find_person(given.issuer, given.client_id, subject=subject).id


def answer_apart(browser: HttpBrowser, home: Page) -> Page:
    """Answer every section of a charter, from the activity's page, and mark it as ready."""
    page = browser.click(home, "Answer for your charter")
    page = browser.click(page, next(one for one in page.links if one.url.endswith("/why")))
    for _ in range(_MOST_PAGES):
        if page.title.startswith("Goals"):
            page = _add_goal(browser, page)
            continue
        form = next((one for one in page.forms if _has_button(one, "Save and go on")), None)
        if form is None:
            break
        known = {name: value for name, value in _CHOICES.items() if name in form.names()}
        page = browser.submit(page, form, known)
    return browser.submit(page, page.form(action="/ready"))


def _add_goal(browser: HttpBrowser, page: Page) -> Page:
    asked = browser.click(page, "Add a goal")
    due_on = str(now().date() + timedelta(days=120))
    form = asked.form(with_field="artefact")
    saved = browser.submit(asked, form, {**_GOAL_FIELDS, "due_on": due_on})
    return browser.click(saved, "Go on")


def propose(browser: HttpBrowser, home: Page) -> Page:
    """Write the common text where it is not written alike already, and propose it."""
    page = browser.click(home, "Write your charter together")
    goals = browser.click(page, next(one for one in page.links if one.url.endswith("/text/goals")))
    begun = browser.click(goals, GOAL)
    saved = browser.submit(begun, begun.form(with_field="artefact"))
    page = browser.click(saved, "Go on")
    form = next(one for one in page.forms if _has_button(one, "Propose this text"))
    return browser.submit(page, form, button="propose")


def agree(browser: HttpBrowser, home: Page) -> Page:
    """Agree to the other's proposal."""
    page = browser.click(home, "Read the proposal")
    form = next(one for one in page.forms if _has_button(one, "Agree to this text"))
    return browser.submit(page, form, button="accept")


def sign(browser: HttpBrowser, home: Page) -> Page:
    """Read the text as a whole, and sign it."""
    page = browser.click(home, "Sign your charter")
    form = page.form(action="/sign")
    ticks = {one.name: True for one in form.fields if one.kind == "checkbox"}
    return browser.submit(page, form, ticks)


def _has_button(form: Form, words: str) -> bool:
    return any(one.label == words for one in form.buttons)
