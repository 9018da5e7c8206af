"""Hands the process's `Runtime` to views; `create_app` puts it there."""

from typing import cast

from flask import Flask, current_app

from lti_app.services.runtime import Runtime

_KEY = "throughline"


def set_runtime(app: Flask, runtime: Runtime) -> None:
    """Attach what the process holds to the application."""
    app.extensions[_KEY] = runtime


def runtime() -> Runtime:
    """Return what the process holds."""
    return cast("Runtime", current_app.extensions[_KEY])


def public_address(path: str) -> str:
    """Return the whole address of a page, for links that leave the tool.

    Of the tool's setting, never of the request: its Host header is whatever the sender says.
    """
    return f"{runtime().settings.public_url}{path}"
