"""Add rosters: where an LMS lists a course's people, and when a person was last listed."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1650"
down_revision: str | None = "20261125_1641"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("enrolment") as enrolment:
        enrolment.add_column(sa.Column("listed_at", sa.DateTime(timezone=True)))
    op.create_table(
        "roster",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("begun_at", sa.DateTime(timezone=True)),
        sa.Column("next_url", sa.Text()),
        sa.Column("seen_pages", sa.JSON(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(length=60)),
        sa.ForeignKeyConstraint(
            ["course_id"], ["course.id"], name="fk_roster_course_id_course", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("course_id", name="pk_roster"),
    )
    op.create_index("ix_roster_due_at", "roster", ["due_at"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("roster")
    with op.batch_alter_table("enrolment") as enrolment:
        enrolment.drop_column("listed_at")
