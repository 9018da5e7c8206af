"""Let a visit begin by a link of the tool's own instead of a launch."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1450"
down_revision: str | None = "20261123_0240"


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "sign_in_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("hat", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["person.id"],
            name="fk_sign_in_link_person_id_person",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_link"),
        sa.UniqueConstraint("code_hash", name="uq_sign_in_link_code_hash"),
    )
    with op.batch_alter_table("visit") as visit:
        visit.alter_column("registration_id", existing_type=sa.Uuid(), nullable=True)
        visit.alter_column("entry_hash", existing_type=sa.String(length=64), nullable=True)
        visit.alter_column(
            "entry_expires_at", existing_type=sa.DateTime(timezone=True), nullable=True
        )
        visit.add_column(
            sa.Column("granted_hats", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )


def downgrade() -> None:
    """Go back; the visits that no launch made end."""
    op.execute("DELETE FROM visit WHERE registration_id IS NULL")
    with op.batch_alter_table("visit") as visit:
        visit.drop_column("granted_hats")
        visit.alter_column(
            "entry_expires_at", existing_type=sa.DateTime(timezone=True), nullable=False
        )
        visit.alter_column("entry_hash", existing_type=sa.String(length=64), nullable=False)
        visit.alter_column("registration_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("sign_in_link")
