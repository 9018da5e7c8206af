"""Forms: plain WTForms, with a token that is bound to the visit instead of a session cookie."""

from collections.abc import Mapping
from datetime import date
from hmac import compare_digest
from hmac import new as new_hmac
from typing import ClassVar, Self

from flask import request
from markupsafe import Markup
from wtforms import Form
from wtforms.csrf.core import CSRF, CSRFTokenField
from wtforms.fields import HiddenField
from wtforms.form import BaseForm
from wtforms.meta import DefaultMeta

from lti_app.domain.errors import VisitRefused
from lti_app.domain.visit import Visit
from lti_app.web.runtime import runtime
from lti_app.web.visits import current_visit

FIELD = "csrf_token"


def csrf_token(visit: Visit) -> str:
    """Return the token that every unsafe request of a visit carries (lti-rules.md R-8.5)."""
    return _tokens(visit)[0]


def check_csrf(visit: Visit, given: str | None) -> None:
    """Refuse a request that was not made from one of the visit's own pages.

    Raises:
        VisitRefused: code `form_expired`.
    """
    if given is None or not any(
        compare_digest(token.encode(), given.encode("utf-8", "surrogatepass"))
        for token in _tokens(visit)
    ):
        raise VisitRefused("form_expired", "CSRF token")


def _tokens(visit: Visit) -> list[str]:
    keys = runtime().settings.secret_keys
    message = b"csrf:" + visit.id.bytes
    return [new_hmac(key.encode(), message, "sha256").hexdigest() for key in keys]


def _as_parameter(answer: object) -> str:
    """Return an answer as text: nothing is empty, several are separated by commas."""
    if answer is None:
        return ""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, list | tuple | set):
        return ",".join(_as_parameter(one) for one in answer)
    return answer.isoformat() if isinstance(answer, date) else str(answer)


class _VisitCsrf(CSRF):
    def generate_csrf_token(self, csrf_token_field: CSRFTokenField) -> str:
        return csrf_token(current_visit())

    def validate_csrf_token(self, form: BaseForm, field: CSRFTokenField) -> None:
        """Do nothing: the request was refused before the form was read (`web/transactions.py`)."""


class ActivityForm(Form):
    """A form of an activity; fill it with `from_request()`.

    It is falsy to validate on GET, so that a page shows errors only for what was sent.
    """

    class Meta(DefaultMeta):
        csrf = True
        csrf_class = _VisitCsrf
        csrf_field_name = FIELD

    hidden_types: ClassVar[tuple[type, ...]] = (HiddenField, CSRFTokenField)

    @classmethod
    def from_request(cls, data: Mapping[str, object] | None = None, *, prefix: str = "") -> Self:
        """Return the form as sent, or with stored `data` where nothing was sent.

        Args:
            data: by field name.
            prefix: of every field, where two forms are sent together.
        """
        sent = request.form if request.method == "POST" else None
        return cls(sent, data=data, prefix=prefix)

    def validate_on_submit(self) -> bool:
        """Return whether something was sent and is valid."""
        return request.method == "POST" and self.validate()

    def given(self) -> dict[str, str]:
        """Return the answers as the custom parameters of a link would say them, by field name."""
        hidden = {field.name for field in self if isinstance(field, self.hidden_types)}
        return {
            name: _as_parameter(field.data)
            for name, field in self._fields.items()
            if field.name not in hidden
        }

    def hidden_tag(self) -> Markup:
        """Return all hidden fields, as Bootstrap-Flask's macros expect it."""
        return Markup("").join(field() for field in self if isinstance(field, self.hidden_types))
