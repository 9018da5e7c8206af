"""An instructor places activities from the LMS's own dialogue, and learners find them set up."""

import pytest

from lti_app.testing.browser import BrowserError, Page
from lti_app.testing.stage import Stage
from tests.functional.placing.people import ONE, TEACHER, Classroom, named_in
from tests.proofs import rule

both = pytest.mark.parametrize("profile", ["moodle", "canvas"])


@both
@rule("R-3.1", "R-3.7", "R-3.9", "R-3.11", "R-3.13")
def test_two_activities_are_placed_at_once_and_open_as_they_were_set(classroom: Classroom) -> None:
    page = classroom.open_picker()
    page = classroom.choose(page, "Find a mentor", button="more", sides="mentee")
    assert "1 activity is chosen" in page.text
    page = classroom.choose(page, "Be a mentor", sides="mentor", points=5)
    assert "2 activities go to your course" in page.text
    classroom.save(page)
    for title, sides, points in (("Find a mentor", "mentee", 20), ("Be a mentor", "mentor", 5)):
        link = classroom.lms.activity(title)
        column = classroom.lms.gradebook.columns[link.column_id or 0]
        assert (column.title, column.maximum, column.tag) == (title, points, "mentoring")
        assert column.resource_id == str(named_in(link))
        assert column.resource_id in link.target_link_uri
        shown = classroom.open("alice", link)
        assert (
            f"Which skills {'do you want' if sides == 'mentee' else 'can you help'}" in shown.text
        )
        activity = classroom.leads_to(link)
        assert (activity.id, activity.options) == (named_in(link), {"sides": sides})


def test_what_was_placed_is_done_and_graded_out_of_its_points(classroom: Classroom) -> None:
    link = classroom.place("Find a mentor")
    assert "You are signed up" in classroom.sign_up("alice", link).text
    assert classroom.grade("alice", link) == 20


@both
@rule("R-9.1", "R-9.2", "R-9.3")
def test_the_gradebook_leads_from_what_was_placed_to_a_learners_work(classroom: Classroom) -> None:
    link = classroom.place("Find a mentor")
    assert link.submission_review
    classroom.sign_up("alice", link)
    assert classroom.grade("alice", link) == 20
    page = classroom.review(TEACHER, link, "alice")
    assert "/mentoring/review/" in page.url
    assert "Signed up on" in page.text
    own = classroom.review("alice", link, "alice")
    assert "You are signed up" in own.text
    offered = {one.url for one in classroom.open_gradebook("bob", link).links}
    address = classroom.review_address(link, "alice")
    assert address not in offered
    assert "You may not see this grade" in classroom.browser("bob").get(address).text


@pytest.mark.parametrize("profile", ["canvas"])
@rule("R-3.7")
def test_where_the_lms_takes_one_link_no_further_one_is_offered(
    classroom: Classroom, profile: str
) -> None:
    page = classroom.open_picker(placement=ONE[profile])
    form = classroom.browser(TEACHER).click(
        page, next(one for one in page.links if one.url.endswith("/place/new/mentoring"))
    )
    assert "Choose a further one" not in form.text
    classroom.save(
        classroom.browser(TEACHER).submit(form, form.form(with_field="title"), button="add")
    )
    assert classroom.lms.activity("Mentoring sign-up", "Leading People")


def test_settings_that_make_no_sense_are_told_and_what_was_typed_stays(
    classroom: Classroom,
) -> None:
    page = classroom.choose(classroom.open_picker(), " ", points=0)
    assert page.status == 422
    assert "Please give the activity a title." in page.text
    assert "Please give a number from 1 to 10000." in page.text
    form = page.form(with_field="title")
    assert dict(form.pairs({}))["points"] == "0"
    page = classroom.browser(TEACHER).submit(
        page, form, {"title": "x" * 256, "points": "7"}, button="add"
    )
    assert page.status == 422
    assert "At most 255 characters" in page.text


def test_an_author_sees_what_learners_will_see_and_nothing_is_stored(
    classroom: Classroom, stage: Stage
) -> None:
    browser = classroom.browser(TEACHER)
    page = classroom.choose(
        classroom.open_picker(), "Be a mentor", button="preview", sides="mentor"
    )
    assert "This is what learners see first." in page.text
    assert "Which skills can you help others with?" in page.text
    own = page.form(with_field="skills")
    assert all(one.is_disabled for one in own.fields if one.kind not in {"hidden", "submit"})
    page = browser.submit(page, page.form(with_field="title"), button="edit")
    form = page.form(with_field="title")
    assert dict(form.pairs({}))["title"] == "Be a mentor"
    assert dict(form.pairs({}))["option-sides"] == "mentor"
    page = browser.submit(page, form, button="preview")
    classroom.save(browser.submit(page, page.form(with_field="title"), button="add"))
    assert classroom.lms.activity("Be a mentor")


def test_what_was_chosen_can_be_left_out_again(classroom: Classroom) -> None:
    browser = classroom.browser(TEACHER)
    page = classroom.choose(classroom.open_picker(), "Find a mentor", button="more")
    page = classroom.choose(page, "Be a mentor", button="more")
    page = browser.submit(page, page.form(action="/drop"))
    assert "1 activity is chosen" in page.text
    classroom.save(browser.submit(page, page.form(action="/send")))
    assert classroom.lms.activity("Be a mentor")
    with pytest.raises(LookupError):
        classroom.lms.activity("Find a mentor")


@both
@rule("R-3.7")
def test_who_adds_nothing_is_back_in_the_course(classroom: Classroom) -> None:
    before = len(classroom.lms.activities)
    browser = classroom.browser(TEACHER)
    page = classroom.choose(classroom.open_picker(), "Find a mentor", button="more")
    page = browser.submit(page, page.form(action="/leave"))
    assert "Nothing is added." in page.text
    classroom.save(page)
    assert len(classroom.lms.activities) == before


@both
@rule("R-3.14")
def test_picking_again_begins_with_the_courses_activities_newest_first(
    classroom: Classroom,
) -> None:
    titles = ["First", "Second", "Third", "Fourth"]
    links = [classroom.place(title) for title in titles]
    page = classroom.open_picker(again=links[0])
    listed = [title for title in titles if title in page.text]
    assert "Show 1 older one" in page.text
    if classroom.lms.profile.family == "moodle":
        # Moodle tells the title that stands in its form.
        assert "same title as in the LMS's form" in page.text
        assert listed == ["First", "Third", "Fourth"]
    else:
        assert listed == ["Second", "Third", "Fourth"]
    page = classroom.browser(TEACHER).click(page, "Show 1 older one")
    assert all(title in page.text for title in titles)


@rule("R-3.9", "R-3.14")
def test_an_activity_is_changed_for_all_its_links(classroom: Classroom) -> None:
    link = classroom.place("Find a mentor")
    classroom.sign_up("alice", link)
    browser = classroom.browser(TEACHER)
    page = classroom.open_picker(again=link)
    page = browser.click(page, next(one for one in page.links if "/place/activity/" in one.url))
    assert "1 learner has begun this activity." in page.text
    form = page.form(with_field="title")
    values = {"title": "Find a mentor soon", "option-sides": "mentee"}
    classroom.save(browser.submit(page, form, values, button="add"))
    assert link.title == "Find a mentor soon"
    assert classroom.leads_to(link).options == {"sides": "mentee"}
    assert "You are signed up" in classroom.open("alice", link).text


@rule("R-3.9")
def test_a_second_link_to_an_activity_fills_a_column_of_its_own_from_the_same_work(
    classroom: Classroom,
) -> None:
    first = classroom.place("Find a mentor")
    classroom.sign_up("alice", first)
    classroom.press(classroom.course, "Duplicate", "Find a mentor")
    second = classroom.lms.activity("Find a mentor (copy)")
    assert "You are signed up" in classroom.open("alice", second).text
    assert classroom.grade("alice", second) == 20
    assert classroom.grade("alice", first) == 20


@both
@rule("R-3.9")
def test_a_link_that_is_picked_again_lowers_nobodys_grade(classroom: Classroom) -> None:
    link, other = classroom.place("Find a mentor"), classroom.place("Be a mentor")
    column = link.column_id
    for learner in ("alice", "bob"):
        classroom.sign_up(learner, link)
    classroom.sign_up("bob", other)
    assert classroom.grade("alice", link) == classroom.grade("bob", other) == 20
    page = classroom.open_picker(again=link)
    button = next(
        form for form in page.forms if f"/place/activity/{named_in(other)}/again" in form.action
    )
    classroom.save(classroom.browser(TEACHER).submit(page, button))
    assert link.column_id == column
    # The learner's launch is the first one after the change.
    assert "Sign up for mentoring" in classroom.open("alice", link).text
    board = classroom.open(TEACHER, link)
    assert "This link opens another activity than before" in board.text
    grades = classroom.browser(TEACHER).click(
        board, next(one for one in board.links if "/grades/" in one.url)
    )
    assert "1 cell keeps the grade of another activity." in grades.text
    assert "The gradebook keeps 100 of 100" in grades.text
    assert classroom.grade("alice", link) == classroom.grade("bob", link) == 20
    classroom.sign_up("alice", link)
    assert classroom.grade("alice", link) == classroom.grade("alice", other) == 20
    grades = classroom.browser(TEACHER).reload(grades)
    assert "keeps the grade of another activity" not in grades.text
    # Once for each column: an equal grade that is there already is not sent again.
    assert classroom.stage.posts_of("alice") == 2


@rule("R-3.15")
def test_a_link_by_hand_waits_for_its_author_and_then_opens_for_everybody(
    classroom: Classroom,
) -> None:
    link = classroom.lms.add_activity(classroom.course, classroom.lms.tools[1], "By hand")
    assert "not set up yet" in classroom.open("alice", link).text
    page = classroom.open(TEACHER, link)
    assert "Choose what this link opens" in page.text
    form = classroom.browser(TEACHER).click(
        page, next(one for one in page.links if "/place/new/mentoring" in one.url)
    )
    asked = form.form(with_field="title")
    assert dict(asked.pairs({}))["title"] == "By hand"
    assert "points" not in asked.names()
    board = classroom.browser(TEACHER).submit(form, asked, {"option-sides": "mentee"})
    assert "Who has signed up" in board.text
    assert "You are signed up" in classroom.sign_up("alice", link).text
    assert classroom.grade("alice", link) == 100


@rule("R-3.15")
def test_a_link_by_hand_can_lead_to_an_activity_that_exists(classroom: Classroom) -> None:
    placed = classroom.place("Find a mentor")
    link = classroom.lms.add_activity(classroom.course, classroom.lms.tools[1], "By hand")
    page = classroom.open(TEACHER, link)
    board = classroom.browser(TEACHER).submit(page, page.form(action="/again"))
    assert "Who has signed up" in board.text
    classroom.sign_up("alice", link)
    assert classroom.grade("alice", placed) is None
    classroom.open("alice", placed)
    assert classroom.grade("alice", placed) == 20
    assert classroom.grade("alice", link) == 100


@pytest.mark.parametrize(
    ("profile", "how"),
    [
        ("moodle", "Copy this course"),
        ("moodle", "Back up and restore"),
        ("canvas", "Copy this course"),
    ],
)
@rule("R-6.5", "R-6.7")
def test_a_copied_course_has_its_own_people_work_and_grades(classroom: Classroom, how: str) -> None:
    original = classroom.place("Be a mentor", sides="mentor")
    classroom.sign_up("alice", original)
    assert classroom.grade("alice", original) == 20
    course = classroom.copy(how=how)
    copied = classroom.lms.activity("Be a mentor", course.full_name)
    assert named_in(copied) == named_in(original)
    # A learner comes first; what the LMS tells of the course is enough.
    page = classroom.open("alice", copied)
    assert "Which skills can you help others with?" in page.text
    activity = classroom.leads_to(copied)
    assert activity.copied_from == named_in(original)
    assert activity.options == {"sides": "mentor"}
    classroom.sign_up("bob", copied)
    assert classroom.grade("bob", copied) == 20
    assert classroom.grade("bob", original) is None
    assert classroom.grade("alice", copied) is None
    assert _signed_up(classroom.open(TEACHER, original)) == {"Alice Adams"}
    assert _signed_up(classroom.open(TEACHER, copied)) == {"Bob Brown"}


def _signed_up(board: Page) -> set[str]:
    """Return who has signed up, as the instructor's page tells."""
    return {row[0] for row in board.tables[0].rows[1:] if row[1][-4:] == "UTC)"}


@rule("R-6.5")
def test_a_copied_link_that_was_never_opened_in_the_original_keeps_its_settings(
    classroom: Classroom,
) -> None:
    original = classroom.place("Be a mentor", sides="mentor")
    copied = classroom.lms.activity("Be a mentor", classroom.copy().full_name)
    classroom.open("bob", copied)
    assert classroom.leads_to(copied).copied_from == named_in(original)


@both
@rule("R-6.7")
def test_a_copys_column_is_found_by_the_name_that_the_lms_kept(classroom: Classroom) -> None:
    """The launch names no column: the tool looks for it, and finds the copy's own."""
    classroom.place("Find a mentor")
    course = classroom.copy()
    copied = classroom.lms.activity("Find a mentor", course.full_name)
    assert copied.column_id
    column = classroom.lms.gradebook.columns[copied.column_id]
    copied.column_id, column.link_id = None, None
    classroom.sign_up("alice", copied)
    classroom.stage.wait_until_delivered()
    alice = classroom.lms.person("alice")
    assert classroom.lms.gradebook.cell(column.id, alice.id).final == 20


def test_a_learner_is_never_asked_to_choose(classroom: Classroom) -> None:
    link = classroom.lms.add_activity(classroom.course, classroom.lms.tools[1], "By hand")
    page = classroom.open("alice", link)
    assert not [one for one in page.forms if "/place/" in one.action]
    with pytest.raises(BrowserError):
        page.link("Mentoring sign-up")
