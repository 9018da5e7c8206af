"""People in front of an LMS: they place activities, copy courses, and do the work."""

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from lti_app.store.courses import Activity as ActivityRow
from lti_app.store.courses import Placement
from lti_app.store.session import db, transaction
from lti_app.testing.browser import HttpBrowser, Page
from lti_app.testing.journey import walk
from lti_app.testing.sandbox import Activity, Course, Sandbox
from lti_app.testing.stage import Stage

TEACHER = "tina"
#: Where in each LMS several links can be chosen at once.
SEVERAL = {"moodle": "", "canvas": "link_selection"}
ONE = {"moodle": "", "canvas": "assignment_selection"}


@dataclass
class Classroom:
    """Everybody has a browser of their own, and uses it without scripts."""

    stage: Stage
    browsers: dict[str, HttpBrowser] = field(default_factory=dict)

    @property
    def lms(self) -> Sandbox:
        """Return the LMS."""
        return self.stage.lms

    @property
    def course(self) -> Course:
        """Return the course that most things happen in."""
        return self.lms.courses[2]

    def close(self) -> None:
        """Close all browsers."""
        for browser in self.browsers.values():
            browser.close()

    def browser(self, username: str) -> HttpBrowser:
        """Return somebody's browser, signed in to the LMS."""
        if username not in self.browsers:
            self.browsers[username] = HttpBrowser()
            home = self.browsers[username].get(f"{self.stage.lms_url}/")
            self.browsers[username].submit(home, home.form(action=f"/as/{username}"))
        return self.browsers[username]

    def open_picker(
        self,
        username: str = TEACHER,
        *,
        course: Course | None = None,
        again: Activity | None = None,
        placement: str | None = None,
    ) -> Page:
        """Let the LMS ask for links: for a course, or once more for one of its links."""
        family = self.lms.profile.family
        place = SEVERAL[family] if placement is None else placement
        place = ONE[family] if again and placement is None else place
        address = f"{self.stage.lms_url}/course/{(course or self.course).id}/select/1"
        query = f"?placement={place}" + (f"&update={again.cmid}" if again else "")
        return self.browser(username).open_frame(self.browser(username).get(address + query))

    def choose(
        self, page: Page, title: str, *, button: str = "add", sides: str = "both", points: int = 20
    ) -> Page:
        """Choose a new sign-up with a title on the picker's first page, and press a button."""
        browser = self.browser(TEACHER)
        form = browser.click(
            page, next(one for one in page.links if one.url.endswith("/place/new/mentoring"))
        )
        values = {"title": title, "option-sides": sides}
        if any(one.name == "points" for one in form.form(with_field="title").fields):
            values["points"] = str(points)
        return browser.submit(form, form.form(with_field="title"), values, button=button)

    def save(self, answer: Page) -> Page:
        """Go on from the tool's last page into the LMS, without scripts, and save there."""
        browser = self.browser(TEACHER)
        selected = browser.submit(answer, answer.form(with_field="JWT"))
        following = browser.click(selected, "Continue")
        if not any("picked" in form.action for form in following.forms):
            return following
        return browser.submit(following, following.form(action="picked"))

    def place(self, title: str, *, course: Course | None = None, sides: str = "both") -> Activity:
        """Place a new sign-up in a course; returns the LMS's link."""
        page = self.open_picker(course=course, placement=ONE[self.lms.profile.family])
        self.save(self.choose(page, title, sides=sides))
        return self.lms.activity(title, (course or self.course).full_name)

    def press(self, course: Course, words: str, title: str = "") -> Page:
        """Press a button of a course's page in the LMS, of one of its links if that is named."""
        browser = self.browser(TEACHER)
        page = browser.get(f"{self.stage.lms_url}/course/{course.id}")
        label = f"{words}{title}"
        for form in page.forms:
            for one in form.buttons:
                if one.label == label:
                    return browser.submit(page, form, button=label)
        raise AssertionError(f"no button {label!r}: {page}")

    def copy(self, course: Course | None = None, how: str = "Copy this course") -> Course:
        """Copy a course, or restore it from a backup; returns the new one."""
        self.press(course or self.course, how)
        return max(self.lms.courses.values(), key=lambda one: one.id)

    def open(self, username: str, activity: Activity) -> Page:
        """Open a link in its frame."""
        browser = self.browser(username)
        path = self.lms.profile.activity_path(activity)
        return browser.open_frame(browser.get(f"{self.stage.lms_url}{path}"))

    def sign_up(self, username: str, activity: Activity) -> Page:
        """Do the work behind a link."""
        return walk(self.browser(username), self.open(username, activity), {"side": "mentee"})

    def open_gradebook(self, username: str, activity: Activity) -> Page:
        """Open the LMS's gradebook of a link's course."""
        path = f"/grade/report/grader/index.php?id={activity.course.id}"
        return self.browser(username).get(f"{self.stage.lms_url}{path}")

    def review(self, username: str, activity: Activity, about: str) -> Page:
        """Open one learner's work from the gradebook, in the frame that it has there."""
        page = self.open_gradebook(username, activity)
        address = self.review_address(activity, about)
        link = next(one for one in page.links if one.url == address)
        return self.browser(username).open_frame(self.browser(username).click(page, link))

    def review_address(self, activity: Activity, about: str) -> str:
        """Return where the LMS's gradebook leads to for one learner's work."""
        path = self.lms.profile.review_path(activity, self.lms.person(about))
        return f"{self.stage.lms_url}{path}"

    def grade(self, username: str, activity: Activity) -> float | None:
        """Return what the LMS's gradebook shows, once nothing is on its way any more."""
        self.stage.wait_until_delivered()
        return self.lms.grade(activity, username).final

    def leads_to(self, activity: Activity) -> ActivityRow:
        """Return the tool's activity behind an LMS's link, once somebody has opened it."""
        with transaction(self.stage.tool.database, read_only=True):
            query = select(ActivityRow).join(Placement, Placement.activity_id == ActivityRow.id)
            link = self.lms.claims_for(TEACHER, activity, "n")
            link_id = link["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["id"]
            return db().scalars(query.where(Placement.resource_link_id == link_id)).one()


def named_in(activity: Activity) -> UUID:
    """Return the activity that a link's custom parameters name."""
    lines = dict(line.split("=", 1) for line in activity.custom.splitlines())
    return UUID(lines["activity"])
