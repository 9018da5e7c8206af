"""Loads every table of the tool, so that foreign keys find what they point at.

SQLAlchemy resolves them when a table is first used: a process that has loaded only some of the
tables fails at its first write.
"""

from sqlalchemy import MetaData

from lti_app.store import (
    audit,
    courses,
    facts,
    goals,
    imports,
    invites,
    jobs,
    launch_outcomes,
    link_choices,
    links,
    lms_health,
    mails,
    notices,
    organisations,
    pairs,
    participants,
    people,
    programmes,
    progress,
    reconciliations,
    registrations,
    reporting,
    rosters,
    staff,
    taxonomy,
    visits,
)
from lti_app.store.base import Base

#: Every module that holds tables; a test finds one that is missing here.
MODULES = (
    audit,
    courses,
    facts,
    goals,
    imports,
    invites,
    jobs,
    launch_outcomes,
    link_choices,
    links,
    lms_health,
    mails,
    notices,
    organisations,
    pairs,
    participants,
    people,
    programmes,
    progress,
    reconciliations,
    registrations,
    reporting,
    rosters,
    staff,
    taxonomy,
    visits,
)


def load_tables() -> MetaData:
    """Return the tool's own tables, complete; a plugin's are added when it is loaded."""
    return Base.metadata
