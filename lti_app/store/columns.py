"""Who may look for a placement's gradebook column: one at a time, and not all the time."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, or_, select, update

from lti_app.store.courses import Activity, LineItem, Placement
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import count_changed, db

#: A column, and everything that is known of whose it is.
ColumnRow = Row[LineItem, Placement, Activity, Registration]


def lease_search(placement_id: UUID, lease: UUID, now: datetime, until: datetime) -> bool:
    """Take the right to look for a placement's column; nobody else has it until then."""
    is_free = or_(LineItem.search_until.is_(None), LineItem.search_until <= now)
    take = update(LineItem).where(LineItem.placement_id == placement_id, is_free)
    return count_changed(take.values(search_lease=lease, search_until=until)) == 1


def find_searched(placement_id: UUID, lease: UUID) -> LineItem | None:
    """Return the column, locked, if the right to look for it is still ours."""
    return db().scalar(
        select(LineItem)
        .where(LineItem.placement_id == placement_id, LineItem.search_lease == lease)
        .with_for_update(key_share=True)
    )


def read_column(placement_id: UUID) -> ColumnRow:
    """Return a column with its placement, its activity and its LMS."""
    query = (
        select(LineItem, Placement, Activity, Registration)
        .join(Placement, Placement.id == LineItem.placement_id)
        .join(Activity, Activity.id == Placement.activity_id)
        .join(Deployment, Deployment.id == Placement.deployment_id)
        .join(Registration, Registration.id == Deployment.registration_id)
        .where(LineItem.placement_id == placement_id)
    )
    return db().execute(query).one()
