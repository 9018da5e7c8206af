"""People's places in a programme: what moves them, what is refused, what is noted of it."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_app.domain.errors import AppError, Conflict, MalformedRequest, NotFound
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState, Side
from lti_app.services import participants
from lti_app.store.audit import AuditEntry
from lti_app.store.session import Database, db, transaction
from tests.programmes import World, open_programme

S = ParticipantState


@pytest.fixture
def world(database: Database) -> World:
    return open_programme(database)


@pytest.fixture
def dana(world: World) -> UUID:
    """Return somebody of the programme team."""
    return world.outbox.learner("Dana", roles=())


def act(world: World, what: str, person_id: UUID, by: UUID, *arguments: object) -> None:
    """Do something to somebody's place."""
    with transaction(world.database):
        getattr(participants, f"{what}_participation")(
            world.programme_id, person_id, *arguments, by=by
        )


def noted(world: World) -> list[tuple[str, UUID | None, UUID | None]]:
    """Return what was noted: what, by whom, about whom."""
    with transaction(world.database, read_only=True):
        rows = db().scalars(
            select(AuditEntry)
            .where(AuditEntry.programme_id == world.programme_id)
            .order_by(AuditEntry.created_at)
        )
        return [(row.action, row.actor_id, row.person_id) for row in rows]


def refusal(world: World, what: str, person_id: UUID, *arguments: object) -> AppError:
    """Do something that is refused."""
    with pytest.raises(AppError) as caught:
        act(world, what, person_id, person_id, *arguments)
    return caught.value


def test_a_sign_up_waits_for_the_programme_team_and_then_can_be_paired(
    world: World, dana: UUID
) -> None:
    alice = world.sign_up("Alice")
    assert world.place(alice).state is S.SUBMITTED
    assert world.place(alice).consent_version == 1
    act(world, "approve", alice, dana)
    assert world.place(alice).state is S.APPROVED
    assert world.row(alice).approved_at is not None
    assert noted(world) == [
        ("participant.submit", alice, alice),
        ("participant.approve", dana, alice),
    ]


def test_where_the_programme_says_so_mentees_and_they_alone_are_approved_at_once(
    world: World,
) -> None:
    world.change(rules={"auto_approve_mentees": True})
    assert world.place(world.sign_up("Alice")).state is S.APPROVED
    assert world.place(world.sign_up("Mona", Side.MENTOR, 2)).state is S.SUBMITTED


def test_a_mentor_has_seats_and_a_mentee_has_none(world: World) -> None:
    assert world.place(world.sign_up("Mona", Side.MENTOR, 3)).seats == 3
    assert world.place(world.sign_up("Max", Side.MENTOR, 0)).seats == 0
    for side, seats in ((Side.MENTOR, -1), (Side.MENTOR, 6), (Side.MENTEE, 1)):
        with pytest.raises(MalformedRequest):
            world.sign_up("Somebody", side, seats)


def test_a_sign_up_that_was_returned_is_changed_and_submitted_again(
    world: World, dana: UUID
) -> None:
    alice = world.sign_up("Alice")
    act(world, "return", alice, dana, "Please name a goal.")
    place = world.place(alice)
    assert (place.state, place.returned_note) == (S.DRAFT, "Please name a goal.")
    assert place.is_editable
    world.submit(alice)
    assert (world.place(alice).state, world.place(alice).returned_note) == (S.SUBMITTED, "")


@pytest.mark.parametrize("note", ["", "x" * 401])
def test_nothing_is_returned_without_a_note_that_fits(world: World, note: str) -> None:
    alice = world.sign_up("Alice")
    assert isinstance(refusal(world, "return", alice, note), MalformedRequest)
    assert world.place(alice).state is S.SUBMITTED


@pytest.mark.parametrize(
    ("state", "rounds"), [(S.APPROVED, 0), (S.WAITING, 1)], ids=["approved", "waiting"]
)
def test_after_a_pause_somebody_is_where_they_were(
    world: World, state: ParticipantState, rounds: int
) -> None:
    alice = world.sign_up("Alice")
    world.put(alice, state, waited_rounds=rounds)
    act(world, "pause", alice, alice)
    assert world.place(alice).state is S.PAUSED
    act(world, "resume", alice, alice)
    assert world.place(alice).state is state


def test_who_has_left_can_sign_up_again(world: World) -> None:
    alice = world.sign_up("Alice")
    act(world, "withdraw", alice, alice)
    assert world.place(alice).state is S.WITHDRAWN
    world.submit(alice)
    assert world.place(alice).state is S.SUBMITTED


@pytest.mark.parametrize("state", [S.OFFERED, S.MATCHED])
def test_who_is_being_paired_can_neither_change_the_answers_nor_leave_by_this_door(
    world: World, state: ParticipantState
) -> None:
    alice = world.sign_up("Alice")
    world.put(alice, state)
    with pytest.raises(Conflict) as caught:
        world.submit(alice)
    assert caught.value.code == "sign_up_settled"
    for what in ("withdraw", "pause", "resume", "approve"):
        assert isinstance(refusal(world, what, alice), Conflict)
    assert isinstance(refusal(world, "return", alice, "Why not?"), Conflict)
    assert world.place(alice).state is state


@pytest.mark.parametrize(
    "state", [ProgrammeState.DRAFT, ProgrammeState.CLOSING, ProgrammeState.ARCHIVED]
)
def test_a_programme_that_is_not_open_takes_no_sign_up(world: World, state: ProgrammeState) -> None:
    world.change(state=state.value)
    with pytest.raises(Conflict) as caught:
        world.sign_up("Alice")
    assert caught.value.code == "sign_up_closed"


def test_the_sign_up_that_was_submitted_first_is_the_one_that_counts(world: World) -> None:
    alice = world.sign_up("Alice")
    second, person = world.another_sign_up(), world.person(alice)
    with transaction(world.database):
        place = participants.submit_participation(
            second, person, Side.MENTOR, seats=2, consent_version=3
        )
    assert place is not None
    assert (place.side, place.seats, place.consent_version) == (Side.MENTEE, 0, 3)
    assert world.row(alice).activity_id == world.placement.activity_id


def test_after_leaving_the_next_sign_up_counts_wherever_it_is(world: World) -> None:
    alice = world.sign_up("Alice")
    act(world, "withdraw", alice, alice)
    second, person = world.another_sign_up(), world.person(alice)
    with transaction(world.database):
        participants.submit_participation(second, person, Side.MENTOR, seats=2)
    assert world.place(alice).side is Side.MENTOR
    assert world.row(alice).activity_id == second.activity_id


def test_a_preview_takes_part_in_nothing(world: World) -> None:
    preview = world.outbox.learner("Preview", is_preview=True)
    assert world.submit(preview) is None


def test_an_activity_of_no_programme_tells_none(world: World) -> None:
    alice = world.outbox.learner("Alice")
    world.outbox.change(world.outbox.activity, programme_id=None)
    assert world.submit(alice) is None


def test_a_consent_counts_for_the_text_that_was_read(world: World) -> None:
    alice = world.sign_up("Alice")
    world.change(consent_version=2)

    def confirm(version: int) -> None:
        with transaction(world.database):
            participants.confirm_consent(world.programme_id, alice, version)

    with pytest.raises(Conflict):
        confirm(1)
    confirm(2)
    assert world.place(alice).consent_version == 2


def test_a_stranger_has_no_place_to_move(world: World) -> None:
    stranger = world.outbox.learner("Charlie")
    assert isinstance(refusal(world, "approve", stranger), NotFound)
    assert isinstance(refusal(world, "approve", uuid4()), NotFound)
