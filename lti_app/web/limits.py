"""Limits of what one address fails at, and of what one person does (lti-rules.md R-1.10).

A request is limited by its address only after it has failed, and then in nothing but how much is
done about the failure: no page of its own, no line in the log, no row in the database. What would
succeed is never asked about, so nobody behind the same address is ever kept out. What one person
changes is limited before it is done; that is nobody else's affair.

The counts are each process's own. They decide how much a process does about what fails, so that
twice as many processes may do twice as much; asking the database would cost what is to be saved.
"""

from dataclasses import dataclass
from typing import cast

import structlog
from flask import Flask, current_app, g, request

from lti_app.domain.errors import AppError
from lti_app.domain.limits import Exceeded, Limit, network_of
from lti_app.domain.visit import Visit
from lti_app.web.runtime import runtime

log = structlog.get_logger()
TOO_MANY = "too_many"
#: Failures of one address at one thing, in a minute: a whole class reads what is the matter.
FAILURES = 300
#: Changes by one person in an hour: a page that keeps what is typed sends it every other second.
ACTS = 3_000
_KEY = "throughline.limits"
_MINUTE = 60
_HOUR = 3600


@dataclass(frozen=True)
class _Limits:
    """The counts of one application."""

    failures: Limit
    acts: Limit


class TooMany(AppError):
    """A person changes more in an hour than anybody can; nothing was done."""

    status = 429
    default_code = "too_many_changes"

    def __init__(self, exceeded: Exceeded) -> None:
        self.exceeded = exceeded
        super().__init__()


def set_limits(app: Flask, *, failures: Limit | None = None, acts: Limit | None = None) -> None:
    """Give an application counts of its own, up to the usual limits or others."""
    app.extensions[_KEY] = _Limits(failures or Limit(FAILURES, _MINUTE), acts or Limit(ACTS, _HOUR))


def failed_too_often() -> Exceeded | None:
    """Count the failure of this request; returns what to say if there were too many."""
    if not runtime().settings.rate_limits:
        return None
    endpoint = request.endpoint or "nowhere"
    who = g.get("acting_person") or network_of(request.remote_addr)
    limit = _limits().failures
    exceeded = limit.note(f"{endpoint} {who}", g.correlation_id)
    if exceeded is not None and exceeded.is_first:
        log.warning("limit_reached", endpoint=endpoint, limit=limit.most)
    return exceeded


def check_acts(visit: Visit) -> None:
    """Count a change that somebody is about to make.

    Raises:
        TooMany: it is one too many in this hour.
    """
    if not runtime().settings.rate_limits:
        return
    limit = _limits().acts
    exceeded = limit.note(str(visit.person.id), g.correlation_id)
    if exceeded is not None:
        if exceeded.is_first:
            log.warning("limit_reached", endpoint=request.endpoint, limit=limit.most)
        raise TooMany(exceeded)


def _limits() -> _Limits:
    return cast("_Limits", current_app.extensions[_KEY])
