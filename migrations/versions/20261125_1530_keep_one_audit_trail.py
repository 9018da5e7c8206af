"""Keep one audit trail instead of two, and know the default organisation by more than its name."""

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1530"
down_revision: str | None = "20261125_1500"


def upgrade() -> None:
    """Go forward."""
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(sa.Column("key", sa.String(length=20)))
        organisation.create_unique_constraint("uq_organisation_key", ["key"])
    op.execute("UPDATE organisation SET key = 'default' WHERE name = 'Default organisation'")
    with op.batch_alter_table("audit_entry") as entry:
        entry.add_column(sa.Column("organisation_id", sa.Uuid()))
        entry.add_column(sa.Column("object_id", sa.String(length=255)))
        entry.add_column(
            sa.Column("by_person", sa.Boolean(), nullable=False, server_default=sa.true())
        )
        entry.alter_column("activity_id", existing_type=sa.Uuid(), nullable=True)
        entry.alter_column("action", existing_type=sa.String(length=40), type_=sa.String(length=80))
        entry.create_foreign_key(
            "fk_audit_entry_organisation_id_organisation",
            "organisation",
            ["organisation_id"],
            ["id"],
            ondelete="CASCADE",
        )
        entry.create_index("ix_audit_entry_organisation_id", ["organisation_id"])
        entry.create_index("ix_audit_entry_created_at", ["created_at"])
    op.execute(
        "UPDATE audit_entry SET organisation_id = (SELECT activity.organisation_id FROM activity"
        " WHERE activity.id = audit_entry.activity_id)"
    )
    op.execute(
        "INSERT INTO audit_entry (id, actor_id, by_person, action, organisation_id, object_id,"
        " details, created_at)"
        " SELECT id, actor_id, actor_id IS NOT NULL, object_kind || '.' || verb, organisation_id,"
        " object_id, detail, at FROM audit"
    )
    op.drop_table("audit")


def downgrade() -> None:
    """Go back; what belongs to no activity is only in the table of former days."""
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid()),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("object_kind", sa.String(length=60), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name="fk_audit_actor_id_person", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name="fk_audit_organisation_id_organisation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_organisation_id", "audit", ["organisation_id"])
    _copy_back()
    op.execute("DELETE FROM audit_entry WHERE activity_id IS NULL")
    with op.batch_alter_table("audit_entry") as entry:
        entry.drop_index("ix_audit_entry_created_at")
        entry.drop_index("ix_audit_entry_organisation_id")
        entry.drop_constraint("fk_audit_entry_organisation_id_organisation", type_="foreignkey")
        entry.alter_column("action", existing_type=sa.String(length=80), type_=sa.String(length=40))
        entry.alter_column("activity_id", existing_type=sa.Uuid(), nullable=False)
        entry.drop_column("by_person")
        entry.drop_column("object_id")
        entry.drop_column("organisation_id")
    with op.batch_alter_table("organisation") as organisation:
        organisation.drop_constraint("uq_organisation_key", type_="unique")
        organisation.drop_column("key")


def _copy_back() -> None:
    names = "id organisation_id actor_id object_id".split()
    entry = sa.table(
        "audit_entry",
        *(sa.column(name) for name in (*names, "activity_id", "action", "details", "created_at")),
    )
    audit = sa.table(
        "audit", *(sa.column(name) for name in (*names, "verb", "object_kind", "detail", "at"))
    )
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    dot = (sa.func.strpos if is_postgresql else sa.func.instr)(entry.c.action, ".")
    rows = sa.select(
        *(entry.c[name] for name in names),
        sa.func.substr(entry.c.action, dot + 1),
        sa.func.substr(entry.c.action, 1, dot - 1),
        entry.c.details,
        entry.c.created_at,
    ).where(entry.c.activity_id.is_(None), entry.c.organisation_id.is_not(None))
    op.execute(audit.insert().from_select([column.name for column in audit.c], rows))
