"""Add to line items who is looking for the column, and whether one may be made."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261123_0240"
down_revision: str | None = "20261123_0232"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("line_item") as table:
        table.add_column(sa.Column("wanted_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("search_lease", sa.Uuid()))
        table.add_column(sa.Column("search_until", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("line_item") as table:
        table.drop_column("search_until")
        table.drop_column("search_lease")
        table.drop_column("wanted_at")
