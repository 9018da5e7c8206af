"""Refusals: each has a code for logs and support, an HTTP status, and a sentence for people.

The sentence lives with the page that shows it (`web/errors.py`), keyed by the code, so that it can
be translated in the reader's language.
"""


class AppError(Exception):
    """Something that the person, or their LMS, has to do differently.

    Attributes:
        code: short, stable, shown on the page and in the log.
        status: the HTTP status of the answer.
        detail: for the log only; never holds personal data or tokens.
    """

    status = 400
    default_code = "bad_request"

    def __init__(self, code: str | None = None, detail: str = "", *, status: int | None = None):
        self.code = code or self.default_code
        self.detail = detail
        if status is not None:
            self.status = status
        super().__init__(f"{self.code}: {detail}" if detail else self.code)


class MalformedRequest(AppError):
    """The request cannot be read: missing, repeated, too long or of the wrong form."""

    status = 400
    default_code = "malformed"


class LaunchRefused(AppError):
    """The launch was read and is not to be trusted (lti-rules.md V1-V18)."""

    status = 401
    default_code = "launch_refused"


class RegistrationRefused(AppError):
    """An LMS cannot be registered like this (lti-rules.md R-7.1 to R-7.6).

    Attributes:
        words: what the page adds: short words of the LMS, or a member that is wrong; or empty.
    """

    status = 403
    default_code = "registration_refused"

    def __init__(
        self,
        code: str | None = None,
        detail: str = "",
        *,
        status: int | None = None,
        words: str = "",
    ) -> None:
        self.words = words
        super().__init__(code, detail, status=status)


class NotAllowed(AppError):
    """The person is known, and may not do this."""

    status = 403
    default_code = "not_allowed"


class NotFound(AppError):
    """There is no such thing, or none that this person may know of."""

    status = 404
    default_code = "not_found"


class VisitRefused(AppError):
    """The visit is over, or this browser does not own it (visits.md rule 9)."""

    status = 403
    default_code = "visit_over"


class Conflict(AppError):
    """What the person saw has changed in the meantime."""

    status = 409
    default_code = "conflict"
