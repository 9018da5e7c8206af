"""Give notices an object that they are told of once, and an urgency; nothing was written before."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1500"
down_revision: str | None = "20261125_1450"


def upgrade() -> None:
    """Go forward."""
    op.drop_table("notice")
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False),
        sa.Column("urgency", sa.String(length=20), nullable=False),
        sa.Column("activity_id", sa.Uuid()),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notice_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name="fk_notice_activity_id_activity",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("person_id", "key", "about", name="uq_notice_person_id_key_about"),
    )
    op.create_index("ix_notice_activity_id", "notice", ["activity_id"])
    op.create_index(
        "ix_notice_unread",
        "notice",
        ["person_id"],
        postgresql_where=sa.text("read_at IS NULL"),
        sqlite_where=sa.text("read_at IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("notice")
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.Uuid()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("read_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notice_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_due_at", "notice", ["due_at"])
    op.create_index("ix_notice_person_id", "notice", ["person_id"])
