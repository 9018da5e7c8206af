"""Find the windows of a visit at once: whoever deletes visits looks for those of each."""

from alembic import op

revision: str = "20261130_2341"
down_revision: str | None = "20261130_2254"


def upgrade() -> None:
    """Go forward."""
    op.create_index("ix_visit_parent_id", "visit", ["parent_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_visit_parent_id", table_name="visit")
