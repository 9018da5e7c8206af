"""What functional tests share: the log, and that `tests/answers` judges every answer."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask, Response, request, request_finished

from lti_app import logs
from tests import answers


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return the log as it is written, of everything that the test does."""
    written = io.StringIO()
    logs.configure(written, json=True)
    yield written
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _every_answer_is_as_its_row_says() -> Iterator[None]:
    found: set[str] = set()

    def judge(app: Flask, response: Response, **_: Any) -> None:
        # The sandbox LMS is an application as well.
        if app.name == "lti_app":
            own = app.extensions["throughline"].settings.public_origin
            found.update(answers.faults(request.endpoint, request.method, response, own))

    with request_finished.connected_to(judge):
        yield
    assert not found, "\n".join(sorted(found))
