"""Let every gradebook cell name the activity that its score is of."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1640"
down_revision: str | None = "20261125_1600"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("activity_id", sa.Uuid()))
        delivery.create_foreign_key(
            "fk_delivery_activity_id_activity",
            "activity",
            ["activity_id"],
            ["id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_constraint("fk_delivery_activity_id_activity", type_="foreignkey")
        delivery.drop_column("activity_id")
