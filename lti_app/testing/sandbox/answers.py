"""Pages that every part of the LMS can answer with: a form that posts itself, and an error."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, make_response, render_template

from lti_app.testing.sandbox.state import current_platform


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page of the LMS. It may be shown in a frame, and is never kept by the browser."""
    body = render_template(template, site=current_platform().name, **values)
    answer = make_response(body, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def form_page(action: str, fields: Mapping[str, str]) -> Response:
    return page("post.html", action=action, fields=fields)


def error_page(message: str, status: int = 404) -> Response:
    """Moodle's own error page, with its status: an exception is a 404 there."""
    return page("error.html", status, message=message)
