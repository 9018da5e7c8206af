"""Keep what came of launches, why a job failed, and since when a grade is wanted."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1700"
down_revision: str | None = "20261125_1650"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "launch_count",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_minute", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "source", "code", name="pk_launch_count"),
    )
    op.create_table(
        "launch_outcome",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("correlation_id", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_launch_outcome"),
    )
    op.create_index("ix_launch_outcome_at", "launch_outcome", ["at"])
    op.create_index("ix_launch_outcome_correlation_id", "launch_outcome", ["correlation_id"])
    op.create_index("ix_launch_outcome_source_code_at", "launch_outcome", ["source", "code", "at"])
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("fault", sa.String(length=80)))
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("valued_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE delivery SET valued_at = updated_at")
    with op.batch_alter_table("delivery") as delivery:
        delivery.alter_column("valued_at", existing_type=sa.DateTime(timezone=True), nullable=False)


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_column("valued_at")
    with op.batch_alter_table("job") as job:
        job.drop_column("fault")
    op.drop_table("launch_outcome")
    op.drop_table("launch_count")
