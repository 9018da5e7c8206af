"""Tell the cells that exist already which LMS they are in."""

from alembic import op

revision: str = "20261123_0231"
down_revision: str | None = "20261123_0230"


def upgrade() -> None:
    """Go forward."""
    op.execute(
        "UPDATE delivery SET registration_id = (SELECT deployment.registration_id FROM placement"
        " JOIN deployment ON deployment.id = placement.deployment_id"
        " WHERE placement.id = delivery.placement_id)"
    )


def downgrade() -> None:
    """Leave what nobody reads any more."""
