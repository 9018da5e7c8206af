"""Count how often pages of visits were opened in windows of their own."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1720"
down_revision: str | None = "20261130_1715"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "visit_window",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("page_hash", sa.String(length=64), nullable=False),
        sa.Column("opened", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit.id"],
            name=op.f("fk_visit_window_visit_id_visit"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("visit_id", "page_hash", name=op.f("pk_visit_window")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("visit_window")
