"""Remember of whom something was refused because their activity had closed."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_2231"
down_revision: str | None = "20261130_1751"


def upgrade() -> None:
    """Go forward."""
    op.add_column("progress", sa.Column("late_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("progress") as batch:
        batch.drop_column("late_at")
