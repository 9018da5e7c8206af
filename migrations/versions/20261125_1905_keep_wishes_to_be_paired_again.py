"""Keep with whom people would like to be paired once more."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1905"
down_revision: str | None = "20261125_1830"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("mentoring_exclusion") as table:
        table.add_column(sa.Column("again", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("mentoring_exclusion") as table:
        table.alter_column("again", server_default=None)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("mentoring_exclusion") as table:
        table.drop_column("again")
