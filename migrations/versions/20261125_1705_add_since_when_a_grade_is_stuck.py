"""Add to deliveries since when they are stuck: for those that are, since the last answer."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1705"
down_revision: str | None = "20261125_1700"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("delivery") as table:
        table.add_column(sa.Column("stuck_since", sa.DateTime(timezone=True)))
    op.execute(
        "UPDATE delivery SET stuck_since = answered_at"
        " WHERE state IN ('held', 'not_gradable', 'gone', 'configuration')"
    )
    op.create_index(
        "ix_delivery_stuck",
        "delivery",
        ["stuck_since"],
        postgresql_where=sa.text("stuck_since IS NOT NULL"),
        sqlite_where=sa.text("stuck_since IS NOT NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_delivery_stuck", "delivery")
    with op.batch_alter_table("delivery") as table:
        table.drop_column("stuck_since")
