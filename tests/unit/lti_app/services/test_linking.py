"""Which activity a link leads to: its own, a copied one, or none until an author has chosen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from lti_app.clock import now
from lti_app.domain.errors import Conflict, LaunchRefused, NotFound
from lti_app.domain.launch import Context, DeepLinkSettings, Launch, MessageType, ResourceLink
from lti_app.domain.permissions import Hat
from lti_app.domain.roles import Roles
from lti_app.domain.visit import Person as PersonValue
from lti_app.domain.visit import Visit
from lti_app.lti.keys import new_signing_key
from lti_app.services import choosing, linking
from lti_app.services.launches import RecordedLaunch, record_launch
from lti_app.store.courses import Activity, Course, Placement
from lti_app.store.encryption import Cipher
from lti_app.store.link_choices import LinkChoice
from lti_app.store.organisations import Organisation
from lti_app.store.progress import Progress
from lti_app.store.registrations import Deployment, Registration, SigningKey
from lti_app.store.session import Database, db, transaction
from lti_app.store.visits import Visit as VisitRow
from tests.proofs import rule

LEARNER = Roles(is_learner=True)
AUTHOR = Roles(can_author=True, can_review=True)
ADDRESS = "https://tool.example/lti/launch"
RETURN = "https://lms.example/return"


@dataclass
class Lms:
    """One installation of the tool, and what is launched through it."""

    database: Database
    registration: UUID
    organisation: UUID
    name: str = "1"

    def launch(
        self,
        link: str | None = "11",
        *,
        course: str | None = "2",
        roles: Roles = LEARNER,
        history: str = "",
        query: UUID | None = None,
        activity: UUID | str = "",
        kind: str = "",
        sides: str = "",
    ) -> RecordedLaunch:
        """Launch a link, or ask for links where there is none."""
        custom = {
            "activity": str(activity),
            "kind": kind,
            "sides": sides,
            "ctx_history": history,
        }
        given = Launch(
            message_type=MessageType.RESOURCE_LINK if link else MessageType.DEEP_LINKING,
            deployment_id=self.name,
            subject="teacher" if roles.can_author else "learner",
            roles=roles,
            target_link_uri=f"{ADDRESS}?activity={query}" if query else ADDRESS,
            resource_link=ResourceLink(link, f"Link {link}") if link else None,
            deep_linking=None if link else DeepLinkSettings(RETURN, accepts_links=True),
            context=Context(course, f"Course {course}") if course else None,
            custom={name: value for name, value in custom.items() if value},
        )
        with transaction(self.database):
            return record_launch(self.registration, given)

    def activity(self, course: str | None = "2", **values: object) -> UUID:
        """Make an activity, as an author does in the LMS's dialogue."""
        self.launch(None, course=course, roles=AUTHOR)
        with transaction(self.database):
            found = db().scalar(select(Course).where(Course.context_id == course))
            activity = Activity(
                organisation_id=self.organisation,
                course_id=found.id if found else None,
                kind="mentoring",
                title="Find a mentor",
                options={"sides": "mentor"},
                points=20,
                **values,
            )
            db().add(activity)
            db().flush()
            return activity.id

    def leads_to(self, recorded: RecordedLaunch) -> Activity:
        """Return the activity that a launch opened."""
        with transaction(self.database, read_only=True):
            placement = db().get_one(Placement, recorded.placement_id)
            return db().get_one(Activity, placement.activity_id)

    def count(self) -> int:
        """Return how many activities there are."""
        with transaction(self.database, read_only=True):
            return db().scalar(select(func.count()).select_from(Activity)) or 0

    @contextmanager
    def choosing(
        self, recorded: RecordedLaunch, *, accepts_multiple: bool = False
    ) -> Iterator[Visit]:
        """Let somebody choose in the visit of a launch, in one transaction."""
        assert recorded.person_id
        assert recorded.asked
        with transaction(self.database):
            visit = self._open(recorded)
            asked = recorded.asked
            if asked.settings and accepts_multiple:
                asked = replace(asked, settings=replace(asked.settings, accepts_multiple=True))
            choosing.ask(visit.id, asked)
            db().flush()
            yield self._as_value(visit)

    def _open(self, recorded: RecordedLaunch) -> VisitRow:
        visit = VisitRow(
            token_hash=str(uuid4()),
            cookie_hash=str(uuid4()),
            browser_hash="",
            person_id=recorded.person_id,
            registration_id=self.registration,
            deployment_id=recorded.deployment_id,
            course_id=recorded.course_id,
            role_names=AUTHOR.names(),
            hat=Hat.AUTHOR.value,
            created_at=now(),
            used_at=now(),
            expires_at=now() + timedelta(hours=1),
        )
        db().add(visit)
        db().flush()
        return visit

    def _as_value(self, row: VisitRow) -> Visit:
        return Visit(
            id=row.id,
            person=PersonValue(row.person_id, self.organisation),
            organisation_id=self.organisation,
            roles=AUTHOR,
            hat=Hat.AUTHOR,
            hats=(Hat.AUTHOR,),
            is_launched=True,
            placement=None,
            locale=None,
            return_url=None,
            used_at=row.used_at,
            frame_ancestors=(),
            course_id=row.course_id,
        )


def new_lms(
    database: Database, *, organisation: UUID | None = None, client_id: str = "client"
) -> Lms:
    """Register an LMS, in an organisation of its own unless one is given."""
    with transaction(database):
        if organisation is None:
            row = Organisation(name=client_id)
            db().add(row)
            db().flush()
            organisation = row.id
        registration = Registration(
            organisation_id=organisation,
            issuer="https://lms.example",
            client_id=client_id,
            auth_url="https://lms.example/auth",
            token_url="https://lms.example/token",
            jwks_url="https://lms.example/keys",
            auto_approve=True,
        )
        db().add(registration)
        db().flush()
        return Lms(database, registration.id, organisation)


@pytest.fixture
def lms(postgresql_database: Database) -> Lms:
    return new_lms(postgresql_database)


@pytest.fixture
def each_lms(database: Database) -> Lms:
    """Return the same on each kind of database in turn, where the kind makes a difference."""
    return new_lms(database)


# Links that name an activity of their own course


@rule("R-3.9")
def test_a_link_leads_to_the_activity_that_its_parameters_name(lms: Lms) -> None:
    activity = lms.activity()
    assert lms.leads_to(lms.launch(activity=activity)).id == activity


@rule("R-3.9")
def test_the_address_counts_where_the_parameters_were_dropped(lms: Lms) -> None:
    activity = lms.activity()
    assert lms.leads_to(lms.launch(query=activity)).id == activity


@rule("R-3.9")
def test_the_signed_parameters_count_before_the_address(lms: Lms) -> None:
    first, second = lms.activity(), lms.activity()
    assert lms.leads_to(lms.launch(activity=first, query=second)).id == first


def test_the_address_counts_where_the_parameters_name_nothing_that_exists(lms: Lms) -> None:
    activity = lms.activity()
    assert lms.leads_to(lms.launch(activity=uuid4(), query=activity)).id == activity


@rule("R-3.9")
def test_a_link_that_names_nothing_any_more_stays_where_it_was(lms: Lms) -> None:
    activity = lms.activity()
    lms.launch(activity=activity)
    assert lms.leads_to(lms.launch()).id == activity
    assert lms.leads_to(lms.launch(activity=uuid4())).id == activity
    assert lms.leads_to(lms.launch(kind="mentoring")).id == activity


def test_two_links_to_one_activity_share_its_work(lms: Lms) -> None:
    activity = lms.activity()
    first, second = lms.launch("11", activity=activity), lms.launch("12", query=activity)
    assert first.placement_id != second.placement_id
    assert lms.leads_to(second).id == activity


def test_a_link_that_was_picked_again_leads_to_the_other_activity(lms: Lms) -> None:
    first, second = lms.activity(), lms.activity()
    before = lms.launch(activity=first)
    after = lms.launch(activity=second)
    assert after.placement_id == before.placement_id
    assert lms.leads_to(after).id == second
    with transaction(lms.database, read_only=True):
        assert db().get_one(Placement, after.placement_id).repointed_at is not None


def test_a_link_that_names_a_kind_gets_an_activity_with_the_options_it_says(lms: Lms) -> None:
    made = lms.leads_to(lms.launch(kind=" Mentoring ", sides="mentee"))
    assert (made.title, made.options, made.points) == ("Link 11", {"sides": "mentee"}, 100)
    assert lms.leads_to(lms.launch(kind="mentoring", sides="both")).id == made.id


def test_a_kind_makes_nothing_where_an_activity_is_named_that_does_not_exist(lms: Lms) -> None:
    recorded = lms.launch(kind="mentoring", activity=uuid4())
    assert (recorded.placement_id, lms.count()) == (None, 0)


def test_a_name_that_is_none_is_no_name(lms: Lms) -> None:
    assert lms.launch(kind="mentoring", activity="17").placement_id is not None


def test_a_link_outside_of_courses_leads_to_what_was_made_there(lms: Lms) -> None:
    made = lms.leads_to(lms.launch(course=None, kind="mentoring"))
    other = lms.launch("12", course=None, activity=made.id)
    assert lms.leads_to(other).id == made.id


# Copied courses


@rule("R-6.5")
def test_a_copied_link_leads_to_a_copy_of_the_settings(lms: Lms) -> None:
    original = lms.activity(closes_at=now())
    copied = lms.leads_to(lms.launch("21", course="3", history="2", activity=original))
    assert copied.id != original
    assert (copied.copied_from, copied.origin_id) == (original, original)
    assert (copied.title, copied.options, copied.points) == (
        "Find a mentor",
        {"sides": "mentor"},
        20,
    )
    # The dates of the former course mean nothing here.
    assert copied.closes_at is None


@rule("R-6.6")
def test_whoever_opens_a_copied_link_first_makes_the_copy_and_only_once(lms: Lms) -> None:
    original = lms.activity()
    first = lms.leads_to(lms.launch("21", course="3", history="2", activity=original))
    again = lms.leads_to(lms.launch("21", course="3", roles=AUTHOR, activity=original))
    beside = lms.leads_to(lms.launch("22", course="3", history="2", activity=original))
    assert first.id == again.id == beside.id
    assert lms.count() == 2


@rule("R-6.6")
def test_twenty_first_launches_at_once_make_one_copy(each_lms: Lms) -> None:
    original = each_lms.activity()
    each_lms.launch("20", course="3", roles=AUTHOR)
    with ThreadPoolExecutor(8) as pool:
        launched = list(
            pool.map(
                lambda number: each_lms.launch(
                    f"2{number % 4}", course="3", history="2", activity=original
                ),
                range(20),
            )
        )
    assert len({each_lms.leads_to(one).id for one in launched}) == 1
    assert len({one.placement_id for one in launched}) == 4
    assert each_lms.count() == 2


@rule("R-6.5")
def test_the_copy_of_a_copy_has_the_settings_of_the_nearest_course(each_lms: Lms) -> None:
    original = each_lms.activity()
    nearer = each_lms.leads_to(each_lms.launch("21", course="3", history="2", activity=original))
    with transaction(each_lms.database):
        db().get_one(Activity, nearer.id).options = {"sides": "mentee"}
    copied = each_lms.leads_to(each_lms.launch("31", course="4", history="3,2", activity=original))
    assert copied.options == {"sides": "mentee"}
    assert (copied.copied_from, copied.origin_id) == (nearer.id, original)


@rule("R-6.5")
def test_without_a_history_an_author_of_the_same_installation_copies(lms: Lms) -> None:
    original = lms.activity()
    assert lms.launch("21", course="3", activity=original).placement_id is None
    copied = lms.leads_to(lms.launch("21", course="3", roles=AUTHOR, activity=original))
    assert copied.origin_id == original
    assert lms.leads_to(lms.launch("21", course="3", activity=original)).id == copied.id


@rule("R-6.4", "R-6.5")
@pytest.mark.parametrize("history", ["", "9", "truncated", "timed out"])
def test_a_learner_with_a_link_from_nowhere_known_gets_nothing(lms: Lms, history: str) -> None:
    original = lms.activity()
    recorded = lms.launch("21", course="3", history=history, activity=original)
    assert (recorded.placement_id, recorded.asked) == (None, None)
    assert lms.count() == 1


@rule("R-6.5")
def test_another_lms_of_the_organisation_is_asked_before_anything_is_copied(lms: Lms) -> None:
    other = new_lms(lms.database, organisation=lms.organisation, client_id="second")
    original = lms.activity()
    recorded = other.launch("21", course="3", roles=AUTHOR, activity=original)
    assert recorded.asked
    assert recorded.asked.offered_id == original
    with other.choosing(recorded) as visit:
        choosing.use_for_link(visit, _chosen(visit, choosing.copy_offered(visit)))
    opened = other.leads_to(other.launch("21", course="3", activity=original))
    assert (opened.origin_id, opened.options) == (original, {"sides": "mentor"})


def test_a_history_counts_within_its_lms_only(lms: Lms) -> None:
    other = new_lms(lms.database, organisation=lms.organisation, client_id="second")
    original = lms.activity()
    recorded = other.launch("21", course="3", history="2", activity=original)
    assert recorded.placement_id is None


@rule("R-6.5")
def test_another_organisations_activity_does_not_exist_here(lms: Lms) -> None:
    foreign = new_lms(lms.database, client_id="foreign").activity()
    recorded = lms.launch("21", course="3", history="2", roles=AUTHOR, activity=foreign)
    assert recorded.placement_id is None
    assert recorded.asked
    assert recorded.asked.offered_id is None
    assert lms.count() == 1


def test_what_an_author_chose_for_a_copied_link_stays(lms: Lms) -> None:
    other = new_lms(lms.database, organisation=lms.organisation, client_id="second")
    original = lms.activity()
    own = other.activity(course="3")
    recorded = other.launch("21", course="3", roles=AUTHOR, activity=original)
    with other.choosing(recorded) as visit:
        choosing.use_for_link(visit, own)
    assert other.leads_to(other.launch("21", course="3", activity=original)).id == own
    assert other.leads_to(other.launch("21", course="3", roles=AUTHOR, activity=original)).id == own


# What authors choose


def _chosen(visit: Visit, activity_id: UUID) -> UUID:
    choosing.choose(visit, activity_id)
    return activity_id


@rule("R-3.15")
def test_a_link_by_hand_asks_its_author_and_nobody_else(lms: Lms) -> None:
    assert lms.launch("21").asked is None
    recorded = lms.launch("21", roles=AUTHOR)
    activity = lms.activity()
    with lms.choosing(recorded) as visit:
        choosing.use_for_link(visit, activity)
    assert lms.leads_to(lms.launch("21")).id == activity


def test_of_two_authors_of_one_link_the_first_decides(lms: Lms) -> None:
    first, second = lms.launch("21", roles=AUTHOR), lms.launch("21", roles=AUTHOR)
    activity = lms.activity()
    with lms.choosing(first) as visit:
        choosing.use_for_link(visit, activity)
    with pytest.raises(Conflict), lms.choosing(second) as visit:
        choosing.use_for_link(visit, activity)


def test_only_activities_of_the_course_can_be_chosen(lms: Lms) -> None:
    elsewhere, recorded = lms.activity(course="9"), lms.launch(None, roles=AUTHOR)
    with lms.choosing(recorded) as visit:
        for refused in (elsewhere, uuid4()):
            for call in (choosing.choose, choosing.find_activity, choosing.use_for_link):
                with pytest.raises(NotFound):
                    call(visit, refused)
        assert choosing.activities_of(visit.course_id) == []


@rule("R-3.14")
def test_the_activities_of_a_course_are_listed_newest_first(each_lms: Lms) -> None:
    older = each_lms.activity(created_at=now() - timedelta(days=1))
    newer = each_lms.activity()
    recorded = each_lms.launch(activity=older)
    with transaction(each_lms.database, read_only=True):
        listed = choosing.activities_of(recorded.course_id)
    assert [(one.id, one.links) for one in listed] == [(newer, 0), (older, 1)]


@pytest.mark.parametrize(("several", "expected"), [(True, 2), (False, 1)])
def test_as_many_are_chosen_as_the_lms_takes(lms: Lms, several: bool, expected: int) -> None:
    first, second = lms.activity(), lms.activity()
    recorded = lms.launch(None, roles=AUTHOR)
    with lms.choosing(recorded, accepts_multiple=several) as visit:
        for one in (first, second, second):
            choosing.choose(visit, one)
        question = choosing.find_question(visit.id)
    assert question
    assert [one.id for one in question.chosen] == [first, second][-expected:]


@rule("R-3.6")
def test_an_answer_is_signed_once_and_stays_the_same(each_lms: Lms) -> None:
    cipher = _with_signing_key(each_lms.database)
    activity, recorded = each_lms.activity(), each_lms.launch(None, roles=AUTHOR)
    with each_lms.choosing(recorded) as visit:
        choosing.choose(visit, activity)
        choosing.answer(visit, cipher, ADDRESS)
        first = choosing.find_question(visit.id)
        choosing.answer(visit, cipher, ADDRESS, nothing=True)
        assert choosing.find_question(visit.id) == first
        for call in (choosing.choose, choosing.use_for_link):
            with pytest.raises(Conflict):
                call(visit, activity)
        with pytest.raises(Conflict):
            choosing.drop(visit.id, activity)
    with transaction(each_lms.database, read_only=True):
        assert db().get_one(Activity, activity).sent_at is not None


def test_a_visit_without_a_question_has_nothing_to_answer(lms: Lms) -> None:
    cipher = _with_signing_key(lms.database)
    recorded = lms.launch(None, roles=AUTHOR)
    with lms.choosing(recorded) as visit:
        db().delete(db().get_one(LinkChoice, visit.id))
        db().flush()
        with pytest.raises(NotFound):
            choosing.answer(visit, cipher, ADDRESS)
        with pytest.raises(NotFound):
            choosing.drop(visit.id, uuid4())


def _with_signing_key(database: Database) -> Cipher:
    cipher = Cipher(("a secret of at least thirty-two characters",))
    kid, private, public = new_signing_key()
    with transaction(database):
        encrypted = cipher.encrypt(private)
        db().add(SigningKey(kid=kid, private_key=encrypted, public_key=public, is_signing=True))
    return cipher


# What is left over


def test_what_was_made_and_never_linked_is_deleted_after_a_week(each_lms: Lms) -> None:
    week = linking.UNSENT_KEPT
    placed, begun, sent, fresh, orphan = (each_lms.activity() for _ in range(5))
    person = each_lms.launch(activity=placed).person_id
    with transaction(each_lms.database):
        db().add(Progress(activity_id=begun, person_id=person, state="started", updated_at=now()))
        for one in (placed, begun, sent, orphan):
            db().get_one(Activity, one).created_at = now() - week - timedelta(minutes=1)
        db().get_one(Activity, sent).sent_at = now()
    with transaction(each_lms.database):
        assert linking.purge_unlinked(now()) == 1
        assert db().get(Activity, orphan) is None
        assert db().get(Activity, fresh) is not None
    with transaction(each_lms.database):
        # A link that was sent may stand in a course that only begins next year.
        assert linking.purge_unlinked(now() + linking.UNOPENED_KEPT) == 2
        left = set(db().scalars(select(Activity.id)))
    assert left == {placed, begun}


def test_a_blocked_deployment_is_none_to_choose_for(lms: Lms) -> None:
    lms.launch(None, roles=AUTHOR)
    with transaction(lms.database):
        deployment = db().scalars(select(Deployment)).one()
        deployment.status = "blocked"
    with pytest.raises(LaunchRefused, match="deployment_blocked"):
        lms.launch(None, roles=AUTHOR)
