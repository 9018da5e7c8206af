"""Headers of every answer: who may frame it, what it may load, and that nobody keeps it."""

from flask import Flask, Response, g, request

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action {form_action}; frame-ancestors {ancestors}"
)
_STATIC_SECONDS = 3600
#: For pages that hold no link, form or script: whoever frames them gains nothing, and a learner
#: whose LMS is unknown still has to be able to read why.
ANYBODY = ("*",)


def add_headers(app: Flask) -> None:
    """Register what sets the headers."""

    @app.before_request
    def forget_former_request() -> None:
        g.frame_ancestors = ()
        g.form_targets = ()

    @app.after_request
    def set_headers(response: Response) -> Response:
        ancestors = getattr(g, "frame_ancestors", ())
        allowed = " ".join(ancestors if ancestors == ANYBODY else ("'self'", *ancestors))
        response.headers["Content-Security-Policy"] = _POLICY.format(
            form_action=" ".join(("'self'", *getattr(g, "form_targets", ()))),
            ancestors=allowed if ancestors else "'none'",
        )
        response.headers["Referrer-Policy"] = "strict-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        is_there = request.method in {"GET", "HEAD"} and response.status_code < 400
        if is_there and request.endpoint in {"static", "bootstrap.static"}:
            response.headers["Cache-Control"] = f"public, max-age={_STATIC_SECONDS}"
        else:
            response.headers.setdefault("Cache-Control", "no-store")
        return response
