"""What an LMS's list of a course's people changes, and what it never does (R-1.32, R-5.3)."""

from datetime import datetime, timedelta

from lti_app.domain.roles import Roles

#: An instructor's launch has a roster read again that is older than this.
STALE_AFTER = timedelta(hours=6)
#: A person may have it read again this often.
PAUSE_BETWEEN_REQUESTS = timedelta(minutes=1)
#: Pages count from the start of the list, which moves on: a reading that takes longer begins anew.
LONGEST_READING = timedelta(minutes=15)


def roles_after(stored: Roles, listed: Roles, *, has_launched: bool) -> Roles:
    """Return a person's roles in a course after the roster has listed them.

    A launch knows better than a roster: Moodle lists its non-editing teachers as learners, so who
    was staff at the last launch stays so. The other way the roster counts: whoever it calls staff
    is not graded, even if they last came as a learner (a teacher who had switched roles).

    Args:
        stored: as known so far.
        listed: as the roster has it; without any role that takes part nothing changes.
        has_launched: the stored ones are a launch's.
    """
    if not has_launched:
        return listed if takes_part(listed) else stored
    return listed if is_staff(listed) and not is_staff(stored) else stored


def is_staff(roles: Roles) -> bool:
    """Tell whether somebody teaches, marks or builds the course."""
    return roles.can_author or roles.can_review


def takes_part(roles: Roles) -> bool:
    """Tell whether somebody belongs to the course in a way that concerns the tool.

    Observers and parents do not: they come into the tool by their own launch, or never.
    """
    return roles.is_learner or is_staff(roles)


def is_stale(attempted_at: datetime | None, now: datetime) -> bool:
    """Tell whether a roster has to be read again.

    Args:
        attempted_at: when the last reading ended, whatever it came to.
        now: the moment.
    """
    return attempted_at is None or now - attempted_at >= STALE_AFTER


def either(one: Roles, other: Roles) -> Roles:
    """Return the roles that somebody has who is listed twice."""
    return Roles.from_names([*one.names(), *other.names()])
