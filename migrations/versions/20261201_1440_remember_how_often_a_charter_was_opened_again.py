"""Remember how often a charter was opened again: who does it often keeps nobody waiting."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261201_1440"
down_revision: str | None = "20261201_1118"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("charter_part") as part:
        part.add_column(
            sa.Column("reopened", sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
        for name in ("undone_since", "last_reopened_at"):
            part.add_column(sa.Column(name, sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("charter_part") as part:
        part.drop_column("last_reopened_at")
        part.drop_column("undone_since")
        part.drop_column("reopened")
