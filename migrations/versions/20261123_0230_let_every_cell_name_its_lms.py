"""Let every gradebook cell name its LMS, and remember how each LMS is doing."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261123_0230"
down_revision: str | None = "20261123_0200"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "lms_health",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.String(length=60)),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="fk_lms_health_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("registration_id", name="pk_lms_health"),
    )
    with op.batch_alter_table("delivery") as delivery:
        delivery.add_column(sa.Column("registration_id", sa.Uuid()))
        delivery.create_foreign_key(
            "fk_delivery_registration_id_registration",
            "registration",
            ["registration_id"],
            ["id"],
            ondelete="CASCADE",
        )
        delivery.create_index("ix_delivery_registration_id_due_at", ["registration_id", "due_at"])


def downgrade() -> None:
    """Go back."""
    with op.batch_alter_table("delivery") as delivery:
        delivery.drop_index("ix_delivery_registration_id_due_at")
        delivery.drop_constraint("fk_delivery_registration_id_registration", type_="foreignkey")
        delivery.drop_column("registration_id")
    op.drop_table("lms_health")
