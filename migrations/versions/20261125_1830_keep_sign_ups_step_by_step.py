"""Keep a sign-up as what was sent and what is being written; let old ones come along.

The one page of before asked neither how much a skill matters nor how strong somebody is in it:
there all count the same.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "20261125_1830"
down_revision: str | None = "20261125_1800"

_PRIORITY, _OWN_LEVEL, _OFFERED_LEVEL = 1, 0, 3
_JSON = sa.JSON(none_as_null=True)
_SIGN_UP = sa.table(
    "mentoring_sign_up",
    sa.column("id", sa.Uuid()),
    sa.column("side", sa.String()),
    sa.column("why", sa.Text()),
    sa.column("goal_areas", sa.JSON()),
    sa.column("time_zone", sa.String()),
    sa.column("submitted_at", sa.DateTime(timezone=True)),
    sa.column("answers", _JSON),
    sa.column("draft", _JSON),
)
_SKILL = sa.table(
    "mentoring_skill", sa.column("sign_up_id", sa.Uuid()), sa.column("skill", sa.String())
)


def upgrade() -> None:
    """Go forward."""
    _add_private_tables()
    with op.batch_alter_table("mentoring_sign_up") as table:
        table.add_column(sa.Column("answers", _JSON))
        table.add_column(sa.Column("draft", _JSON))
        table.add_column(sa.Column("step", sa.String(length=10)))
    _carry_over()
    op.drop_table("mentoring_skill")
    with op.batch_alter_table("mentoring_sign_up") as table:
        for name in ("side", "why", "goal_areas", "time_zone"):
            table.drop_column(name)


def downgrade() -> None:
    """Go back; what the one page did not ask is lost."""
    with op.batch_alter_table("mentoring_sign_up") as table:
        table.add_column(sa.Column("side", sa.String(length=10)))
        table.add_column(sa.Column("why", sa.Text(), server_default="", nullable=False))
        table.add_column(sa.Column("goal_areas", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("time_zone", sa.String(length=64)))
    with op.batch_alter_table("mentoring_sign_up") as table:
        table.alter_column("why", server_default=None)
        table.alter_column("goal_areas", server_default=None)
    op.create_table(
        "mentoring_skill",
        sa.Column("sign_up_id", sa.Uuid(), nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["sign_up_id"],
            ["mentoring_sign_up.id"],
            name="fk_mentoring_skill_sign_up_id_mentoring_sign_up",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sign_up_id", "skill", name="pk_mentoring_skill"),
    )
    _carry_back()
    with op.batch_alter_table("mentoring_sign_up") as table:
        for name in ("answers", "draft", "step"):
            table.drop_column(name)
    op.drop_table("mentoring_self_description")
    op.drop_table("mentoring_exclusion")


def _add_private_tables() -> None:
    for name, column in (("exclusion", "people"), ("self_description", "groups")):
        op.create_table(
            f"mentoring_{name}",
            sa.Column("person_id", sa.Uuid(), nullable=False),
            sa.Column(column, sa.JSON(), nullable=False),
            sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(
                ["person_id"],
                ["person.id"],
                name=f"fk_mentoring_{name}_person_id_person",
                ondelete="CASCADE",
            ),
            sa.PrimaryKeyConstraint("person_id", name=f"pk_mentoring_{name}"),
        )


def _carry_over() -> None:
    connection = op.get_bind()
    skills: dict[object, list[str]] = {}
    for row in connection.execute(sa.select(_SKILL).order_by(_SKILL.c.skill)):
        skills.setdefault(row.sign_up_id, []).append(row.skill)
    for row in connection.execute(sa.select(_SIGN_UP)).all():
        answers = _to_answers(row.side, row.why, row.goal_areas, row.time_zone)
        answers["skills"] = [_to_skill(code, row.side) for code in skills.get(row.id, ())]
        column = "answers" if row.submitted_at is not None else "draft"
        connection.execute(
            sa.update(_SIGN_UP).where(_SIGN_UP.c.id == row.id).values({column: answers})
        )


def _to_answers(
    side: str | None, why: str, goal_areas: Sequence[str], time_zone: str | None
) -> dict[str, object]:
    return {"side": side, "wish": why, "goal_areas": list(goal_areas), "time_zone": time_zone}


def _to_skill(code: str, side: str | None) -> dict[str, object]:
    if side == "mentor":
        return {"code": code, "level": _OFFERED_LEVEL, "priority": None}
    return {"code": code, "level": _OWN_LEVEL, "priority": _PRIORITY}


def _carry_back() -> None:
    connection = op.get_bind()
    for row in connection.execute(sa.select(_SIGN_UP)).all():
        answers = row.answers or row.draft or {}
        values = {
            "side": answers.get("side"),
            "why": answers.get("wish", ""),
            "goal_areas": answers.get("goal_areas", []),
            "time_zone": answers.get("time_zone"),
        }
        connection.execute(sa.update(_SIGN_UP).where(_SIGN_UP.c.id == row.id).values(values))
        for skill in answers.get("skills", ()):
            connection.execute(sa.insert(_SKILL).values(sign_up_id=row.id, skill=skill["code"]))
