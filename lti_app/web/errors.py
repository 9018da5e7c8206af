"""Any exception becomes one page: what happened, what to do, and a number to quote.

The page of a refusal holds no link, form, script or redirect: from inside a visit's address those
would count as the visit's own (visits.md rule 9).
"""

from dataclasses import dataclass
from math import ceil
from uuid import uuid4

import structlog
from flask import Flask, Response, g, make_response, render_template, request
from flask.globals import request_ctx
from flask_babel import LazyString
from werkzeug.exceptions import HTTPException

from lti_app.domain.errors import AppError, NotAllowed, NotFound
from lti_app.domain.limits import Exceeded
from lti_app.store.session import OperationalError, is_outage
from lti_app.web.evidence import has_own_origin
from lti_app.web.headers import ANYBODY
from lti_app.web.limits import TOO_MANY, TooMany, failed_too_often
from lti_app.web.translation import lazy_gettext, ngettext

log = structlog.get_logger()

_REOPEN = lazy_gettext("Go back to your course and open this activity again from there.")
_UNAVAILABLE = 503
_TOO_MANY_REQUESTS = 429
#: A restart of a database takes about so long.
_RETRY_AFTER_SECONDS = 5
#: Less is a choice or a name, and typed again in a moment.
_SHORTEST_TEXT = 20
_ADMINISTRATOR = lazy_gettext(
    "Please tell your LMS administrator, and quote the number below so that they can find out more."
)


@dataclass(frozen=True)
class Explanation:
    """What a page says: a heading, what happened, and what the person can do."""

    heading: LazyString | str
    message: LazyString | str
    advice: LazyString | str


_NOT_TRUSTED = Explanation(
    lazy_gettext("This launch could not be verified"),
    lazy_gettext("Your course sent a message that we could not trust, so nothing was opened."),
    _REOPEN,
)
_OVER = Explanation(
    lazy_gettext("Please open this activity again"),
    lazy_gettext("This page is no longer open here, or it was opened in another browser."),
    _REOPEN,
)
_NOT_READABLE = Explanation(
    lazy_gettext("This request could not be read"),
    lazy_gettext("Something in the request is missing, too long or in the wrong form."),
    _REOPEN,
)
_BROKEN = Explanation(
    lazy_gettext("Something went wrong on our side"),
    lazy_gettext("What you did was not saved. The fault has been noted."),
    lazy_gettext("Please try again in a minute. If it happens again, quote the number below."),
)

_BUSY = Explanation(
    lazy_gettext("The tool cannot reach its data just now"),
    lazy_gettext("What you did was most likely not saved."),
    lazy_gettext("Wait a moment, go back, and try again; your browser still has what you typed."),
)

_TOO_OFTEN = Explanation(
    lazy_gettext("This went wrong too often"),
    lazy_gettext("Too much that came from you, or from your network, could not be accepted."),
    lazy_gettext(
        "Wait a minute, go back to your course, and open this activity again from there. What is "
        "in order is let in at any time, whatever others do."
    ),
)
_MINUTE_SECONDS = 60


def _too_much(seconds: int) -> Explanation:
    """Return the page for who changes more than anybody can; `seconds` until they may again."""
    minutes = ceil(seconds / _MINUTE_SECONDS)
    return Explanation(
        lazy_gettext("This was too much at once"),
        lazy_gettext("More was changed in your name than one person types, so this was not saved."),
        ngettext(
            "Wait %(num)d minute, then try again. You can go on reading meanwhile.",
            "Wait %(num)d minutes, then try again. You can go on reading meanwhile.",
            minutes,
        ),
    )


#: Code → page. A code that is not named here gets the page of its class.
_EXPLANATIONS: dict[str, Explanation] = {
    "unknown_platform": Explanation(
        lazy_gettext("This LMS is not registered here"),
        lazy_gettext("No registration fits the address and client id that your LMS sent."),
        _ADMINISTRATOR,
    ),
    "deployment_blocked": Explanation(
        lazy_gettext("This tool is switched off here"),
        lazy_gettext("Somebody blocked this installation of the tool."),
        _ADMINISTRATOR,
    ),
    "key_unknown": Explanation(
        lazy_gettext("This launch could not be verified"),
        lazy_gettext("Your LMS signed with a key that it does not publish."),
        _ADMINISTRATOR,
    ),
    "key_server": Explanation(
        lazy_gettext("Your LMS could not be reached"),
        lazy_gettext("The keys that prove where you come from could not be fetched just now."),
        lazy_gettext("Wait a minute, then open this activity again from your course."),
    ),
    "timestamps": Explanation(
        lazy_gettext("This launch is too old or too new"),
        lazy_gettext("It took too long to arrive, or the clock of your LMS is wrong."),
        lazy_gettext(
            "Open this activity again from your course. If that does not help, tell your LMS "
            "administrator that its clock may be wrong, and quote the number below."
        ),
    ),
    "state_invalid": Explanation(
        lazy_gettext("Please open this activity again"),
        lazy_gettext("This launch was used already, took too long, or began in another browser."),
        _REOPEN,
    ),
    "replay": Explanation(
        lazy_gettext("Please open this activity again"),
        lazy_gettext("This launch was used already."),
        _REOPEN,
    ),
    "subject": Explanation(
        lazy_gettext("You must be signed in to your course"),
        lazy_gettext("Your LMS did not say who you are, so no work could be kept for you."),
        lazy_gettext("Sign in to your LMS, then open this activity again."),
    ),
    "message_type": Explanation(
        lazy_gettext("This kind of launch is not supported"),
        lazy_gettext("Your LMS asked for something that this tool does not do."),
        _ADMINISTRATOR,
    ),
    "answered": Explanation(
        lazy_gettext("Your course has its answer already"),
        lazy_gettext("What was chosen here was sent before, so nothing is sent again."),
        lazy_gettext("To add or change more, begin again from your course."),
    ),
    "deep_linking": Explanation(
        lazy_gettext("Your LMS's question could not be answered"),
        lazy_gettext(
            "It asked which activities to add, and left out, or put wrongly, what an answer needs."
        ),
        _ADMINISTRATOR,
    ),
    "platform_error": Explanation(
        lazy_gettext("Your LMS did not open this activity"),
        lazy_gettext("It answered with an error instead of saying who you are."),
        _REOPEN,
    ),
    "options": Explanation(
        lazy_gettext("This activity is not set up correctly"),
        lazy_gettext("The custom parameters of the link make no sense to the tool."),
        lazy_gettext("Please tell your instructor, and quote the number below."),
    ),
    "form_expired": Explanation(
        lazy_gettext("This form can no longer be sent"),
        lazy_gettext("It was opened too long ago or somewhere else, so nothing was changed."),
        _REOPEN,
    ),
    "window_spent": Explanation(
        lazy_gettext("This window was opened before"),
        lazy_gettext("The button that opened it works once, until its page is loaded again."),
        lazy_gettext("Close this window, reload the page with the button, and press it again."),
    ),
    "window_unproven": Explanation(
        lazy_gettext("This window cannot be opened any more"),
        lazy_gettext("Your course did not confirm that the button is yours."),
        lazy_gettext("Close this window, and open the activity again from your course."),
    ),
    "window_only": Explanation(
        lazy_gettext("This page opens in a window of its own only"),
        lazy_gettext("It is about more than your own work, so nothing was changed here."),
        lazy_gettext("Open the page again, and use the button that it shows."),
    ),
    "conflict": Explanation(
        lazy_gettext("This has changed in the meantime"),
        lazy_gettext("What the page showed is not so any more, so nothing was done."),
        lazy_gettext("Go back, reload the page, and decide again."),
    ),
    "sign_in_link": Explanation(
        lazy_gettext("This link does not work"),
        lazy_gettext("A link lets somebody in once, within a quarter of an hour."),
        lazy_gettext("Make a new one on the machine that the tool runs on: throughline admin link"),
    ),
    "no_cookies": Explanation(
        lazy_gettext("Please allow cookies for this site"),
        lazy_gettext("Your browser keeps nothing for this site, so nobody could be let in."),
        lazy_gettext("Allow cookies, then open the link once more: it has not been used up."),
    ),
    "import_busy": Explanation(
        lazy_gettext("Another file is still being read"),
        lazy_gettext("One file at a time: yours was not taken, and nothing was changed."),
        lazy_gettext("Wait until the other one is read, then send yours again."),
    ),
    "too_large": Explanation(
        lazy_gettext("This is too large"),
        lazy_gettext("More was sent than this page takes, so nothing was changed."),
        lazy_gettext(
            "A file may have 16 MB. Split it, or leave out columns and try again. If it was no "
            "file, make a text shorter."
        ),
    ),
    "course_taken": Explanation(
        lazy_gettext("This course is in another programme"),
        lazy_gettext("A course belongs to one programme at most, so nothing was changed."),
        lazy_gettext("Ask the team of the other programme to take it out first."),
    ),
    "sign_up_closed": Explanation(
        lazy_gettext("The programme takes no sign-ups now"),
        lazy_gettext("It is not open yet, or it has closed, so nothing was changed."),
        lazy_gettext("If you think it should be open, ask the programme team."),
    ),
    "sign_up_settled": Explanation(
        lazy_gettext("Your answers can no longer be changed"),
        lazy_gettext("You are being paired, or you are paired already, by what you answered."),
        lazy_gettext("If something important has changed, tell the programme team."),
    ),
    "pairing_closed": Explanation(
        lazy_gettext("The programme pairs nobody now"),
        lazy_gettext("It is not open yet, or it is closing, so nothing was changed."),
        lazy_gettext("If you think it should, ask the programme team."),
    ),
    "kept_apart": Explanation(
        lazy_gettext("These two cannot be paired"),
        lazy_gettext("A rule of the programme keeps them apart, so nothing was done."),
        lazy_gettext("Go back and reload the page: it says which rule."),
    ),
    "pair_over": Explanation(
        lazy_gettext("Your pair has ended"),
        lazy_gettext(
            "Nothing was saved: what you two wrote stays as it was when it ended, for you to read."
        ),
        lazy_gettext("Your page “Pairs” says how things stand."),
    ),
    "offer_over": Explanation(
        lazy_gettext("This offer is not open any more"),
        lazy_gettext("Its time is over, or it was taken back or declined, so nothing was changed."),
        lazy_gettext("Go back and reload the page: it says how things stand."),
    ),
    "seats_taken": Explanation(
        lazy_gettext("So many places are taken already"),
        lazy_gettext(
            "You have more pairs and open offers than the number that you chose, so nothing was"
            " changed."
        ),
        lazy_gettext("Go back and choose a higher number; pairs end on their own terms."),
    ),
    "session_moved": Explanation(
        lazy_gettext("This conversation has gone on in the meantime"),
        lazy_gettext("It was handed over, answered or released before, so nothing was changed."),
        lazy_gettext("Go back and reload the page: it says how things stand."),
    ),
    "practice_begun": Explanation(
        lazy_gettext("Somebody has begun to practise there"),
        lazy_gettext("A group that has begun a conversation stays together in its round."),
        lazy_gettext("Go back and reload the page, or change a later round."),
    ),
    "practice_alone": Explanation(
        lazy_gettext("There is nobody to practise with yet"),
        lazy_gettext("You have no partner in this round any more, so nothing was begun."),
        lazy_gettext("Go back and reload the page: it says what you can do."),
    ),
    "practice_closed": Explanation(
        lazy_gettext("This practice is not open"),
        lazy_gettext("It has not begun yet, or it is closed, so this would not count."),
        lazy_gettext("If you would still like to do it, ask your instructor for more time."),
    ),
    "link_over": Explanation(
        lazy_gettext("This link leads nowhere any more"),
        lazy_gettext("It was used already, it is too old, or it was never one of ours."),
        lazy_gettext(
            "Nothing was changed. What you can decide is in your inbox: open an activity from your "
            "course to get there."
        ),
    ),
    "visit_over": _OVER,
    "malformed": _NOT_READABLE,
    "not_allowed": Explanation(
        lazy_gettext("This page is not for you"),
        lazy_gettext("Your role in this course does not open it."),
        lazy_gettext("If you think it should, ask your instructor."),
    ),
    "others_work": Explanation(
        lazy_gettext("This is somebody else's work"),
        lazy_gettext(
            "Only people who teach in this course, or assist there, see what others have done."
        ),
        lazy_gettext("To see your own work, open this activity from your course."),
    ),
    "not_found": Explanation(
        lazy_gettext("There is nothing here"),
        lazy_gettext("The address does not lead to a page, or the page is gone."),
        _REOPEN,
    ),
    "method_not_allowed": Explanation(
        lazy_gettext("This address is not a page"),
        lazy_gettext("It only takes messages from an LMS."),
        _REOPEN,
    ),
}

_LINK_AGAIN = lazy_gettext(
    "Make a new link on the machine that the tool runs on: throughline admin link"
)
#: The same below administration's addresses, where there is no course to go back to.
_ADMINISTRATION: dict[str, Explanation] = {
    "visit_over": Explanation(
        lazy_gettext("Please sign in again"),
        lazy_gettext("This page is no longer open here, or it was opened in another browser."),
        _LINK_AGAIN,
    ),
    "form_expired": Explanation(
        lazy_gettext("This form can no longer be sent"),
        lazy_gettext("It was opened too long ago or somewhere else, so nothing was changed."),
        lazy_gettext("Go back, reload the page, and send it again."),
    ),
    "not_found": Explanation(
        lazy_gettext("There is nothing here"),
        lazy_gettext("The address does not lead to a page, or what it showed is gone."),
        lazy_gettext("Go back and reload the page before."),
    ),
    "malformed": Explanation(
        lazy_gettext("This request could not be read"),
        lazy_gettext("Something in the request is missing, too long or in the wrong form."),
        lazy_gettext("Go back, reload the page, and send it again."),
    ),
}


def add_error_pages(app: Flask) -> None:
    """Register the handlers, and the number that every request is known by."""

    @app.before_request
    def number_request() -> None:
        g.correlation_id = uuid4().hex[:12]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(correlation_id=g.correlation_id)

    app.register_error_handler(AppError, show_refusal)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(OperationalError, show_outage)
    app.register_error_handler(Exception, show_fault)


def show_refusal(error: AppError) -> Response:
    """Answer a refusal with its page."""
    if isinstance(error, TooMany):
        return _limit_page(error.code, error.exceeded, _too_much(error.exceeded.seconds))
    if (exceeded := failed_too_often()) is not None:
        return show_limit(exceeded)
    log.info("refused", code=error.code, status=error.status, detail=error.detail)
    fallback = _NOT_TRUSTED if error.status == 401 else _NOT_READABLE
    return _page(error.code, error.status, _explain(error.code) or fallback)


def show_http_error(error: HTTPException) -> Response:
    """Answer what Flask itself refuses (unknown address, wrong method, body too large)."""
    status = error.code or 500
    if (exceeded := failed_too_often()) is not None:
        return show_limit(exceeded)
    code = {
        403: NotAllowed.default_code,
        404: NotFound.default_code,
        405: "method_not_allowed",
        413: "too_large",
    }
    log.info("refused", code=code.get(status, "malformed"), status=status)
    name = code.get(status, "malformed")
    return _page(name, status, _explain(name) or _NOT_READABLE)


def show_outage(error: OperationalError) -> Response:
    """Answer that the database is away, or too busy: nothing is wrong with the request."""
    if not is_outage(error):
        return show_fault(error)
    log.error("database_unavailable", exc_info=error, endpoint=request.endpoint)
    answer = _page("busy", _UNAVAILABLE, _BUSY)
    answer.headers["Retry-After"] = str(_RETRY_AFTER_SECONDS)
    return answer


def show_fault(error: Exception) -> Response:
    """Answer a fault of ours; the trace goes to the log, never to the page."""
    log.error("fault", exc_info=error, endpoint=request.endpoint)
    return _page("fault", 500, _BROKEN)


def show_limit(exceeded: Exceeded) -> Response:
    """Answer that there was too much of it; the number is that of the line which says so first."""
    return _limit_page(TOO_MANY, exceeded, _TOO_OFTEN)


def _limit_page(code: str, exceeded: Exceeded, explanation: Explanation) -> Response:
    g.correlation_id = exceeded.first
    answer = _page(code, _TOO_MANY_REQUESTS, explanation)
    answer.headers["Retry-After"] = str(exceeded.seconds)
    return answer


def _explain(code: str) -> Explanation | None:
    """Return the page of a code; the address alone decides whose words it has."""
    in_administration = request.blueprint == "admin"
    return (_ADMINISTRATION.get(code) if in_administration else None) or _EXPLANATIONS.get(code)


def typed_texts() -> list[str]:
    """Return the texts that somebody sent to be kept, and that were not: they are not typed twice.

    Only to a page of ours that sent them; another site's request is told nothing, not even what it
    sent. Where the request could not be read at all there are none.
    """
    if request.method != "POST" or not has_own_origin():
        return []
    try:
        values = [value for key in request.form for value in request.form.getlist(key)]
    except HTTPException:
        return []
    return [value for value in values if len(value) >= _SHORTEST_TEXT and " " in value.strip()]


def _page(code: str, status: int, explanation: Explanation) -> Response:
    g.frame_ancestors = ANYBODY
    g.refusal_code = code
    if request_ctx.url_adapter is None:
        # The Host header makes no sense: no address can be built, not even that of a style sheet.
        return make_response(f"{explanation.heading} ({code}, {g.correlation_id})", status)
    html = render_template(
        "errors/error.html",
        heading=explanation.heading,
        message=explanation.message,
        advice=explanation.advice,
        code=code,
        correlation_id=g.correlation_id,
    )
    return make_response(html, status)
