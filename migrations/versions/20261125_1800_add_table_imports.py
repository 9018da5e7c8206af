"""Add tables that were uploaded, with what was found in them."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1800"
down_revision: str | None = "20261125_1720"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "table_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("encoding", sa.String(length=15)),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["person.id"],
            name="fk_table_import_created_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_table_import_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_table_import"),
    )
    op.create_index("ix_table_import_finished_at", "table_import", ["finished_at"])
    op.create_index("ix_table_import_organisation_id", "table_import", ["organisation_id"])
    op.create_index("ix_table_import_state", "table_import", ["state"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("table_import")
