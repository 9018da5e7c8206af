"""Who practises with whom: put together by the instructor, chosen by learners, placed anew."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from lti_app import clock
from lti_app.api import HasDueWork
from lti_app.store.courses import Enrolment, Placement
from lti_app.store.people import Person
from lti_app.store.session import db, transaction
from lti_app.testing.sandbox import Sandbox
from lti_app.testing.tool import ToolUnderTest
from plugins.coaching.activity import activity
from plugins.coaching.groups import MANY
from plugins.coaching.models import list_groups
from plugins.coaching.models.groups import PracticeMember
from tests.functional.coaching.people import ONE, Practice


def groups(practice: Practice) -> list[set[str]]:
    """Return who sits together in the first round, by first name."""
    names = {practice.id_of(name): name for name in practice.people if name != "tina"}
    with transaction(practice.tool.database, read_only=True):
        member = db().query(PracticeMember).first()
        assert member is not None
        return [
            {names[one] for one in group.people if one in names}
            for group in list_groups(member.activity_id, 1)
        ]


def test_an_instructor_puts_people_together_until_they_have_begun(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "grouping": "instructor"})
    practice.join("alice", "bob")
    practice.come("charlie", "tina")
    assert "Your instructor puts people together" in practice.text("alice")
    ids = {name: str(practice.id_of(name)) for name in ("alice", "bob", "charlie")}
    alone = practice.people["tina"].post(
        "practice/groups", form_of="practice/groups", person=[ids["alice"]]
    )
    assert alone.status_code == 422
    # Charlie has not said that he takes part; who is put somewhere does.
    for pair in (("alice", "bob"), ("alice", "charlie")):
        made = practice.post("tina", "groups", person=[ids[name] for name in pair])
        assert made.status_code == 303
        assert groups(practice) == [set(pair)]
    assert "Coach Alice Adams" in practice.text("charlie")
    practice.begin("alice")
    refused = practice.post("tina", "groups", person=[ids["alice"], ids["bob"]])
    assert refused.status_code == 409
    assert "has begun" in practice.text("tina", "groups")
    assert practice.post("tina", "groups", person=["nobody"] * 2).status_code == 400


def test_learners_choose_each_other_and_may_choose_again_before_they_begin(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "grouping": "learners"})
    practice.join("alice")
    assert "Nobody else is free just now" in practice.text("alice")
    practice.join("bob", "charlie")
    ids = {name: str(practice.id_of(name)) for name in ("alice", "bob", "charlie")}
    assert practice.post("alice", "partner", partner=ids["bob"]).status_code == 303
    assert groups(practice) == [{"alice", "bob"}]
    taken = practice.post("charlie", "partner", partner=ids["bob"])
    assert taken.headers["Location"].endswith("done=taken")
    assert practice.post("bob", "partner/leave").status_code == 303
    assert groups(practice) == []
    assert practice.post("charlie", "partner", partner=ids["bob"]).status_code == 303
    assert groups(practice) == [{"bob", "charlie"}]
    practice.begin("bob")
    assert practice.post("charlie", "partner/leave").status_code == 409


def test_the_partner_of_somebody_who_left_the_course_is_placed_anew(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms)
    practice.join("alice", "bob", "charlie")
    assert groups(practice) == [{"alice", "bob", "charlie"}]
    gone = practice.id_of("bob")
    with transaction(registered_tool.database):
        db().execute(update(Enrolment).where(Enrolment.person_id == gone).values(is_active=False))
    with transaction(registered_tool.database):
        assert isinstance(activity, HasDueWork)
        activity.due_work(clock.now() + timedelta(hours=1), 50)
    assert groups(practice) == [{"alice", "charlie"}]


def add_members(count: int) -> None:
    """Let many more learners take part in the only practice; part of one transaction."""
    activity_id, course_id = db().execute(select(Placement.activity_id, Placement.course_id)).one()
    like = db().scalars(select(Enrolment)).first()
    assert like is not None
    organisation_id = db().scalars(select(Person.organisation_id)).first()
    for number in range(count):
        person = Person(organisation_id=organisation_id, name=f"Person {number:03}")
        db().add(person)
        db().flush()
        db().add(Enrolment(course_id=course_id, person_id=person.id, role_names=like.role_names))
        db().add(
            PracticeMember(
                activity_id=activity_id, person_id=person.id, joined_at=clock.now(), granted=0
            )
        )


def test_who_comes_to_a_large_class_changes_the_groups_of_few(
    registered_tool: ToolUnderTest, lms: Sandbox
) -> None:
    practice = Practice(registered_tool, lms, {**ONE, "sessions": "3"})
    practice.come("alice", "bob", "charlie")
    with transaction(practice.tool.database):
        add_members(MANY)
    practice.join("alice")

    def stored() -> set[tuple[int, tuple[UUID, ...]]]:
        with transaction(practice.tool.database, read_only=True):
            activity_id = db().scalars(select(Placement.activity_id)).one()
            return {(one.round, one.people) for one in list_groups(activity_id)}

    before = stored()
    practice.join("bob")
    # Of each round one group, where there was somebody to spare or somebody joins a pair.
    assert len(before - stored()) <= 3
    practice.join("charlie")
    assert len(before - stored()) <= 6
    for number in (1, 2, 3):
        people = [one for round_, group in stored() if round_ == number for one in group]
        assert len(people) == len(set(people)) == MANY + 3
