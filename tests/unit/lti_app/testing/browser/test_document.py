"""The browser reads forms, frames, links and tables as they would be shown and sent."""

import pytest

from lti_app.testing.browser.document import Document, Values, read_document

PAGE = """<!doctype html><html><head><title>Sign &amp; up</title></head><body>
<form action="send?x=1" method="POST">
  <input type="hidden" name="token" value="abc">
  <label for="n">Your name</label><input id="n" name="name" value="Ada" required>
  <label><input type="checkbox" name="agree" value="yes"> I agree</label>
  <input type="checkbox" name="skill" value="writing" checked>
  <input type="checkbox" name="skill" value="reading">
  <input type="radio" name="role" value="mentee" checked>
  <input type="radio" name="role" value="mentor">
  <select name="zone"><option value="UTC">UTC<option selected>Europe/Paris</select>
  <textarea name="why">
one
two</textarea>
  <input name="off" value="1" disabled>
  <button name="do" value="save">Save</button><button name="do" value="leave">Leave</button>
</form>
<iframe id="f" src="/inner" title="Inner"></iframe>
<a href="../up" target="_blank">Go <b>up</b></a>
<table id="t"><tr><th>Who<th>Grade</tr><tr><td> Ada </td><td><span>90.00</span></td></tr></table>
<script>var x = "<form>";</script>
</body></html>"""


@pytest.fixture
def document() -> Document:
    return read_document(PAGE, "http://lms.test/a/b/")


def test_a_form_sends_what_the_page_says(document: Document) -> None:
    assert document.forms[0].pairs({}) == [
        ("token", "abc"),
        ("name", "Ada"),
        ("skill", "writing"),
        ("role", "mentee"),
        ("zone", "Europe/Paris"),
        ("why", "one\ntwo"),
        ("do", "save"),
    ]


def test_a_form_sends_what_the_person_chose(document: Document) -> None:
    values: Values = {
        "agree": True,
        "skill": ["reading"],
        "role": "mentor",
        "zone": "UTC",
        "why": "so",
    }
    assert document.forms[0].pairs(values, "Leave") == [
        ("token", "abc"),
        ("name", "Ada"),
        ("agree", "yes"),
        ("skill", "reading"),
        ("role", "mentor"),
        ("zone", "UTC"),
        ("why", "so"),
        ("do", "leave"),
    ]


@pytest.mark.parametrize("values", [{"no": "x"}, {"zone": "Mars"}, {"role": "king"}])
def test_a_form_refuses_what_it_does_not_offer(document: Document, values: dict[str, str]) -> None:
    with pytest.raises(KeyError):
        document.forms[0].pairs(values)


def test_a_form_refuses_a_button_that_it_does_not_have(document: Document) -> None:
    with pytest.raises(KeyError):
        document.forms[0].pairs({}, "Explode")


def test_addresses_are_absolute(document: Document) -> None:
    assert document.forms[0].action == "http://lms.test/a/b/send?x=1"
    assert document.frames[0].url == "http://lms.test/inner"
    assert document.links[0].url == "http://lms.test/a/up"


def test_words_labels_and_tables_are_read(document: Document) -> None:
    assert document.title == "Sign & up"
    assert document.links[0].text == "Go up"
    assert document.tables[0].rows == [["Who", "Grade"], ["Ada", "90.00"]]
    labels = {one.name: one.label for one in document.forms[0].fields}
    assert labels["name"] == "Your name"
    assert labels["agree"] == "I agree"
    assert "var x" not in document.text


def test_what_stands_in_a_disabled_fieldset_is_not_sent_and_not_pressed() -> None:
    page = (
        "<form><fieldset disabled><fieldset><input name=a value=1></fieldset>"
        "<button name=b>No</button></fieldset><input name=c value=2></form>"
    )
    form = read_document(page, "http://lms.test/").forms[0]
    assert form.pairs({}) == [("c", "2")]
    assert form.buttons == []


def test_only_a_form_that_nobody_has_to_press_is_automatic(document: Document) -> None:
    assert not document.forms[0].is_automatic
    automatic = "<form><input type=hidden name=a><noscript><button>Go</button></noscript></form>"
    assert read_document(automatic, "http://lms.test/").forms[0].is_automatic
    pressed = "<form><input type=hidden name=a><button>Go</button></form>"
    assert not read_document(pressed, "http://lms.test/").forms[0].is_automatic


def test_a_meta_refresh_is_found() -> None:
    page = "<noscript><meta http-equiv=refresh content='0; url=/next?a=1'></noscript>"
    assert read_document(page, "http://lms.test/x").refresh_url == "http://lms.test/next?a=1"
