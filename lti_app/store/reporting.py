"""Who reports to whom, as an organisation uploaded it; used to keep managers out of pairs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from lti_app.store.base import Base


class ReportingEdge(Base):
    """One person's manager, by what the upload calls them; nobody is merged because of it.

    Both are an e-mail address or the LMS's user id, case-folded.
    """

    __tablename__ = "reporting_edge"

    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    person_ref: Mapped[str] = mapped_column(String(320), primary_key=True)
    manager_ref: Mapped[str] = mapped_column(String(320))
    imported_at: Mapped[datetime]
