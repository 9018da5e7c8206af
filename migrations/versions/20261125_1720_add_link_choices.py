"""Let authors choose activities in the LMS, and links and copied courses name them."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1720"
down_revision: str | None = "20261125_1706"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("activity") as activity:
        activity.add_column(
            sa.Column("points", sa.Integer(), nullable=False, server_default=sa.text("100"))
        )
        activity.add_column(sa.Column("copied_from", sa.Uuid()))
        activity.add_column(sa.Column("origin_id", sa.Uuid()))
        activity.add_column(sa.Column("sent_at", sa.DateTime(timezone=True)))
        activity.create_foreign_key(
            "fk_activity_copied_from_activity",
            "activity",
            ["copied_from"],
            ["id"],
            ondelete="SET NULL",
        )
        activity.create_unique_constraint(
            "uq_activity_course_id_origin_id", ["course_id", "origin_id"]
        )
    with op.batch_alter_table("placement") as placement:
        placement.add_column(sa.Column("named_id", sa.Uuid()))
        placement.add_column(sa.Column("repointed_at", sa.DateTime(timezone=True)))
    with op.batch_alter_table("visit") as visit:
        visit.add_column(sa.Column("deployment_id", sa.Uuid()))
        visit.add_column(sa.Column("course_id", sa.Uuid()))
        visit.create_foreign_key(
            "fk_visit_deployment_id_deployment",
            "deployment",
            ["deployment_id"],
            ["id"],
            ondelete="CASCADE",
        )
        visit.create_foreign_key(
            "fk_visit_course_id_course", "course", ["course_id"], ["id"], ondelete="SET NULL"
        )
        visit.create_index("ix_visit_deployment_id", ["deployment_id"])
    op.create_table(
        "link_choice",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("settings", sa.JSON()),
        sa.Column("link", sa.JSON()),
        sa.Column("offered_id", sa.Uuid()),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("answer", sa.Text()),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name="fk_link_choice_visit_id_visit", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offered_id"],
            ["activity.id"],
            name="fk_link_choice_offered_id_activity",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("visit_id", name="pk_link_choice"),
    )
    op.execute(
        "UPDATE visit SET deployment_id = (SELECT placement.deployment_id FROM placement"
        " WHERE placement.id = visit.placement_id)"
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("link_choice")
    with op.batch_alter_table("visit") as visit:
        visit.drop_index("ix_visit_deployment_id")
        visit.drop_constraint("fk_visit_course_id_course", type_="foreignkey")
        visit.drop_constraint("fk_visit_deployment_id_deployment", type_="foreignkey")
        visit.drop_column("course_id")
        visit.drop_column("deployment_id")
    with op.batch_alter_table("placement") as placement:
        placement.drop_column("repointed_at")
        placement.drop_column("named_id")
    with op.batch_alter_table("activity") as activity:
        activity.drop_constraint("uq_activity_course_id_origin_id", type_="unique")
        activity.drop_constraint("fk_activity_copied_from_activity", type_="foreignkey")
        activity.drop_column("sent_at")
        activity.drop_column("origin_id")
        activity.drop_column("copied_from")
        activity.drop_column("points")
