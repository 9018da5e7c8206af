"""The two pages of a launch on which the LMS keeps, and gives back, what proves a browser.

They are for frames whose browser keeps no cookie of ours (visits.md rules 2 and 3). What they ask
the LMS, and what they do with its answers, is in `static/platform-storage.js`.
"""

import json

from flask import Response, make_response, render_template

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.proof import PlatformStorage
from lti_app.services.logins import BegunLogin
from lti_app.store.encryption import UnreadableSecret
from lti_app.web.runtime import runtime

#: Says what was sealed: other secrets are encrypted under the same key.
_PURPOSE = "launch"


def remember_page(begun: BegunLogin, onward: str, otherwise: str) -> Response:
    """Return the page that lets the LMS keep a login's proof, unless the browser keeps cookies.

    The proof stands in this answer alone, which nobody gets but the browser that asked. An address
    that showed it could be opened elsewhere: another site could bind somebody's browser to a login
    of its own, and then launch as itself there.

    Args:
        begun: the login.
        onward: where the LMS waits, for when its storage has the proof.
        otherwise: where the cookie is looked for, and else a window offered.
    """
    return make_response(
        render_template("launch/remember.html", begun=begun, onward=onward, url=otherwise)
    )


def ask_page(storage: PlatformStorage, state: str, id_token: str) -> Response:
    """Return the page that asks the LMS for the proof, and gives the launch back with it.

    Nothing is looked at or used up until then, and nothing is kept here: whoever posts a launch
    that is not theirs changes nothing. What the page holds is sealed, so that who sees it has no
    token, and it opens nothing without what the LMS keeps in the browser that began.
    """
    sealed = runtime().cipher.encrypt(json.dumps([_PURPOSE, state, id_token]))
    return make_response(render_template("launch/ask.html", storage=storage, sealed=sealed))


def unseal(sealed: str) -> tuple[str, str]:
    """Return state and token of a launch that `ask_page` sealed.

    Raises:
        MalformedRequest: it is none.
    """
    try:
        purpose, state, id_token = json.loads(runtime().cipher.decrypt(sealed))
    except (UnreadableSecret, ValueError) as error:
        raise MalformedRequest(detail="not a sealed launch") from error
    if purpose != _PURPOSE:
        raise MalformedRequest(detail="something else that was sealed")
    return state, id_token
