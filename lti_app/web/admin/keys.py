"""The tool's signing keys: what is published, and making a new one."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.clock import real_now
from lti_app.domain.errors import MalformedRequest
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.services import signing_keys
from lti_app.web.admin.pages import Question, actor, ask, blueprint
from lti_app.web.guards import requires
from lti_app.web.runtime import runtime
from lti_app.web.translation import gettext


@blueprint.get("/keys")
@requires(Action.READ, Kind.SIGNING_KEY, of=Reach.TOOL)
def keys() -> ResponseReturnValue:
    """List the keys with what each is good for now."""
    held = runtime()
    return render_template(
        "admin/keys.html",
        keys=signing_keys.facts(held.cipher),
        address=f"{held.settings.public_url}{url_for('lti.jwks')}",
        now=real_now(),
        is_done="done" in request.args,
    )


@blueprint.get("/keys/rotate")
@requires(Action.WRITE, Kind.SIGNING_KEY, of=Reach.TOOL)
def ask_rotation() -> ResponseReturnValue:
    """Ask before a new key signs."""
    signing = [key for key in signing_keys.facts(runtime().cipher) if key.is_signing]
    return ask(
        Question(
            heading=gettext("Make a new signing key?"),
            consequences=[
                gettext("From then on it signs every request to every LMS."),
                gettext(
                    "The one that signs now stays published for a week, so that an LMS that keeps "
                    "our keys for long still trusts what it signed."
                ),
                gettext(
                    "An LMS that was given a key by hand, instead of the address of our keys, "
                    "takes no grades until it is given the new one."
                ),
            ],
            do=gettext("Make a new key"),
            action=url_for(".rotate_keys"),
            back=url_for(".keys"),
            values={"seen": signing[0].kid if signing else ""},
        )
    )


@blueprint.post("/keys/rotate")
@requires(Action.WRITE, Kind.SIGNING_KEY, of=Reach.TOOL)
def rotate_keys() -> ResponseReturnValue:
    """Make a new key, if the one that was seen still signs."""
    seen = request.form.get("seen")
    if not seen:
        raise MalformedRequest(detail="seen")
    signing_keys.rotate(runtime().cipher, by=actor(), seen=seen)
    return redirect(url_for(".keys", done=1), 303)
