"""Tell the cells that exist already which activity their score is of."""

from alembic import op

revision: str = "20261125_1641"
down_revision: str | None = "20261125_1640"


def upgrade() -> None:
    """Go forward."""
    op.execute(
        "UPDATE delivery SET activity_id = (SELECT placement.activity_id FROM placement"
        " WHERE placement.id = delivery.placement_id)"
    )


def downgrade() -> None:
    """Leave what nobody reads any more."""
