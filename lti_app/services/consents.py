"""Asking people for their consent to a programme's text, where they have not agreed to it as it is.

What they read and tick is a page of the activity at which they signed up.
"""

from collections.abc import Collection
from uuid import UUID

from lti_app.services.notice_kinds import CONSENT
from lti_app.services.notices import notify, withdraw
from lti_app.store.participants import Participant, list_without_consent


def has_agreed(row: Participant) -> None:
    """Take back what asks somebody for a consent that they have given by now."""
    if row.consent_version is not None:
        withdraw(row.person_id, CONSENT.key, about=(row.id, row.consent_version))


def ask_for_consent(
    programme_id: UUID, version: int, people: Collection[UUID] | None = None
) -> None:
    """Tell everybody who takes part and has not agreed to a text that it waits for them.

    Args:
        programme_id: whose text.
        version: of the text as it is now.
        people: some people alone, or all.
    """
    for row in list_without_consent(programme_id, version, people):
        if row.activity_id is not None:
            notify(row.person_id, CONSENT.key, about=(row.id, version), activity_id=row.activity_id)
