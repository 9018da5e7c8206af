"""Signing keys in the browser: what each is for, and a new one after a question."""

from dataclasses import replace

from lti_app.services.signing_keys import published
from lti_app.store.session import transaction
from lti_app.testing.browser.document import Form
from lti_app.testing.tool import ToolUnderTest, open_tool
from tests.functional.mentoring.visitors import Visitor, read


def kids(tool: ToolUnderTest) -> list[str]:
    """Return the published keys, the signing one first."""
    with transaction(tool.database, read_only=True):
        return [key["kid"] for key in published()]


def question(ada: Visitor) -> dict[str, str]:
    """Return what the page that asks would send."""
    forms: list[Form] = read(ada.get("admin/keys/rotate")).forms
    (form,) = (form for form in forms if form.action.endswith("/keys/rotate"))
    return {field.name: field.value for field in form.fields if field.kind == "hidden"}


def test_a_new_key_signs_after_the_question_and_the_old_one_stays_published(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    (former,) = kids(tool)
    assert ada.post("admin/keys/rotate", **question(ada)).status_code == 303
    signing, still = kids(tool)
    assert still == former
    page = ada.get("admin/keys").get_data(as_text=True)
    assert page.index(signing) < page.index(former)
    assert "Published until" in page
    assert "Made a new signing key" in ada.get("admin/changes?what=signing_key").get_data(
        as_text=True
    )


def test_asking_alone_changes_nothing(tool: ToolUnderTest, ada: Visitor) -> None:
    before = kids(tool)
    question(ada)
    assert kids(tool) == before


def test_a_second_answer_to_one_question_makes_no_second_key(
    tool: ToolUnderTest, ada: Visitor
) -> None:
    asked = question(ada)
    assert ada.post("admin/keys/rotate", **asked).status_code == 303
    assert ada.post("admin/keys/rotate", **asked).status_code == 409
    assert len(kids(tool)) == 2


def test_an_answer_without_a_question_is_refused(tool: ToolUnderTest, ada: Visitor) -> None:
    assert ada.post("admin/keys/rotate").status_code == 400
    assert ada.post("admin/keys/rotate", seen="x").status_code == 409
    assert len(kids(tool)) == 1


def test_a_key_that_cannot_be_read_any_more_is_told(tool: ToolUnderTest) -> None:
    other = open_tool(replace(tool.runtime.settings, secret_keys=("another" * 6,)))
    browser = other.browser()
    ada = Visitor(browser, other.administer(browser))
    assert "cannot be read" in ada.get("admin/keys").get_data(as_text=True)
    ada.post("admin/keys/rotate", **question(ada))
    assert "cannot be read" not in ada.get("admin/keys").get_data(as_text=True)
    other.database.dispose()
