"""Add invites to register an LMS, and what an LMS tells of itself when it registers."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1535"
down_revision: str | None = "20261125_1530"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("registration") as table:
        table.add_column(sa.Column("registered_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("label", sa.String(length=200)))
        table.add_column(sa.Column("product", sa.String(length=200)))
        table.add_column(sa.Column("scopes", sa.JSON()))
        table.add_column(sa.Column("asks_identity", sa.Boolean()))
        table.add_column(sa.Column("frame_origin", sa.String(length=300)))
    op.create_table(
        "invite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid()),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("lease", sa.Uuid()),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_invite_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name="fk_invite_registration_id_registration",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invite"),
        sa.UniqueConstraint("token_hash", name="uq_invite_token_hash"),
    )
    op.create_index("ix_invite_organisation_id", "invite", ["organisation_id"])
    op.create_table(
        "registration_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invite_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invite_id"],
            ["invite.id"],
            name="fk_registration_request_invite_id_invite",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_registration_request"),
        sa.UniqueConstraint("code_hash", name="uq_registration_request_code_hash"),
    )
    op.create_index("ix_registration_request_invite_id", "registration_request", ["invite_id"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("registration_request")
    op.drop_table("invite")
    with op.batch_alter_table("registration") as table:
        for name in ("frame_origin", "asks_identity", "scopes", "product", "label"):
            table.drop_column(name)
        table.drop_column("registered_at")
