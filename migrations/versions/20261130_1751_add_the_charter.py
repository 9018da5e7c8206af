"""Add charters: what pairs answer apart, write together, propose, sign and review."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261130_1751"
down_revision: str | None = "20261130_1744"

#: A version never changes: the database itself says so, whoever asks.
_GUARD = {
    "postgresql": (
        """CREATE FUNCTION charter_version_never_changes() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'a version of a charter never changes'; END $$""",
        """CREATE TRIGGER charter_version_never_changes BEFORE UPDATE ON charter_version
        FOR EACH ROW EXECUTE FUNCTION charter_version_never_changes()""",
    ),
    "sqlite": (
        """CREATE TRIGGER charter_version_never_changes BEFORE UPDATE ON charter_version
        BEGIN SELECT RAISE(ABORT, 'a version of a charter never changes'); END""",
    ),
}


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "charter_part",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=200), nullable=False),
        sa.Column("thanks", sa.String(length=600), nullable=False),
        sa.Column("goes_on", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_charter_part_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_charter_part_person_id_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_charter_part_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charter_part"),
        sa.UniqueConstraint("pair_id", "person_id", name="uq_charter_part_pair_id_person_id"),
    )
    op.create_index("ix_charter_part_pair_id", "charter_part", ["pair_id"])
    op.create_index("ix_charter_part_person_id", "charter_part", ["person_id"])
    op.create_index("ix_charter_part_programme_id", "charter_part", ["programme_id"])

    op.create_table(
        "charter_review",
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_charter_review_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_charter_review_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charter_review"),
        sa.UniqueConstraint("pair_id", "due_on", name="uq_charter_review_pair_id_due_on"),
    )
    op.create_index("ix_charter_review_pair_id", "charter_review", ["pair_id"])
    op.create_index("ix_charter_review_programme_id", "charter_review", ["programme_id"])

    op.create_table(
        "charter_signature",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_name", sa.String(length=200), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("goals", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_charter_signature_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_charter_signature_person_id_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_charter_signature_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charter_signature"),
        sa.UniqueConstraint(
            "pair_id", "number", "person_id", name="uq_charter_signature_pair_id_number_person_id"
        ),
    )
    op.create_index("ix_charter_signature_pair_id", "charter_signature", ["pair_id"])
    op.create_index("ix_charter_signature_person_id", "charter_signature", ["person_id"])
    op.create_index("ix_charter_signature_programme_id", "charter_signature", ["programme_id"])

    op.create_table(
        "charter_text",
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("by_side", sa.String(length=6), nullable=True),
        sa.Column("sections", sa.JSON(), nullable=False),
        sa.Column("is_coaching", sa.Boolean(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("revisions", sa.JSON(), nullable=False),
        sa.Column("proposal", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("countered", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_charter_text_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_charter_text_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charter_text"),
        sa.UniqueConstraint("pair_id", name="uq_charter_text_pair_id"),
    )
    op.create_index("ix_charter_text_due_at", "charter_text", ["due_at"])
    op.create_index("ix_charter_text_pair_id", "charter_text", ["pair_id"])
    op.create_index("ix_charter_text_programme_id", "charter_text", ["programme_id"])

    op.create_table(
        "charter_version",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("previous", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(number = 1 AND previous IS NULL) OR (number > 1 AND previous = number - 1)",
            name="ck_charter_version_consecutive",
        ),
        sa.ForeignKeyConstraint(
            ["pair_id", "previous"],
            ["charter_version.pair_id", "charter_version.number"],
            name="fk_charter_version_previous",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_charter_version_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_charter_version_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_charter_version"),
        sa.UniqueConstraint("pair_id", "number", name="uq_charter_version_pair_id_number"),
    )
    op.create_index("ix_charter_version_pair_id", "charter_version", ["pair_id"])
    op.create_index("ix_charter_version_programme_id", "charter_version", ["programme_id"])
    for statement in _GUARD[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    """Go back."""
    for table in ("version", "text", "signature", "review", "part"):
        op.drop_table(f"charter_{table}")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION charter_version_never_changes()")
