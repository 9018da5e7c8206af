"""The pages die exactly where a file says, once, and only while work is handed in."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lti_app.testing.chaos.killable import Killable


class Died(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def committed() -> list[str]:
    return []


@pytest.fixture
def client(tmp_path: Path, committed: list[str]) -> FlaskClient:
    app = Flask(__name__)

    @app.route("/<path:where>", methods=["GET", "POST"])
    def save(where: str) -> str:
        committed.append(where)
        return "done"

    def die() -> None:
        raise Died

    app.wsgi_app = Killable(app.wsgi_app, tmp_path, die)  # type: ignore[method-assign]
    return app.test_client()


def is_answered(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Died:
        return False
    return True


def test_without_a_file_everything_is_served(client: FlaskClient, committed: list[str]) -> None:
    assert client.post("/v/one/mentoring/").text == "done"
    assert committed == ["v/one/mentoring/"]


@pytest.mark.parametrize(("point", "is_stored"), [("arrived", False), ("committed", True)])
def test_it_dies_before_or_after_the_work_is_stored_and_says_nothing(
    client: FlaskClient, committed: list[str], tmp_path: Path, point: str, *, is_stored: bool
) -> None:
    (tmp_path / f"{point}.1").touch()
    assert not is_answered(lambda: client.post("/v/one/mentoring/"))
    assert bool(committed) is is_stored
    assert client.post("/v/two/mentoring/").text == "done"


def test_it_dies_after_the_answer_has_left(client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "answered.1").touch()
    answer = client.post("/v/one/mentoring/")
    assert answer.text == "done"
    assert not is_answered(answer.close)
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_one_death(client: FlaskClient, tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / f"arrived.{number}").touch()
    deaths = [is_answered(lambda: client.post("/v/one/")) for _ in range(3)]
    assert deaths == [False, False, True]


def test_who_only_looks_or_launches_is_served(client: FlaskClient, tmp_path: Path) -> None:
    for point in ("arrived", "committed", "answered"):
        (tmp_path / f"{point}.1").touch()
    for answer in (client.get("/v/one/"), client.post("/lti/launch")):
        with answer:
            assert answer.text == "done"
