"""Require that every gradebook cell names its LMS."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261123_0232"
down_revision: str | None = "20261123_0231"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("registration_id", existing_type=sa.Uuid(), nullable=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("registration_id", existing_type=sa.Uuid(), nullable=True)
