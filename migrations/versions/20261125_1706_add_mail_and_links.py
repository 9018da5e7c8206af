"""Add the outbox of mail, what people decided about it, and links that do one thing."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1706"
down_revision: str | None = "20261125_1705"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=60)),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_mail_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    op.create_index(
        "ix_mail_queued",
        "mail",
        ["due_at"],
        postgresql_where=sa.text("state = 'queued'"),
        sqlite_where=sa.text("state = 'queued'"),
    )
    op.create_index(
        "ix_mail_person_id_kind_created_at", "mail", ["person_id", "kind", "created_at"]
    )
    op.create_table(
        "mail_preference",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("own_address", sa.String(length=320)),
        sa.Column("asked_address", sa.String(length=320)),
        sa.Column("asked_id", sa.Uuid()),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("refused_address", sa.String(length=320)),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_mail_preference_person_id_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", name="pk_mail_preference"),
    )
    op.create_table(
        "link_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=30), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid()),
        sa.Column("most_uses", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_link_token_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_link_token"),
        sa.UniqueConstraint("token_hash", name="uq_link_token_token_hash"),
    )
    op.create_index("ix_link_token_person_id", "link_token", ["person_id"])
    op.create_index("ix_link_token_expires_at", "link_token", ["expires_at"])
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("due_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("mailed_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("mail_id", sa.Uuid()))
        table.create_foreign_key(
            "fk_notice_mail_id_mail", "mail", ["mail_id"], ["id"], ondelete="SET NULL"
        )
    op.execute("UPDATE notice SET due_at = created_at")
    with op.batch_alter_table("notice") as table:
        table.alter_column("due_at", existing_type=sa.DateTime(timezone=True), nullable=False)
    op.create_index("ix_notice_mail_id", "notice", ["mail_id"])
    op.create_index(
        "ix_notice_not_mailed",
        "notice",
        ["urgency", "due_at"],
        postgresql_where=sa.text("mailed_at IS NULL AND read_at IS NULL"),
        sqlite_where=sa.text("mailed_at IS NULL AND read_at IS NULL"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_notice_not_mailed", "notice")
    op.drop_index("ix_notice_mail_id", "notice")
    with op.batch_alter_table("notice") as table:
        table.drop_constraint("fk_notice_mail_id_mail", type_="foreignkey")
        table.drop_column("mail_id")
        table.drop_column("mailed_at")
        table.drop_column("due_at")
    op.drop_table("link_token")
    op.drop_table("mail_preference")
    op.drop_table("mail")
