"""Which mail somebody wants, and to which address."""

from collections.abc import Mapping
from typing import Final

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import EmailField, RadioField, ValidationError
from wtforms.fields import Field
from wtforms.validators import InputRequired

from lti_app.domain.errors import NotFound
from lti_app.domain.mail import MailChoice, is_usable_address
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import mail_preferences
from lti_app.services.mail_preferences import MailPreferences, Saved
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.inbox import blueprint
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_visit

__all__ = ["blueprint"]

_UNPROCESSABLE = 422
_LONGEST = 320
CHOICES: Final[Mapping[MailChoice, LazyString]] = {
    MailChoice.ALL: lazy_gettext(
        "At once what concerns my own work or deadlines, and once a week a summary of everything "
        "else that is new"
    ),
    MailChoice.DIRECT: lazy_gettext("Only what concerns my own work or deadlines"),
    MailChoice.NONE: lazy_gettext("No mail: I look into my inbox"),
}
#: What was just done, as the address of the next page says.
DONE: Final[Mapping[Saved, LazyString]] = {
    Saved.DONE: lazy_gettext("Saved."),
    Saved.LINK_SENT: lazy_gettext(
        "Saved. A mail with a link is on its way to the new address, which counts once its owner "
        "has pressed the button there."
    ),
}


def _trimmed(text: str | None) -> str:
    return (text or "").strip()


class MailForm(ActivityForm):
    """Which mail, and where; the link can be sent once more by a button of its own."""

    choice = RadioField(
        lazy_gettext("Which mail would you like to get?"),
        [InputRequired(lazy_gettext("Please choose one."))],
        choices=lambda: [(choice.value, words) for choice, words in CHOICES.items()],
    )
    address = EmailField(
        lazy_gettext("To which address?"),
        filters=[_trimmed],
        render_kw={"autocomplete": "email", "maxlength": str(_LONGEST)},
    )

    def validate_address(self, field: Field) -> None:
        """Refuse what no mail can be sent to."""
        if field.data and not is_usable_address(field.data):
            raise ValidationError(
                gettext("Mail cannot be sent to this address. Write it as name@example.org.")
            )


@blueprint.get("/notices")
@requires(Action.READ, Kind.NOTICE, of=Reach.SELF)
def mail() -> ResponseReturnValue:
    """Show what somebody decided about mail."""
    stored = mail_preferences.preferences_of(current_visit().person.id)
    form = MailForm.from_request(
        {"choice": stored.choice.value, "address": stored.asked_address or stored.own_address}
    )
    return _show(form, stored)


@blueprint.post("/notices")
@requires(Action.WRITE, Kind.NOTICE, of=Reach.SELF)
def save_mail() -> ResponseReturnValue:
    """Keep what somebody decides about mail."""
    if not _sends_mail():
        raise NotFound(detail="no mail is sent here")
    person_id = current_visit().person.id
    form = MailForm.from_request()
    saved = None
    if form.validate():
        saved = mail_preferences.save(
            person_id,
            MailChoice(form.choice.data),
            form.address.data or None,
            again="again" in request.form,
        )
    if saved is None or saved not in DONE:
        if saved is not None:
            form.address.errors = [_too_many()]
        return _show(form, mail_preferences.preferences_of(person_id)), _UNPROCESSABLE
    return redirect(url_for(".mail", done=saved.value), 303)


def _show(form: MailForm, stored: MailPreferences) -> str:
    form.address.description = _default_address(stored)
    done = request.args.get("done", "")
    return render_template(
        "notices/mail.html",
        form=form,
        stored=stored,
        sends_mail=_sends_mail(),
        done=DONE.get(Saved(done)) if done in {*Saved} else None,
    )


def _sends_mail() -> bool:
    return runtime().settings.mail_server is not None and not current_visit().person.is_preview


def _default_address(stored: MailPreferences) -> str:
    if stored.lms_address is None:
        return gettext("Your course did not tell us any. Left empty, you get no mail.")
    return gettext(
        "Left empty, it is the one that your course told us: %(address)s",
        address=stored.lms_address,
    )


def _too_many() -> str:
    return gettext(
        "Nothing was saved: several links were sent today already. Look for them among the mail "
        "that your program takes for unwanted, or try again tomorrow."
    )
