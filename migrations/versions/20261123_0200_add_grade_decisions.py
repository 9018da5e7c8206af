"""Add what is decided and found about grades: mandates, audit trail, readings, jobs."""

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
    _create_reconciliations()
    _create_jobs()


def _create_reconciliations() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("placement_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(length=60)),
        sa.Column("equal", sa.Integer(), nullable=False),
        sa.Column("strangers", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["placement_id"],
            ["placement.id"],
            name="fk_reconciliation_placement_id_placement",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"],
            ["person.id"],
            name="fk_reconciliation_requested_by_person",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation"),
    )
    op.create_index("ix_reconciliation_placement_id", "reconciliation", ["placement_id"])
    op.create_index("ix_reconciliation_finished_at", "reconciliation", ["finished_at"])
    op.create_table(
        "reconciliation_finding",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reconciliation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("ours", sa.Numeric(precision=14, scale=4)),
        sa.Column("theirs", sa.Numeric(precision=14, scale=4)),
        sa.Column("maximum", sa.Numeric(precision=14, scale=4)),
        sa.ForeignKeyConstraint(
            ["reconciliation_id"],
            ["reconciliation.id"],
            name="fk_reconciliation_finding_reconciliation_id_reconciliation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_reconciliation_finding_person_id_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_finding"),
    )
    for column in ("reconciliation_id", "person_id"):
        op.create_index(f"ix_reconciliation_finding_{column}", "reconciliation_finding", [column])


def _create_jobs() -> None:
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(length=10)),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("covered_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("name", name="pk_job"),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("job")
    op.drop_table("reconciliation_finding")
    op.drop_table("reconciliation")
    op.drop_table("audit_entry")
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_column("mandate")
        delivery.drop_column("seen_maximum")
        delivery.drop_column("seen_score")
