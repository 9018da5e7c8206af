"""A goal as a form: what was typed survives, what is missing is said, and a question helps."""

from collections.abc import Iterator, Mapping
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from flask_babel import Babel

from lti_app.domain.goals import EvidenceKind, GoalDraft, GoalMeasure, check_goal
from lti_app.domain.programmes import PRESETS, PurposeType
from lti_app.web.goal_forms import GoalFields, goal_lines, goal_link, goal_templates

TODAY, LAST_DAY = date(2027, 2, 1), date(2027, 12, 31)
KEY = UUID(int=7)


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    Babel(app)
    return app


@pytest.fixture(autouse=True)
def _in_request(app: Flask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


def sent(app: Flask, values: Mapping[str, str], prefix: str = "") -> GoalFields:
    """Return the form as somebody sent it."""
    given = {f"{prefix}{name}": value for name, value in values.items()}
    with app.test_request_context("/", method="POST", data=given):
        return GoalFields.asked(prefix=prefix, today=TODAY)


def test_the_deeper_understanding_is_helped_to_pass_by_the_question(app: Flask) -> None:
    typed = {"title": "Gain a deeper understanding of the sales process", "measure": "milestone"}
    form = sent(app, typed)
    assert form.validate()
    assert not form.find(signing_on=TODAY, last_day=LAST_DAY)
    assert form.wants_help
    assert [name for name, field in form._fields.items() if field.errors] == ["due_on", "evidence"]
    assert "hard to see" in form.thoughts()[0]
    helped = typed | {
        "measure": "demonstration",
        "shown_to": "Priya of sales",
        "due_on": "Q2 2027",
        "evidence_kind": "feedback",
        "evidence": "What Priya says when I walked her through it",
    }
    form = sent(app, helped)
    assert form.validate()
    assert form.find(signing_on=TODAY, last_day=LAST_DAY)
    assert not form.wants_help
    assert form.draft().due_on == date(2027, 6, 30)


def test_several_goals_of_one_page_are_told_apart_and_keep_their_keys(app: Flask) -> None:
    values = {"key": str(KEY), "title": "  Strategic\nplan for my team ", "measure": "deliverable"}
    form = sent(app, values, prefix="goal-2-")
    draft = form.draft()
    assert (draft.key, draft.title) == (KEY, "Strategic plan for my team")
    assert not form.is_empty
    assert sent(app, values).title.data == draft.title
    assert sent(app, {"key": str(KEY), "measure": "number", "due_on": " "}).is_empty


@pytest.mark.parametrize(
    "values",
    [
        {"due_on": "soon"},
        {"due_on": "31.2.2027"},
        {"measure": "magic"},
        {"evidence_kind": "magic"},
        {"title": "x" * 201},
        {"evidence": "x" * 401},
        {"artefact": "x" * 201},
        {"baseline": "1" * 21},
    ],
)
def test_what_cannot_be_kept_is_refused_and_still_stands_in_the_form(
    app: Flask, values: Mapping[str, str]
) -> None:
    form = sent(app, values)
    assert not form.validate()
    (name,) = values
    assert form[name].errors
    assert form[name].data == values[name]
    assert form.draft().due_on is None


def test_a_stored_goal_is_asked_for_again_as_it_is() -> None:
    draft = GoalDraft(key=KEY, title="Strategic plan for my team", due_on=LAST_DAY)
    assert GoalFields.asked(draft).draft() == draft


def test_templates_of_a_purpose_come_with_how_they_will_show_and_own_ones_without() -> None:
    sentences = (*PRESETS[PurposeType.RETAIN].goal_templates, "A goal of our own company")
    drafts = goal_templates(PurposeType.RETAIN, sentences)
    assert [draft.title for draft in drafts] == list(sentences)
    assert drafts[1].measure is GoalMeasure.DELIVERABLE
    keys = {draft.key for draft in (*drafts, *goal_templates(PurposeType.RETAIN))}
    assert len(keys) == len(drafts) + 3
    assert check_goal(drafts[1], signing_on=TODAY, last_day=LAST_DAY)
    assert goal_templates(None) == []


def test_a_goal_reads_as_lines_and_only_an_address_of_the_web_becomes_a_link() -> None:
    draft = GoalDraft(
        title="Talk with people of sales",
        measure=GoalMeasure.NUMBER,
        baseline="0",
        target="3",
        unit="people",
        due_on=LAST_DAY,
        evidence_kind=EvidenceKind.LINK,
        evidence="https://wiki.example/talks",
    )
    assert [says for _, says in goal_lines(draft)] == [
        "From 0 to 3 people",
        "Dec 31, 2027",
        "https://wiki.example/talks",
    ]
    assert goal_link(draft) == draft.evidence
    for evidence in ("javascript:alert(1)", "https://a b", ""):
        odd = GoalDraft(evidence_kind=EvidenceKind.LINK, evidence=evidence)
        assert goal_link(odd) is None
