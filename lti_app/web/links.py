"""Links from mail, `/t/<token>`: a page with one button that says nothing about anybody.

Opening one changes nothing, as mail programs and filters open addresses by themselves. The button
does, and so does a mail program's own "unsubscribe", which posts here without any page (RFC 8058):
whoever has the token may use it, so neither cookie nor Origin is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString

from lti_app.domain.links import LinkQuestion, Purpose
from lti_app.services import links
from lti_app.store.session import transaction
from lti_app.web.guards import public, takes_at_most
from lti_app.web.runtime import runtime
from lti_app.web.translation import lazy_gettext

blueprint = Blueprint("links", __name__)
log = structlog.get_logger()
_UNPROCESSABLE = 422
#: Somebody without an account answers a question in some thousand signs.
_LARGEST_ANSWER = 64 * 1024


@dataclass(frozen=True)
class LinkWords:
    """What the pages of a link say: the question, its button, and that it is done."""

    heading: LazyString
    explanation: LazyString
    button: LazyString
    done: LazyString
    afterwards: LazyString


WORDS: Final[Mapping[Purpose, LinkWords]] = {
    Purpose.CONFIRM_ADDRESS: LinkWords(
        heading=lazy_gettext("Is this address yours?"),
        explanation=lazy_gettext(
            "The mail that brought you here went to an address that was named for notices from "
            "Throughline. Press the button if that was you."
        ),
        button=lazy_gettext("Yes, send my notices there"),
        done=lazy_gettext("Your notices go to that address from now on"),
        afterwards=lazy_gettext("You can change it in your inbox, under “Mail”, at any time."),
    ),
    Purpose.STOP_SUMMARY: LinkWords(
        heading=lazy_gettext("Stop the weekly summary?"),
        explanation=lazy_gettext(
            "You keep your inbox, and mail that concerns your own work or deadlines in an activity."
        ),
        button=lazy_gettext("Stop the summary"),
        done=lazy_gettext("You get no summary any more"),
        afterwards=lazy_gettext("You can have it back in your inbox, under “Mail”."),
    ),
    Purpose.STOP_MAIL: LinkWords(
        heading=lazy_gettext("Stop all mail from Throughline?"),
        explanation=lazy_gettext(
            "Your inbox stays, and you find everything there when you open an activity from your "
            "course."
        ),
        button=lazy_gettext("Stop all mail"),
        done=lazy_gettext("You get no mail any more"),
        afterwards=lazy_gettext("You can have it back in your inbox, under “Mail”."),
    ),
}


@blueprint.get("/t/<token>")
@public("the token in the address is the proof; nothing is changed, and nobody is named")
def ask(token: str) -> ResponseReturnValue:
    """Show the button that does what the link is for."""
    with transaction(runtime().database, read_only=True):
        purpose = links.look_at_link(token)
        if purpose is Purpose.ANSWER:
            return _show_question(token, links.question_of(token))
    return render_template("links/ask.html", words=WORDS[purpose], token=token)


@blueprint.post("/t/<token>")
@public("the token in the address is the proof; a mail program posts here as well")
@takes_at_most(_LARGEST_ANSWER)
def act(token: str) -> ResponseReturnValue:
    """Do what the link is for."""
    with transaction(runtime().database):
        if links.look_at_link(token) is Purpose.ANSWER:
            return _take_answer(token)
        purpose = links.use_link(token)
    log.info("link_used", kind=purpose)
    return render_template("links/done.html", words=WORDS[purpose])


def _take_answer(token: str) -> ResponseReturnValue:
    asked = links.question_of(token)
    taken = links.answer_link(token, request.form)
    if taken is None:
        return _show_question(token, asked, given=request.form), _UNPROCESSABLE
    log.info("link_used", kind=Purpose.ANSWER)
    return render_template("links/done.html", words=taken)


def _show_question(
    token: str, question: LinkQuestion, given: Mapping[str, str] | None = None
) -> str:
    return render_template("links/question.html", asked=question, token=token, given=given)


@blueprint.after_request
def show_in_no_frame(response: Response) -> Response:
    """Keep the button, and the page without one, out of other sites' frames."""
    g.frame_ancestors = ()
    return response
