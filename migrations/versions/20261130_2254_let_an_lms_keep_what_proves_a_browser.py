"""Let an LMS keep what proves a browser; every visit so far is proven by its cookie."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_2254"
down_revision: str | None = "20261130_2231"

_TABLES = ("login_transaction", "visit")


def upgrade() -> None:
    """Go forward."""
    for name in _TABLES:
        with op.batch_alter_table(name) as table:
            table.add_column(sa.Column("storage_target", sa.String(100)))
            table.add_column(sa.Column("storage_hash", sa.String(64)))
    with op.batch_alter_table("visit") as table:
        table.add_column(sa.Column("mode", sa.String(10), nullable=False, server_default="cookie"))
        table.add_column(sa.Column("agent_hash", sa.String(64)))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("visit") as table:
        table.drop_column("agent_hash")
        table.drop_column("mode")
    for name in reversed(_TABLES):
        with op.batch_alter_table(name) as table:
            table.drop_column("storage_hash")
            table.drop_column("storage_target")
