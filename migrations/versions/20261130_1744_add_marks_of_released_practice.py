"""Add marks of what was released of a practice, and what of them was published."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1744"
down_revision: str | None = "20261130_1733"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "practice_publication",
        sa.Column("percent", sa.Numeric(precision=5, scale=2), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_practice_publication_activity_id_activity"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name=op.f("fk_practice_publication_person_id_person"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["published_by"],
            ["person.id"],
            name=op.f("fk_practice_publication_published_by_person"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_publication")),
        sa.UniqueConstraint(
            "activity_id", "person_id", name=op.f("uq_practice_publication_activity_id_person_id")
        ),
    )
    with op.batch_alter_table("practice_publication", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_publication_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_publication_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "practice_mark",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.String(length=12), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marker_id"],
            ["person.id"],
            name=op.f("fk_practice_mark_marker_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["practice_release.id"],
            name=op.f("fk_practice_mark_release_id_practice_release"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_mark")),
        sa.UniqueConstraint("release_id", "row", name=op.f("uq_practice_mark_release_id_row")),
    )
    op.create_table(
        "practice_remark",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marker_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marker_id"],
            ["person.id"],
            name=op.f("fk_practice_remark_marker_id_person"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["practice_release.id"],
            name=op.f("fk_practice_remark_release_id_practice_release"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_practice_remark")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("practice_remark")
    op.drop_table("practice_mark")
    with op.batch_alter_table("practice_publication", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_publication_person_id"))
        batch_op.drop_index(batch_op.f("ix_practice_publication_activity_id"))

    op.drop_table("practice_publication")
