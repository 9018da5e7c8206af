"""${message}

Rules: both directions work, on PostgreSQL and SQLite; nothing is imported from lti_app or plugins
(a step must run when they have long moved on); a step that changes rows changes no tables; a
column without a default comes nullable first. A new step of a released version is never edited.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision: str = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Go forward."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Go back."""
    ${downgrades if downgrades else "pass"}
