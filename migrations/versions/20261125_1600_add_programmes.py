"""Add programmes: courses and people in them, pairs, grants, terms, reporting lines."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1600"
down_revision: str | None = "20261125_1535"

_LIVE = "state IN ('proposed', 'offered', 'active', 'paused')"
#: In the order in which they are made.
_TABLES = (
    "programme",
    "success_measure",
    "programme_course",
    "join_code",
    "join_request",
    "staff_grant",
    "participant",
    "pair",
    "pair_offer",
    "term",
    "reporting_edge",
)


def upgrade() -> None:
    """Go forward."""
    _create_programmes()
    _create_people()
    _create_lists()
    with op.batch_alter_table("activity") as activity:
        activity.add_column(sa.Column("programme_id", sa.Uuid()))
        activity.create_index("ix_activity_programme_id", ["programme_id"])
        activity.create_foreign_key(
            "fk_activity_programme_id_programme",
            "programme",
            ["programme_id"],
            ["id"],
            ondelete="SET NULL",
        )
    with op.batch_alter_table("audit_entry") as audit:
        audit.add_column(sa.Column("programme_id", sa.Uuid()))
        audit.create_index("ix_audit_entry_programme_id", ["programme_id"])
        audit.create_foreign_key(
            "fk_audit_entry_programme_id_programme",
            "programme",
            ["programme_id"],
            ["id"],
            ondelete="CASCADE",
        )


def _create_programmes() -> None:
    op.create_table(
        "programme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("relationship_kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("purpose_type", sa.String(length=10)),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("consent_version", sa.Integer(), nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=False),
        sa.Column("goal_templates", sa.JSON(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["person.id"],
            name="fk_programme_created_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_programme_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme"),
    )
    op.create_index("ix_programme_organisation_id", "programme", ["organisation_id"])
    op.create_table(
        "success_measure",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=200), nullable=False),
        sa.Column("target", sa.String(length=200), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_success_measure_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("programme_id", "position", name="pk_success_measure"),
    )
    op.create_table(
        "programme_course",
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name="fk_programme_course_course_id_course",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["joined_by"],
            ["person.id"],
            name="fk_programme_course_joined_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_programme_course_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("course_id", name="pk_programme_course"),
    )
    op.create_index("ix_programme_course_programme_id", "programme_course", ["programme_id"])
    op.create_table(
        "join_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=4), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"],
            ["person.id"],
            name="fk_join_code_created_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_join_code_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_join_code"),
        sa.UniqueConstraint("code_hash", name="uq_join_code_code_hash"),
    )
    op.create_index("ix_join_code_programme_id", "join_code", ["programme_id"])
    op.create_table(
        "join_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("course_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("answer", sa.String(length=10)),
        sa.Column("answered_by", sa.Uuid()),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"],
            ["person.id"],
            name="fk_join_request_answered_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name="fk_join_request_asked_by_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["course_id"],
            ["course.id"],
            name="fk_join_request_course_id_course",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_join_request_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_join_request"),
    )
    op.create_index("ix_join_request_course_id", "join_request", ["course_id"])
    op.create_index("ix_join_request_organisation_id", "join_request", ["organisation_id"])


def _create_people() -> None:
    op.create_table(
        "staff_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid()),
        sa.Column("granted_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["granted_by"],
            ["person.id"],
            name="fk_staff_grant_granted_by_person",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_staff_grant_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_staff_grant_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_staff_grant_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff_grant"),
    )
    op.create_index("ix_staff_grant_organisation_id", "staff_grant", ["organisation_id"])
    op.create_index("ix_staff_grant_person_id", "staff_grant", ["person_id"])
    op.create_index("ix_staff_grant_programme_id", "staff_grant", ["programme_id"])
    op.create_table(
        "participant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid()),
        sa.Column("side", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("consent_version", sa.Integer()),
        sa.Column("submitted_at", sa.DateTime(timezone=True)),
        sa.Column("approved_at", sa.DateTime(timezone=True)),
        sa.Column("waited_rounds", sa.Integer(), nullable=False),
        sa.Column("returned_note", sa.String(length=400), nullable=False),
        sa.Column("state_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name="fk_participant_activity_id_activity",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_participant_person_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_participant_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_participant"),
        sa.UniqueConstraint(
            "programme_id", "person_id", name="uq_participant_programme_id_person_id"
        ),
    )
    op.create_index("ix_participant_person_id", "participant", ["person_id"])
    op.create_index("ix_participant_programme_id_state", "participant", ["programme_id", "state"])
    op.create_table(
        "pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("end_kind", sa.String(length=15)),
        sa.Column("end_reason", sa.String(length=30)),
        sa.Column("override_code", sa.String(length=30)),
        sa.Column("override_note", sa.String(length=400), nullable=False),
        sa.Column("meets_first", sa.Boolean(), nullable=False),
        sa.Column("proposed_by", sa.Uuid()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True)),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("excluded_until", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["person.id"], name="fk_pair_mentee_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["person.id"], name="fk_pair_mentor_id_person", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name="fk_pair_programme_id_programme",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name="fk_pair_proposed_by_person", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pair"),
    )
    op.create_index("ix_pair_expires_at", "pair", ["expires_at"])
    op.create_index("ix_pair_mentee_id", "pair", ["mentee_id"])
    op.create_index("ix_pair_mentor_id", "pair", ["mentor_id"])
    op.create_index("ix_pair_programme_id_state", "pair", ["programme_id", "state"])
    op.create_index(
        "uq_pair_live",
        "pair",
        ["programme_id", "mentor_id", "mentee_id"],
        unique=True,
        postgresql_where=sa.text(_LIVE),
        sqlite_where=sa.text(_LIVE),
    )
    op.create_table(
        "pair_offer",
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name="fk_pair_offer_pair_id_pair", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_pair_offer_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("pair_id", "person_id", name="pk_pair_offer"),
    )


def _create_lists() -> None:
    op.create_table(
        "term",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=15), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_term_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_term"),
        sa.UniqueConstraint(
            "organisation_id", "kind", "code", name="uq_term_organisation_id_kind_code"
        ),
    )
    op.create_table(
        "reporting_edge",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_ref", sa.String(length=320), nullable=False),
        sa.Column("manager_ref", sa.String(length=320), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_reporting_edge_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "person_ref", name="pk_reporting_edge"),
    )


def downgrade() -> None:
    """Go back; what was noted about programmes goes with them."""
    op.execute("DELETE FROM audit_entry WHERE programme_id IS NOT NULL")
    with op.batch_alter_table("audit_entry") as audit:
        audit.drop_constraint("fk_audit_entry_programme_id_programme", type_="foreignkey")
        audit.drop_index("ix_audit_entry_programme_id")
        audit.drop_column("programme_id")
    with op.batch_alter_table("activity") as activity:
        activity.drop_constraint("fk_activity_programme_id_programme", type_="foreignkey")
        activity.drop_index("ix_activity_programme_id")
        activity.drop_column("programme_id")
    for table in reversed(_TABLES):
        op.drop_table(table)
