"""Organisations: the tenants, added and renamed."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms.fields import StringField
from wtforms.validators import DataRequired, Length

from lti_app.domain.errors import Conflict, MalformedRequest, NotFound
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services.organisations import (
    LONGEST_NAME,
    add_organisation,
    count_organisations,
    rename_organisation,
)
from lti_app.store.organisations import get_organisation
from lti_app.web.admin.pages import UNPROCESSABLE, actor, blueprint
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.translation import gettext, lazy_gettext

_DONE: Final[Mapping[str, LazyString]] = {
    "add": lazy_gettext("The organisation is added."),
    "rename": lazy_gettext("The organisation has its new name."),
}


class OrganisationForm(ActivityForm):
    """What an organisation is called."""

    name = StringField(
        lazy_gettext("Name"),
        [
            DataRequired(lazy_gettext("Write what the organisation is called.")),
            Length(max=LONGEST_NAME, message=lazy_gettext("Use at most 200 characters.")),
        ],
    )

    def refuse(self, fault: str) -> None:
        """Say what is wrong with the name that only the database knew."""
        self.name.errors = [fault]


@blueprint.get("/organisations")
@requires(Action.READ, Kind.ORGANISATION, of=Reach.TOOL)
def organisations() -> ResponseReturnValue:
    """List the organisations, and offer to add one."""
    return _list(OrganisationForm())


@blueprint.post("/organisations")
@requires(Action.WRITE, Kind.ORGANISATION, of=Reach.TOOL)
def add_one() -> ResponseReturnValue:
    """Add an organisation."""
    form = OrganisationForm.from_request()
    if form.validate_on_submit():
        try:
            add_organisation(form.name.data or "", by=actor())
            return redirect(url_for(".organisations", done="add"), 303)
        except (Conflict, MalformedRequest) as error:
            form.refuse(_fault(error))
    return _list(form), UNPROCESSABLE


@blueprint.get("/organisations/<uuid:organisation_id>")
@requires(Action.WRITE, Kind.ORGANISATION, of=Reach.TOOL)
def organisation(organisation_id: UUID) -> ResponseReturnValue:
    """Offer to rename an organisation."""
    return _show(organisation_id, None)


@blueprint.post("/organisations/<uuid:organisation_id>")
@requires(Action.WRITE, Kind.ORGANISATION, of=Reach.TOOL)
def rename_one(organisation_id: UUID) -> ResponseReturnValue:
    """Rename an organisation."""
    form = OrganisationForm.from_request()
    if form.validate_on_submit():
        try:
            rename_organisation(organisation_id, form.name.data or "", by=actor())
            return redirect(url_for(".organisations", done="rename"), 303)
        except (Conflict, MalformedRequest) as error:
            form.refuse(_fault(error))
    return _show(organisation_id, form), UNPROCESSABLE


def _list(form: OrganisationForm) -> str:
    return render_template(
        "admin/organisations.html",
        form=form,
        counted=count_organisations(),
        done=_DONE.get(request.args.get("done", "")),
    )


def _show(organisation_id: UUID, form: OrganisationForm | None) -> str:
    found = get_organisation(organisation_id)
    if found is None:
        raise NotFound(detail="organisation")
    form = form or OrganisationForm(data={"name": found.name})
    return render_template("admin/organisation.html", found=found, form=form)


def _fault(error: Conflict | MalformedRequest) -> str:
    if isinstance(error, Conflict):
        return gettext("Another organisation has this name.")
    return gettext("Use letters, digits and signs that can be seen.")
