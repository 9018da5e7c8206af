"""A plugin that breaks a rule stops the tool with a sentence that names it."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import EntryPoint
from uuid import UUID

import pytest
from flask import Blueprint

from lti_app import activity
from lti_app.activity import Activity, InvalidActivity, announced_notices, catalogue
from lti_app.domain.notices import NoticeKind, Urgency, Words
from lti_app.domain.progress import Completion
from lti_app.domain.visit import Options, Person, Placement
from lti_app.web.forms import ActivityForm


class Knitting:
    """An activity that does nothing, well."""

    title = "Knitting"
    summary = "One row a day"
    is_graded = False
    points = 1
    participant_endpoint = "knitting.row"
    staff_endpoint = "knitting.rows"

    def __init__(self, key: str = "knitting") -> None:
        self.key = key

    def blueprint(self) -> Blueprint:
        """Return no pages."""
        return Blueprint(self.key, __name__)

    def options_form(self) -> type[ActivityForm]:
        """Return a form that asks nothing."""
        return ActivityForm

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Return what was given."""
        return dict(given)

    def preview(self, placement: Placement) -> str:
        """Return an empty page."""
        return ""

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Return that nobody has begun."""
        return {}


class Telling(Knitting):
    """One that tells people something, under a key that may be another one's."""

    def __init__(self, key: str, notice: str) -> None:
        super().__init__(key)
        self.notice_kinds = [
            NoticeKind(
                notice, Urgency.DIGEST, lambda told: Words("A row", "It is done."), leads_to=None
            )
        ]


telling = Telling("telling", "telling.row")
taking = Telling("taking", "knitting.row")
knitting = Knitting()
purling = Knitting("purling")
desk = Knitting("desk")
shouting = Knitting("SHOUTING")
scarf = object()


@pytest.fixture(autouse=True)
def _catalogue_is_read_anew() -> Iterator[None]:
    catalogue.cache_clear()
    yield
    catalogue.cache_clear()


def announce(monkeypatch: pytest.MonkeyPatch, **announced: str) -> None:
    """Let these be the installed activities: objects of this module, by the announced name."""
    found = [
        EntryPoint(name, f"{__name__}:{what}", activity.GROUP) for name, what in announced.items()
    ]
    monkeypatch.setattr(activity, "entry_points", lambda group: found)


def test_our_own_come_through_the_same_door() -> None:
    assert "mentoring" in catalogue()
    assert all(isinstance(one, Activity) for one in catalogue().values())


def test_activities_are_found_by_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, purling="purling", knitting="knitting")
    assert catalogue() == {"knitting": knitting, "purling": purling}


def test_an_activity_announces_what_it_tells_people(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, telling="telling", knitting="knitting")
    kinds = [kind.key for one in catalogue().values() for kind in announced_notices(one)]
    assert kinds == ["telling.row"]


@pytest.mark.parametrize(
    ("name", "what", "said"),
    [
        ("scarf", "scarf", "does not satisfy"),
        ("knitting", "purling", "calls itself 'purling'"),
        ("desk", "desk", "reserved"),
        ("SHOUTING", "shouting", "not of the form"),
        ("taking", "taking", "'knitting.row' is not its own"),
    ],
)
def test_a_plugin_that_breaks_a_rule_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, what: str, said: str
) -> None:
    announce(monkeypatch, **{name: what})
    with pytest.raises(InvalidActivity, match=said) as caught:
        catalogue()
    assert repr(name) in str(caught.value)
