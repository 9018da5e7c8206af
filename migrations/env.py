"""Runs the steps on the connection that `lti_app.store.migrations` hands over.

Called by Alembic's own command, which writes new steps, it opens THROUGHLINE_DATABASE_URL.
"""

import os
from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlalchemy import Connection

from lti_app.store.base import Base, UtcDateTime
from lti_app.store.migrations import metadata
from lti_app.store.session import Database

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


def render_item(kind: str, item: object, _autogenerate: "AutogenContext") -> str | Literal[False]:
    """Write our own types as plain ones: a step must run when the code has long moved on."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run_on(connection: Connection) -> None:
    """Run what Alembic was asked for, in the connection's own transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render_item,
        render_as_batch=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run_on(given)
else:
    metadata()
    database = Database(os.environ["THROUGHLINE_DATABASE_URL"])
    with database.engine.begin() as opened:
        run_on(opened)
    database.dispose()
