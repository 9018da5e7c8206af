"""Name the page that saved a session of coaching practice last."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1738"
down_revision: str | None = "20261130_1733"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("practice_session") as table:
        table.add_column(sa.Column("writer", sa.String(32), server_default="", nullable=False))
    with op.batch_alter_table("practice_session") as table:
        table.alter_column("writer", server_default=None)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("practice_session") as table:
        table.drop_column("writer")
