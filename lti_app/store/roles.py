"""Roles in a course, as a condition in SQL."""

from sqlalchemy import ColumnElement, Text, cast

from lti_app.store.courses import Enrolment


def has_role(flag: str, enrolment: type[Enrolment] = Enrolment) -> ColumnElement[bool]:
    """Return the condition that an `Enrolment`, or an alias of it, carries a flag of `Roles`."""
    # The flags are words of ours in a JSON list, so the quoted word is found as text.
    return cast(enrolment.role_names, Text).contains(f'"{flag}"', autoescape=True)
