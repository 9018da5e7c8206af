"""The pages that people see: who you are, courses, activities in their frames."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request

from lti_app.testing.sandbox.answers import error_page, page
from lti_app.testing.sandbox.people import Course, Person, Role
from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.sessions import LmsSession
from lti_app.testing.sandbox.state import current_platform
from lti_app.testing.sandbox.tools import Activity

blueprint = Blueprint("pages", __name__)


def current_sandbox() -> Sandbox:
    sandbox = current_platform()
    assert isinstance(sandbox, Sandbox)
    return sandbox


def current_session() -> LmsSession | None:
    sandbox = current_sandbox()
    return sandbox.sessions.find(request.cookies.get(sandbox.cookie_name))


def current_person() -> Person | None:
    session = current_session()
    return session.person if session else None


@blueprint.app_context_processor
def shown_everywhere() -> dict[str, object]:
    """Each page says who you are; addresses of activities depend on the profile."""
    sandbox = current_sandbox()
    return {
        "me": current_person(),
        "profile": sandbox.profile,
        "storage_mode": sandbox.storage_mode if sandbox.profile.has_storage else None,
    }


def go(path: str) -> Response:
    answer = redirect(path)
    assert isinstance(answer, Response)
    return answer


@blueprint.get("/")
def home() -> Response:
    sandbox = current_sandbox()
    following = request.args.get("next", "/")
    return page(
        "home.html",
        people=sandbox.people.values(),
        courses=sandbox.courses.values(),
        roles=_described(sandbox),
        following=following,
    )


@blueprint.get("/switch")
def switch() -> Response:
    """Sign out and show the list again."""
    sandbox = current_sandbox()
    sandbox.sessions.close(request.cookies.get(sandbox.cookie_name))
    answer = go("/")
    answer.delete_cookie(sandbox.cookie_name)
    return answer


@blueprint.route("/as/<username>", methods=["GET", "POST"])
def become(username: str) -> Response:
    """Sign in as somebody, without a password: it is a sandbox."""
    sandbox = current_sandbox()
    person = sandbox.people.get(username)
    if person is None:
        return error_page("Nobody has this name.", 404)
    following = request.values.get("next", "/")
    local = following.startswith("/") and not following.startswith(("//", "/\\"))
    sandbox.sessions.close(request.cookies.get(sandbox.cookie_name))
    answer = go(following if local else "/")
    cross_site = sandbox.profile.cookie_goes_cross_site(request.headers.get("User-Agent", ""))
    answer.set_cookie(
        sandbox.cookie_name,
        sandbox.sessions.open(person).id,
        httponly=True,
        secure=cross_site,
        samesite="None" if cross_site else None,
    )
    return answer


def visible_course(course_id: int) -> Course | Response:
    """The course, or what somebody sees who may not enter."""
    course = current_sandbox().courses.get(course_id)
    person = current_person()
    if course is None:
        return error_page("There is no such course.", 404)
    if person is None:
        return go(f"/?next={request.path}")
    if not course.lets_in(person):
        return error_page("You cannot enrol yourself in this course.", 404)
    return course


@blueprint.get("/course/<int:course_id>")
def course_page(course_id: int) -> Response:
    course = visible_course(course_id)
    if isinstance(course, Response):
        return course
    session = current_session()
    assert session  # or the course would not be visible
    return page(
        "course.html",
        course=course,
        activities=_activities(course),
        edits=course.edits_grades(session.person),
        tools=[tool for tool in current_sandbox().tools.values() if tool.offers_picker],
        sesskey=session.sesskey,
        notices=take_notices(session),
    )


def take_notices(session: LmsSession) -> list[tuple[str, str]]:
    """What is to be told once: kind and words."""
    notices, session.notices = session.notices, []
    return notices


@blueprint.get("/course/<int:course_id>/three")
def three_frames(course_id: int) -> Response:
    """Three activities at once, each in a frame of its own."""
    course = visible_course(course_id)
    if isinstance(course, Response):
        return course
    three = _activities(course)[:3]
    return page("frames.html", title=course.full_name, course=course, activities=three)


@blueprint.get("/mod/lti/view.php")
@blueprint.get("/courses/<_course_id>/assignments/<int:cmid>")
def activity_page(_course_id: str = "", cmid: int = 0) -> Response:
    """One activity in its frame, where Moodle and where Canvas has it."""
    activity = current_sandbox().activities.get(cmid or request.args.get("id", 0, type=int))
    if activity is None:
        return error_page("There is no such activity.", 404)
    if current_person() is None:
        return go(f"/?next={request.full_path}")
    course = visible_course(activity.course.id)
    if isinstance(course, Response):
        return course
    return page("frames.html", title=activity.title, course=course, activities=[activity])


@blueprint.get("/mod/lti/grade.php")
@blueprint.get("/courses/<_course_id>/gradebook/speed_grader")
def review_page(_course_id: str = "") -> Response:
    """One person's work in a frame, where Moodle and where Canvas leads to from the gradebook.

    For staff, and for the person; who launches the frame's address by itself is not asked for that.
    """
    sandbox = current_sandbox()
    activity = sandbox.activities.get(_number("id") or _number("assignment_id"))
    user_id = _number("userid") or _number("student_id")
    about = sandbox.person_by_id(user_id)
    course = visible_course(activity.course.id) if activity else None
    if isinstance(course, Response):
        return course
    is_named = about is not None or not user_id
    review = sandbox.profile.review(sandbox, activity, about) if activity and is_named else None
    if course is None or review is None:
        return error_page("There is no work to look at.", 404)
    me = current_person()
    assert me  # or the course would not be visible
    if about not in (None, me) and not course.is_staff(me):
        return error_page("You may not see this grade.", 403)
    return page("frames.html", title=review.title, course=course, activities=[review])


def _number(name: str) -> int:
    return request.args.get(name, 0, type=int)


@blueprint.get("/mod/lti/return.php")
def back_from_tool() -> Response:
    """Where a tool sends people when they are done, with what it wants to say to them."""
    return page(
        "return.html",
        course_id=request.args.get("course", 0, type=int),
        message=request.args.get("lti_msg", ""),
        error=request.args.get("lti_errormsg", ""),
    )


def _activities(course: Course) -> list[Activity]:
    every = current_sandbox().activities.values()
    return [activity for activity in every if activity.course is course]


_ROLE_WORDS = {
    Role.STUDENT: "student",
    Role.TEACHER: "teacher",
    Role.NON_EDITING_TEACHER: "non-editing teacher",
}


def _described(sandbox: Sandbox) -> dict[int, str]:
    """What each person is, in the first course they are in."""
    words: dict[int, str] = {}
    for course in sandbox.courses.values():
        for enrolment in course.enrolments.values():
            words.setdefault(enrolment.person.id, _ROLE_WORDS[enrolment.role])
    return words
