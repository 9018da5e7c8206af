"""Registering an LMS by hand, and changing what was typed (lti-rules.md R-7.9)."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import Form
from wtforms.fields import (
    BooleanField,
    Field,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Length

from lti_app.domain.errors import Conflict, NotFound
from lti_app.domain.launch import Family
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.lti.presets import Preset, addresses, needs_site, site_of
from lti_app.services.platforms import (
    Fault,
    InvalidPlatform,
    NewPlatform,
    PlatformChange,
    add_platform,
    change_platform,
    get_platform,
)
from lti_app.store.organisations import list_organisations
from lti_app.store.registrations import Registration
from lti_app.web.admin.pages import UNPROCESSABLE, actor, blueprint, lms_name
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, lazy_gettext

_LONGEST_LABEL = 200
PRESETS: Final[Mapping[Preset, LazyString]] = {
    Preset.MOODLE: lazy_gettext("Moodle"),
    Preset.CANVAS: lazy_gettext("Canvas, hosted by Instructure"),
    Preset.CANVAS_BETA: lazy_gettext("Canvas, hosted: the beta site"),
    Preset.CANVAS_TEST: lazy_gettext("Canvas, hosted: the test site"),
    Preset.CANVAS_OWN: lazy_gettext("Canvas, on a server of your own"),
    Preset.OTHER: lazy_gettext("Another LMS"),
}
FAMILIES: Final[Mapping[Family, LazyString]] = {
    Family.MOODLE: lazy_gettext("Moodle"),
    Family.CANVAS: lazy_gettext("Canvas"),
    Family.OTHER: lazy_gettext("Another"),
}
FAULTS: Final[Mapping[Fault, LazyString]] = {
    Fault.BLANKS: lazy_gettext(
        "Take out blanks around it and signs that cannot be seen; it may have 2,000 characters."
    ),
    Fault.FRAGMENT: lazy_gettext("Leave out # and what follows."),
    Fault.NO_ADDRESS: lazy_gettext("This is not a web address. It begins with https://."),
    Fault.NOT_HTTPS: lazy_gettext("It must begin with https://."),
    Fault.QUERY: lazy_gettext("Leave out ? and what follows; it may have 255 characters."),
    Fault.ID: lazy_gettext("Write 1 to 255 characters, without blanks around them."),
    Fault.EMPTY: lazy_gettext("Leave it quite empty, or write an address."),
    Fault.FAMILY: lazy_gettext("Choose one of the products."),
}
#: Name of a field for the service → name of the form's field.
_FIELDS: Final = {
    "issuer": "issuer",
    "client-id": "client_id",
    "auth-url": "auth_url",
    "token-url": "token_url",
    "jwks-url": "jwks_url",
    "deployment": "deployments",
    "audience": "token_audience",
    "family": "family",
}


class PresetForm(Form):
    """Which product an LMS is and where; sent by GET, since it changes nothing."""

    preset = RadioField(
        lazy_gettext("What is your LMS?"),
        choices=lambda: [(preset.value, str(words)) for preset, words in PRESETS.items()],
        default=Preset.MOODLE.value,
        validate_choice=False,
    )
    site = StringField(
        lazy_gettext("Its address"),
        description=lazy_gettext(
            "As it stands in the browser, such as https://moodle.example.org; of hosted Canvas the "
            "one of your school. Not needed for another LMS."
        ),
    )

    def chosen(self) -> Preset | None:
        """Return what was chosen, if it makes sense."""
        return Preset(self.preset.data) if self.preset.data in {*Preset} else None

    def find_site(self, preset: Preset) -> str | None:
        """Return the address, empty where none is needed; None, with the fault, if it is none."""
        if not needs_site(preset):
            return ""
        site = site_of(preset, self.site.data or "")
        if site is None:
            self.site.errors = [gettext("Write the address of your LMS; it begins with https://.")]
        return site


class _AddressForm(ActivityForm):
    """What can be changed later."""

    family = SelectField(
        lazy_gettext("Product"),
        choices=lambda: [(family.value, str(words)) for family, words in FAMILIES.items()],
        validate_choice=False,
        description=lazy_gettext("Decides by which rules grades are sent."),
    )
    auth_url = StringField(lazy_gettext("Authorization address (sign-in)"))
    token_url = StringField(lazy_gettext("Token address"))
    jwks_url = StringField(lazy_gettext("Key set address"))
    token_audience = StringField(
        lazy_gettext("Audience of token requests"),
        description=lazy_gettext("Only where it is another than the token address."),
    )

    def show(self, faults: Mapping[str, Fault]) -> None:
        """Say at each field what is wrong with it."""
        for name, fault in faults.items():
            field: Field = self[_FIELDS[name]]
            field.errors = [str(FAULTS[fault])]

    def audience(self) -> str | None:
        """Return the audience; nothing typed is none."""
        return self.token_audience.data or None


class NewPlatformForm(_AddressForm):
    """Everything that an LMS shows for a tool that is set up in it."""

    organisation = SelectField(lazy_gettext("Organisation"), validate_choice=False)
    issuer = StringField(
        lazy_gettext("Issuer (platform id)"),
        description=lazy_gettext(
            "Letter by letter as the LMS shows it, mostly without / at the end."
        ),
    )
    client_id = StringField(lazy_gettext("Client id"))
    deployments = TextAreaField(
        lazy_gettext("Deployment ids"),
        description=lazy_gettext(
            "One a line. They need no approval; others wait for it at their first launch."
        ),
    )

    def deployment_ids(self) -> list[str]:
        """Return what was typed, a line each."""
        return [line.strip() for line in (self.deployments.data or "").splitlines() if line.strip()]

    def to_platform(self) -> NewPlatform:
        """Return what was typed."""
        return NewPlatform(
            issuer=self.issuer.data or "",
            client_id=self.client_id.data or "",
            auth_url=self.auth_url.data or "",
            token_url=self.token_url.data or "",
            jwks_url=self.jwks_url.data or "",
            deployment_ids=self.deployment_ids(),
            token_audience=self.audience(),
            family=self.family.data or "",
            organisation=self.organisation.data or None,
        )


class ChangeForm(_AddressForm):
    """What can be changed of a registration."""

    label = StringField(
        lazy_gettext("Name"),
        [Length(max=_LONGEST_LABEL, message=lazy_gettext("Use at most 200 characters."))],
        description=lazy_gettext("What these pages call it; empty: its host."),
    )
    auto_approve = BooleanField(lazy_gettext("Approve further deployments by themselves"))

    def to_change(self) -> PlatformChange:
        """Return what was typed."""
        return PlatformChange(
            auth_url=self.auth_url.data or "",
            token_url=self.token_url.data or "",
            jwks_url=self.jwks_url.data or "",
            token_audience=self.audience(),
            family=self.family.data or "",
            label=" ".join((self.label.data or "").split()) or None,
            auto_approve=self.auto_approve.data,
        )


@blueprint.get("/platforms/new")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def new_platform() -> ResponseReturnValue:
    """Show the two ways to register an LMS, and ask which product it is."""
    return render_template("admin/new_platform.html", form=PresetForm())


@blueprint.get("/platforms/by-hand")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def by_hand() -> ResponseReturnValue:
    """Show the form, with what the product's addresses probably are."""
    asked = PresetForm(request.args)
    preset = asked.chosen()
    site = asked.find_site(preset) if preset else None
    if preset is None or site is None:
        return render_template("admin/new_platform.html", form=asked), UNPROCESSABLE
    return _show_new(NewPlatformForm(data=vars(addresses(preset, site))), preset)


@blueprint.post("/platforms/by-hand")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def register_by_hand() -> ResponseReturnValue:
    """Register an LMS."""
    form = NewPlatformForm.from_request()
    private = runtime().settings.allow_private_networks
    try:
        added = add_platform(form.to_platform(), allow_private_networks=private, by=actor())
    except InvalidPlatform as error:
        form.show(error.faults)
    except Conflict:
        form.client_id.errors = [gettext("This client id is registered already with this issuer.")]
    except NotFound:
        form.organisation.errors = [gettext("This organisation is not there any more.")]
    else:
        return redirect(url_for(".platform", registration_id=added.id, done="add"), 303)
    return _show_new(form, None), UNPROCESSABLE


@blueprint.get("/platforms/<uuid:registration_id>/change")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def ask_change(registration_id: UUID) -> ResponseReturnValue:
    """Show what can be changed of an LMS."""
    found = get_platform(registration_id)
    return _show_change(found, ChangeForm(obj=found))


@blueprint.post("/platforms/<uuid:registration_id>/change")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def change(registration_id: UUID) -> ResponseReturnValue:
    """Change what was typed of an LMS."""
    found, form = get_platform(registration_id), ChangeForm.from_request()
    if form.validate_on_submit():
        private = runtime().settings.allow_private_networks
        try:
            change_platform(
                registration_id, form.to_change(), allow_private_networks=private, by=actor()
            )
            return redirect(
                url_for(".platform", registration_id=registration_id, done="change"), 303
            )
        except InvalidPlatform as error:
            form.show(error.faults)
    return _show_change(found, form), UNPROCESSABLE


def _show_new(form: NewPlatformForm, preset: Preset | None) -> str:
    names = [one.name for one in list_organisations()]
    form.organisation.choices = [(name, name) for name in names] or [
        ("", gettext("The default one"))
    ]
    return render_template(
        "admin/by_hand.html",
        form=form,
        product=PRESETS[preset] if preset else None,
        is_canvas_own=preset is Preset.CANVAS_OWN,
    )


def _show_change(found: Registration, form: ChangeForm) -> str:
    return render_template("admin/change.html", found=found, name=lms_name(found), form=form)
