"""Remember for how long a charter was waited for: opening the text again takes it from nobody."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261201_1118"
down_revision: str | None = "20261130_2341"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("charter_part") as part:
        for name in ("waited_seconds", "told_other"):
            part.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
            )


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("charter_part") as part:
        part.drop_column("told_other")
        part.drop_column("waited_seconds")
