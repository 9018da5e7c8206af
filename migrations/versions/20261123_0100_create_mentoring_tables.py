"""Create the tables of the activity mentoring."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261123_0100"
down_revision: str | None = "20261123_0000"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "mentoring_sign_up",
        sa.Column("side", sa.String(length=10)),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("goal_areas", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=64)),
        sa.Column("consent_at", sa.DateTime(timezone=True)),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name="fk_mentoring_sign_up_activity_id_activity",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_mentoring_sign_up_person_id_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mentoring_sign_up"),
        sa.UniqueConstraint(
            "activity_id", "person_id", name="uq_mentoring_sign_up_activity_id_person_id"
        ),
    )
    op.create_index("ix_mentoring_sign_up_activity_id", "mentoring_sign_up", ["activity_id"])
    op.create_index("ix_mentoring_sign_up_person_id", "mentoring_sign_up", ["person_id"])
    op.create_table(
        "mentoring_skill",
        sa.Column("sign_up_id", sa.Uuid(), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_up_id"],
            ["mentoring_sign_up.id"],
            name="fk_mentoring_skill_sign_up_id_mentoring_sign_up",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sign_up_id", "skill", name="pk_mentoring_skill"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("mentoring_skill")
    op.drop_table("mentoring_sign_up")
