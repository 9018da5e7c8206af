"""The LMS's storage for tools: small values, kept by messages between frames (platform storage).

As in Canvas, a frame of the sign-in's origin beside the tool's hands messages on to the page around
both, and its answers back (`static/storage-forwarding.js`, `static/storage.js`).
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template

from lti_app.testing.sandbox.state import Platform, current_platform

#: forwarding: as Canvas; parent: the page itself answers; silent: promised, and nobody answers;
#: and three answers that a tool must not believe: from a frame of another origin, from another
#: frame than was asked, with the number of another question. none: the LMS promises nothing.
STORAGE_MODES = (
    "forwarding",
    "parent",
    "silent",
    "wrong-origin",
    "wrong-frame",
    "wrong-number",
    "none",
)
FRAME = "post_message_forwarding"

blueprint = Blueprint("storage", __name__)


def target_of(platform: Platform) -> str | None:
    """What a login says about the frame to talk to."""
    return {"parent": "_parent", "none": None}.get(platform.storage_mode, FRAME)


@blueprint.get("/post_message_forwarding")
def forwarding() -> Response:
    """The frame that hands on; under the other name of this machine it is one of another origin."""
    if current_platform().storage_mode == "none":
        abort(404)
    return make_response(render_template("forwarding.html"))
