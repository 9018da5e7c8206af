"""Invites: made, shown once, listed and revoked."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, TypeVar
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms.fields import IntegerField, SelectField
from wtforms.validators import NumberRange

from lti_app.domain.errors import NotFound
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.invites import LIFETIME, create_invite, revoke_invite, state_of
from lti_app.services.organisations import organisation_called
from lti_app.store.invites import Invite, list_invites
from lti_app.store.organisations import Organisation, list_organisations
from lti_app.store.registrations import Registration, list_registrations
from lti_app.store.session import db
from lti_app.web.admin.pages import (
    UNPROCESSABLE,
    Question,
    actor,
    ask,
    blueprint,
    in_zone,
    lms_name,
)
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext, lazy_gettext

Row = TypeVar("Row", Organisation, Registration)

_MOST_DAYS = 90
STATES: Final[Mapping[str, LazyString]] = {
    "open": lazy_gettext("Open"),
    "used": lazy_gettext("Used"),
    "revoked": lazy_gettext("Revoked"),
    "expired": lazy_gettext("Too old"),
}


class InviteForm(ActivityForm):
    """For whom, for what and for how long an invite is."""

    organisation = SelectField(lazy_gettext("Organisation"), validate_choice=False)
    registration = SelectField(
        lazy_gettext("What it does"),
        validate_choice=False,
        description=lazy_gettext("An update keeps people, courses and grades."),
    )
    days = IntegerField(
        lazy_gettext("For how many days"),
        [NumberRange(1, _MOST_DAYS, message=lazy_gettext("Write a whole number from 1 to 90."))],
        default=LIFETIME.days,
    )

    def offer(self) -> None:
        """Fill the lists with what there is."""
        organisations = [(str(one.id), one.name) for one in list_organisations()]
        self.organisation.choices = organisations or [("", gettext("The default one"))]
        self.registration.choices = [
            ("", gettext("Registers a new LMS")),
            *(
                (str(one.id), gettext("Updates %(lms)s", lms=lms_name(one)))
                for one in list_registrations()
            ),
        ]

    def find_target(self) -> tuple[UUID | None, UUID | None]:
        """Return to whom an LMS will belong, and which one is updated, if one is.

        An update stays with its organisation. What is not there any more is said at its field, and
        the organisation is None.
        """
        registration = _get(Registration, self.registration.data)
        if registration is not None:
            return registration.organisation_id, registration.id
        if self.registration.data:
            self.registration.errors = [gettext("This LMS is not registered any more.")]
            return None, None
        if not self.organisation.data:
            return organisation_called(None).id, None
        organisation = _get(Organisation, self.organisation.data)
        if organisation is None:
            self.organisation.errors = [gettext("This organisation is not there any more.")]
        return (organisation.id if organisation else None), None


@blueprint.get("/invites")
@requires(Action.READ, Kind.PLATFORM, of=Reach.TOOL)
def invites() -> ResponseReturnValue:
    """List the invites, and offer to make one."""
    return _list(InviteForm(data={"registration": request.args.get("updates", "")}))


@blueprint.post("/invites")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def make_invite() -> ResponseReturnValue:
    """Make an invite, and show its address; it is kept nowhere, so it is shown this once."""
    form = InviteForm.from_request()
    if not form.validate_on_submit():
        form.days.errors = [gettext("Write a whole number from 1 to 90.")]
        return _list(form), UNPROCESSABLE
    organisation_id, registration_id = form.find_target()
    if organisation_id is None:
        return _list(form), UNPROCESSABLE
    lifetime = timedelta(days=form.days.data or LIFETIME.days)
    made = create_invite(organisation_id, registration_id, lifetime=lifetime, by=actor())
    return render_template(
        "admin/invite.html",
        address=made.url(runtime().settings.public_url),
        until=in_zone(made.expires_at),
        is_update=registration_id is not None,
    )


@blueprint.get("/invites/<uuid:invite_id>/revoke")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def ask_revoke(invite_id: UUID) -> ResponseReturnValue:
    """Ask before an invite is made worthless."""
    invite = db().get(Invite, invite_id)
    if invite is None:
        raise NotFound(detail="invite")
    return ask(
        Question(
            heading=gettext("Revoke this invite?"),
            consequences=[
                gettext("Whoever has its address cannot register an LMS with it any more."),
                gettext("It was made on %(time)s.", time=in_zone(invite.created_at)),
            ],
            do=gettext("Revoke it"),
            action=url_for(".revoke", invite_id=invite_id),
            back=url_for(".invites"),
        )
    )


@blueprint.post("/invites/<uuid:invite_id>/revoke")
@requires(Action.WRITE, Kind.PLATFORM, of=Reach.TOOL)
def revoke(invite_id: UUID) -> ResponseReturnValue:
    """Make an invite worthless."""
    revoke_invite(invite_id, by=actor())
    return redirect(url_for(".invites", done="revoke"), 303)


def _list(form: InviteForm) -> str:
    form.offer()
    organisations = {one.id: one.name for one in list_organisations()}
    platforms = {one.id: lms_name(one) for one in list_registrations()}
    return render_template(
        "admin/invites.html",
        form=form,
        lines=[
            (
                one,
                state_of(one),
                STATES[state_of(one)],
                organisations[one.organisation_id],
                platforms[one.registration_id] if one.registration_id else None,
            )
            for one in list_invites(None)
        ],
        is_done=request.args.get("done") == "revoke",
    )


def _get(table: type[Row], text: str | None) -> Row | None:
    """Return the row of an id as a form has it, or None if that is none."""
    try:
        return db().get(table, UUID(text or ""))
    except ValueError:
        return None
