"""Every answer that the tool gives in a functional test is judged by its row in `tests/answers`."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request, request_finished

from tests import answers


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
