"""Roles in a course, as a condition in SQL."""

from sqlalchemy import ColumnElement, Text, cast

from lti_app.store.courses import Enrolment


def has_role(flag: str) -> ColumnElement[bool]:
    """Return the condition that an `Enrolment` carries a flag of `domain.roles.Roles`."""
    # The flags are words of ours in a JSON list, so the quoted word is found as text.
    return cast(Enrolment.role_names, Text).contains(f'"{flag}"', autoescape=True)
