"""Add sessions of coaching practice, their groups, and what is released of them."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1715"
down_revision: str | None = "20261125_1905"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "practice_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_group_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_group")),
    )
    with op.batch_alter_table("practice_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_group_activity_id"), ["activity_id"], unique=False
        )

    op.create_table(
        "practice_grouping",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_grouping_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_practice_grouping")),
    )
    op.create_table(
        "practice_member",
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prepared", sa.JSON(), nullable=False),
        sa.Column("prepared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_member_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_practice_member_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_member")),
        sa.UniqueConstraint(
            "activity_id", "person_id", name=op.f("uq_practice_member_activity_id_person_id")
        ),
    )
    with op.batch_alter_table("practice_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_member_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_member_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "practice_seat",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_seat_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["practice_group.id"],
            name=op.f("fk_practice_seat_group_id_practice_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_practice_seat_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_seat")),
        sa.UniqueConstraint(
            "group_id", "person_id", name=op.f("uq_practice_seat_group_id_person_id")
        ),
    )
    with op.batch_alter_table("practice_seat", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_seat_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_practice_seat_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_practice_seat_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "uq_practice_seat_taken",
            ["activity_id", "person_id", "round"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )

    op.create_table(
        "practice_session",
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("coachee_id", sa.Uuid(), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=25), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(length=5), nullable=False),
        sa.Column("log", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("writer", sa.String(length=32), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_session_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["coachee_id"],
            ["person.id"],
            name=op.f("fk_practice_session_coachee_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["practice_group.id"],
            name=op.f("fk_practice_session_group_id_practice_group"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_practice_session_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_session")),
    )
    with op.batch_alter_table("practice_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_session_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_session_coachee_id"), ["coachee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_session_group_id"), ["group_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_session_handed_at"), ["handed_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_session_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "uq_practice_session_of_round",
            ["activity_id", "person_id", "round"],
            unique=True,
            sqlite_where=sa.text("state <> 'cancelled'"),
            postgresql_where=sa.text("state <> 'cancelled'"),
        )

    op.create_table(
        "practice_answer",
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("corrections", sa.JSON(), nullable=False),
        sa.Column("talk_share", sa.String(length=10), nullable=False),
        sa.Column("own_step", sa.String(length=10), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_answer_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_practice_answer_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["practice_session.id"],
            name=op.f("fk_practice_answer_session_id_practice_session"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_answer")),
        sa.UniqueConstraint("session_id", name=op.f("uq_practice_answer_session_id")),
    )
    with op.batch_alter_table("practice_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_answer_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_answer_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "practice_outside_answer",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("listened", sa.String(length=10), nullable=False),
        sa.Column("own_step", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["practice_session.id"],
            name=op.f("fk_practice_outside_answer_session_id_practice_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_practice_outside_answer")),
    )
    op.create_table(
        "practice_release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("copy", sa.JSON(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["practice_session.id"],
            name=op.f("fk_practice_release_session_id_practice_session"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_release")),
        sa.UniqueConstraint("session_id", name=op.f("uq_practice_release_session_id")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("practice_release")
    op.drop_table("practice_outside_answer")
    with op.batch_alter_table("practice_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_answer_person_id"))
        batch_op.drop_index(batch_op.f("ix_practice_answer_activity_id"))

    op.drop_table("practice_answer")
    with op.batch_alter_table("practice_session", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_practice_session_of_round",
            sqlite_where=sa.text("state <> 'cancelled'"),
            postgresql_where=sa.text("state <> 'cancelled'"),
        )
        batch_op.drop_index(batch_op.f("ix_practice_session_person_id"))
        batch_op.drop_index(batch_op.f("ix_practice_session_handed_at"))
        batch_op.drop_index(batch_op.f("ix_practice_session_group_id"))
        batch_op.drop_index(batch_op.f("ix_practice_session_coachee_id"))
        batch_op.drop_index(batch_op.f("ix_practice_session_activity_id"))

    op.drop_table("practice_session")
    with op.batch_alter_table("practice_seat", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_practice_seat_taken",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_practice_seat_person_id"))
        batch_op.drop_index(batch_op.f("ix_practice_seat_group_id"))
        batch_op.drop_index(batch_op.f("ix_practice_seat_activity_id"))

    op.drop_table("practice_seat")
    with op.batch_alter_table("practice_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_member_person_id"))
        batch_op.drop_index(batch_op.f("ix_practice_member_activity_id"))

    op.drop_table("practice_member")
    op.drop_table("practice_grouping")
    with op.batch_alter_table("practice_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_group_activity_id"))

    op.drop_table("practice_group")
