"""What people themselves can do from every state, over HTTP; everything else is refused.

What the programme team can do stands in `tests/functional/desk/test_people.py`, what moves a pair
in `test_own.py` and `test_desk.py` beside this file.
"""

from collections.abc import Mapping
from itertools import product
from typing import Final

from sqlalchemy import select

from lti_app.domain.pairs import Answer
from lti_app.domain.participants import ParticipantState
from lti_app.domain.programmes import ProgrammeState
from lti_app.store.pairs import Pair, PairOffer
from lti_app.store.participants import Participant
from lti_app.store.programmes import Programme
from lti_app.store.session import db, transaction
from tests.functional.desk.test_courses import link
from tests.functional.pairs.people import Team, answer

S = ParticipantState
#: What somebody does with their own place → from which state → to which.
OWN_PLACE: Final[Mapping[tuple[str, ParticipantState], ParticipantState]] = {
    ("pause", S.APPROVED): S.PAUSED,
    ("pause", S.WAITING): S.PAUSED,
    ("resume", S.PAUSED): S.APPROVED,
    ("withdraw", S.DRAFT): S.WITHDRAWN,
    ("withdraw", S.SUBMITTED): S.WITHDRAWN,
    ("withdraw", S.APPROVED): S.WITHDRAWN,
    ("withdraw", S.WAITING): S.WITHDRAWN,
    ("withdraw", S.PAUSED): S.WITHDRAWN,
}
#: State → state after the sign-up is sent again. Who is being paired cannot send it.
SENDING: Final[Mapping[ParticipantState, ParticipantState]] = {
    S.DRAFT: S.SUBMITTED,
    S.SUBMITTED: S.SUBMITTED,
    S.APPROVED: S.APPROVED,
    S.WAITING: S.WAITING,
    S.PAUSED: S.PAUSED,
    S.WITHDRAWN: S.SUBMITTED,
    S.DONE: S.SUBMITTED,
}
#: Answer before → answer that can be given after it, while the other has not answered.
ANSWERS: Final = {
    ("none", "accepted"),
    ("none", "meet_first"),
    ("none", "declined"),
    ("meet_first", "accepted"),
    ("meet_first", "declined"),
    ("accepted", "declined"),
}
#: Ways of a programme beside the one through all states, which `test_programmes.py` goes.
SHORT_WAYS: Final[Mapping[tuple[ProgrammeState, str], ProgrammeState]] = {
    (ProgrammeState.DRAFT, "archive"): ProgrammeState.ARCHIVED,
    (ProgrammeState.OPEN, "close"): ProgrammeState.CLOSING,
    (ProgrammeState.MATCHING, "close"): ProgrammeState.CLOSING,
}


def put(team: Team, state: ParticipantState) -> None:
    """Put Alice into a state, whatever led there, with the text agreed to."""
    team.put("alice", state=state.value, consent_version=1)


def state_of(team: Team) -> str:
    """Return how far Alice is."""
    person_id = team.id_of("alice")
    with transaction(team.tool.database, read_only=True):
        query = select(Participant.state).where(Participant.person_id == person_id)
        return db().scalars(query).one()


def test_somebody_moves_their_own_place_from_some_states_and_not_from_the_others(
    team: Team,
) -> None:
    link(team.desk, team.programme_id)
    alice = team.visit("alice")
    for act, before in product(("pause", "resume", "withdraw"), ParticipantState):
        put(team, before)
        status = alice.post("mentoring/place", act=act).status_code
        after = OWN_PLACE.get((act, before))
        assert (status, state_of(team)) == ((303, after) if after else (409, before)), (act, before)


def test_a_sign_up_is_sent_again_from_every_state_but_while_somebody_is_paired(team: Team) -> None:
    link(team.desk, team.programme_id)
    team.put("alice", state="withdrawn")
    alice = team.visit("alice")
    assert alice.sign_up().status_code == 303
    for before in ParticipantState:
        put(team, before)
        sent = alice.post("mentoring/check", consent="y", **alice.shown_terms())
        after = SENDING.get(before)
        expected = (303, after) if after else (409, before)
        assert (sent.status_code, state_of(team)) == expected, before


def test_one_answer_follows_another_or_is_refused(team: Team) -> None:
    alice, person_id = team.visit("alice"), team.id_of("alice")
    pair_id = team.offer()
    open_answers = set(Answer) - {Answer.DECLINED}
    for before, given in product(open_answers, set(Answer) - {Answer.NONE}):
        with transaction(team.tool.database):
            pair = db().get_one(Pair, pair_id)
            pair.state = "offered"
            query = select(PairOffer).where(PairOffer.person_id == person_id)
            db().scalars(query).one().answer = before.value
            for place in db().scalars(select(Participant)):
                place.state = "offered"
        can = (before.value, given.value) in ANSWERS
        assert answer(alice, pair_id, given).status_code == (303 if can else 409), (before, given)


def test_a_programme_takes_the_short_ways_out(team: Team) -> None:
    for (before, step), after in SHORT_WAYS.items():
        programme_id = team.desk.create()
        with transaction(team.tool.database):
            db().get_one(Programme, programme_id).state = before.value
        assert team.desk.step(programme_id, step).status_code == 303, (before, step)
        with transaction(team.tool.database, read_only=True):
            assert db().get_one(Programme, programme_id).state == after
