"""How sending grades goes, LMS by LMS, in counts: what there is to see without anybody's name."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from lti_app.domain.delivery import DeliveryState
from lti_app.services import lms_health
from lti_app.services.lms_health import Report
from lti_app.store import operation as store
from lti_app.store.registrations import Registration, list_registrations

#: A grade that an LMS could have had for so long needs somebody's attention.
LATE_AFTER = timedelta(days=1)
_IN_ORDER = frozenset({DeliveryState.SENT, DeliveryState.LEFT_ALONE, DeliveryState.QUEUED})


@dataclass(frozen=True)
class GradeSync:
    """How sending grades to one LMS goes.

    Attributes:
        report: whether the LMS answers, and how many cells are on the way.
        cells: by state.
        reasons: by state and code of the LMS's last answer, of cells that are not in order.
        last_accepted_at: when the LMS last took a grade, or None.
        late: how many cells have waited for more than a day; `oldest_at`: since when the first.
    """

    registration: Registration
    report: Report
    cells: Mapping[DeliveryState, int]
    reasons: Mapping[tuple[DeliveryState, str], int] = field(default_factory=dict)
    last_accepted_at: datetime | None = None
    late: int = 0
    oldest_at: datetime | None = None


def grade_syncs(now: datetime) -> list[GradeSync]:
    """Return how sending goes to each LMS, by issuer."""
    registrations = list_registrations()
    reports = lms_health.report([one.id for one in registrations], now)
    accepted, late = store.list_last_accepted(), store.count_late(now - LATE_AFTER)
    cells, reasons = _count_cells()
    return [
        GradeSync(
            registration=one,
            report=reports[one.id],
            cells=cells.get(one.id, {}),
            reasons=reasons.get(one.id, {}),
            last_accepted_at=accepted.get(one.id),
            late=late[one.id][0] if one.id in late else 0,
            oldest_at=late[one.id][1] if one.id in late else None,
        )
        for one in registrations
    ]


_Cells = dict[UUID, Counter[DeliveryState]]
_Reasons = dict[UUID, Counter[tuple[DeliveryState, str]]]


def _count_cells() -> tuple[_Cells, _Reasons]:
    cells: _Cells = {}
    reasons: _Reasons = {}
    for registration_id, state_name, reason, count in store.count_cells():
        state = DeliveryState(state_name)
        cells.setdefault(registration_id, Counter())[state] += count
        if reason and state not in _IN_ORDER:
            reasons.setdefault(registration_id, Counter())[state, reason] += count
    return cells, reasons
