"""Add what people decide about grades: mandates, what was seen in a cell, the audit trail."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261123_0200"
down_revision: str | None = "20261123_0100"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("seen_score", sa.Numeric(precision=14, scale=4)))
        delivery.add_column(sa.Column("seen_maximum", sa.Numeric(precision=14, scale=4)))
        delivery.add_column(sa.Column("mandate", sa.String(length=20)))
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name="fk_audit_entry_activity_id_activity",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name="fk_audit_entry_actor_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_audit_entry_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_activity_id", "audit_entry", ["activity_id"])
    op.create_index("ix_audit_entry_person_id", "audit_entry", ["person_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("audit_entry")
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_column("mandate")
        delivery.drop_column("seen_maximum")
        delivery.drop_column("seen_score")
