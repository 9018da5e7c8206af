"""Programmes: making them, changing what is written down of them, moving them on."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from lti_app.clock import now
from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.participants import APPROVED
from lti_app.domain.permissions import Viewer
from lti_app.domain.programmes import (
    EDITABLE,
    TRANSITIONS,
    Plan,
    Programme,
    ProgrammeState,
    Shortcoming,
    Side,
    Standing,
    Step,
    lacks_of_purpose,
)
from lti_app.services import taxonomy
from lti_app.services.consents import ask_for_consent
from lti_app.store import audit
from lti_app.store import programmes as store
from lti_app.store.pairs import count_pairs
from lti_app.store.participants import count_states
from lti_app.store.programmes import Programme as ProgrammeRow
from lti_app.store.session import db

_WORKING = ("active", "paused")
_OPEN = ("proposed", "offered", *_WORKING)


class Lacking(Conflict):
    """A programme lacks something for what was asked of it.

    Attributes:
        shortcomings: what; the desk puts them into words.
    """

    default_code = "programme_lacks"

    def __init__(self, shortcomings: tuple[Shortcoming, ...]) -> None:
        super().__init__(detail=", ".join(shortcomings))
        self.shortcomings = shortcomings


def find_programme(programme_id: UUID) -> Programme:
    """Return a programme.

    Raises:
        NotFound: there is none of this id.
    """
    row = store.find_programme(programme_id)
    if row is None:
        raise NotFound(detail="no such programme")
    return store.to_programme(row)


def list_programmes(viewer: Viewer) -> list[Programme]:
    """Return the programmes that somebody may run, the newest first."""
    chosen = None if viewer.runs_all_programmes else viewer.programme_ids
    return [
        store.to_programme(row) for row in store.list_programmes(viewer.organisation_id, chosen)
    ]


def create_programme(organisation_id: UUID, plan: Plan, *, by: UUID) -> UUID:
    """Make a programme, as a draft; the organisation's first one brings its words along.

    Returns:
        Its id.
    """
    row = ProgrammeRow(
        organisation_id=organisation_id,
        state=ProgrammeState.DRAFT.value,
        created_by=by,
        created_at=now(),
    )
    store.write_plan(row, plan)
    db().add(row)
    db().flush()
    taxonomy.seed(organisation_id)
    audit.note_in_programme("programme.create", row.id, by=by)
    return row.id


def edit_programme(programme_id: UUID, plan: Plan, *, by: UUID) -> None:
    """Write down something else of a programme.

    Once people can sign up, the purpose may never be missing again, and who has agreed to another
    consent text than the new one is told so and asked again.

    Raises:
        NotFound: there is none of this id.
        Conflict: it is in the archive.
        Lacking: it is open, and the plan lacks what that takes.
    """
    row = _lock(programme_id)
    state = ProgrammeState(row.state)
    if state not in EDITABLE:
        raise Conflict(detail=f"programme is {state}")
    if state is not ProgrammeState.DRAFT:
        if lacking := lacks_of_purpose(plan):
            raise Lacking(lacking)
        if plan.consent_text != row.consent_text:
            row.consent_version += 1
            ask_for_consent(row.id, row.consent_version)
    store.write_plan(row, plan)
    audit.note_in_programme("programme.edit", programme_id, by=by)


def take_step(programme_id: UUID, step: Step, *, by: UUID) -> None:
    """Move a programme on.

    Raises:
        NotFound: there is none of this id.
        Conflict: the step does not lead on from where it is by now.
        Lacking: something has to be there first.
    """
    row = _lock(programme_id)
    transition = TRANSITIONS[step]
    if ProgrammeState(row.state) not in transition.sources:
        raise Conflict(detail=f"{step} from {row.state}")
    if lacking := transition.guard(standing_of(store.to_programme(row))):
        raise Lacking(lacking)
    row.state = transition.target.value
    if step is Step.OPEN:
        # People of courses that had joined before it opened.
        ask_for_consent(row.id, row.consent_version)
    audit.note_in_programme(f"programme.{step}", programme_id, by=by)


def standing_of(programme: Programme) -> Standing:
    """Return where a programme stands, as its guards ask."""
    people = count_states(programme.id)
    pairs = count_pairs(programme.id)
    return Standing(
        programme,
        today=today_in(programme.time_zone),
        approved={side: sum(people.get((side, state), 0) for state in APPROVED) for side in Side},
        active_pairs=sum(pairs.get(state, 0) for state in _WORKING),
        open_pairs=sum(pairs.get(state, 0) for state in _OPEN),
    )


def today_in(time_zone: str) -> date:
    """Return which day it is in a zone."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def _lock(programme_id: UUID) -> ProgrammeRow:
    row = store.lock_programme(programme_id)
    if row is None:
        raise NotFound(detail="no such programme")
    return row
