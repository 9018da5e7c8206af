"""Whether a database keeps what it has confirmed, also when its server dies."""

from sqlalchemy import text

from lti_app.store.session import Database, db, transaction

_OFF = (
    "PostgreSQL's synchronous_commit is off: if the server dies, work that learners were told is "
    "saved is lost. Set it to on, for the server or for the tool's role."
)


def check(url: str) -> list[str]:
    """Return what about a database's settings loses confirmed work, one sentence each.

    With `synchronous_commit` off PostgreSQL confirms a commit before it is on disk (PostgreSQL,
    "Asynchronous Commit"). SQLite is opened with `synchronous=FULL` and has nothing to set.
    """
    database = Database(url)
    try:
        with transaction(database, read_only=True):
            if database.engine.dialect.name != "postgresql":
                return []
            return [_OFF] if db().scalar(text("SHOW synchronous_commit")) == "off" else []
    finally:
        database.dispose()
