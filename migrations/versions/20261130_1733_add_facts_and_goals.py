"""Add facts that activities publish, goals of pairs, and when somebody was erased."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1733"
down_revision: str | None = "20261130_1720"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=140), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("about", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Numeric(precision=14, scale=4), nullable=True),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_fact_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_fact_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_fact_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_fact"),
        sa.UniqueConstraint("kind", "subject", name="uq_fact_kind_subject"),
    )
    with op.batch_alter_table("fact") as table:
        table.create_index("ix_fact_pair_id", ["pair_id"])
        table.create_index("ix_fact_person_id", ["person_id"])
        table.create_index("ix_fact_programme_id_kind", ["programme_id", "kind"])

    op.create_table(
        "goal",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_goal_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_goal_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goal"),
        sa.UniqueConstraint("pair_id", "key", name="uq_goal_pair_id_key"),
    )
    with op.batch_alter_table("goal") as table:
        table.create_index("ix_goal_pair_id", ["pair_id"])
        table.create_index("ix_goal_programme_id", ["programme_id"])

    op.create_table(
        "goal_update",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("note", sa.String(length=600), nullable=False),
        sa.Column("value", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["goal_id"], ["goal.id"], name="fk_goal_update_goal_id_goal", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_goal_update_person_id_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_goal_update"),
    )
    with op.batch_alter_table("goal_update") as table:
        table.create_index("ix_goal_update_goal_id", ["goal_id"])
        table.create_index("ix_goal_update_person_id", ["person_id"])

    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("person") as table:
        table.drop_column("erased_at")

    with op.batch_alter_table("goal_update") as table:
        table.drop_index("ix_goal_update_person_id")
        table.drop_index("ix_goal_update_goal_id")

    op.drop_table("goal_update")
    with op.batch_alter_table("goal") as table:
        table.drop_index("ix_goal_programme_id")
        table.drop_index("ix_goal_pair_id")

    op.drop_table("goal")
    with op.batch_alter_table("fact") as table:
        table.drop_index("ix_fact_programme_id_kind")
        table.drop_index("ix_fact_person_id")
        table.drop_index("ix_fact_pair_id")

    op.drop_table("fact")
