"""Every page has the common frame, runs under the content policy, and can be translated."""

import re
from pathlib import Path

from tests.rules.tree import ROOT, for_every, name_of, templates

# The sandbox LMS is another site with a look of its own.
OURS = [file for file in templates() if not name_of(file).startswith("lti_app/testing/")]
PAGES = [
    file
    for file in OURS
    if not file.name.startswith("_")
    # Mail is no page: it has no frame, and mail programs show what they like of it.
    and not name_of(file).startswith("lti_app/mail/")
    and "macros" not in file.parts
    and name_of(file) != "templates/layout.html"
]

EXTENDS = re.compile(r"\{%-?\s*extends\s+\"([^\"]+)\"")

#: What the content policy stops.
INLINE = {
    "script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "event attribute": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "script address": re.compile(r"javascript:", re.IGNORECASE),
}
CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
#: Literal text to copy, and tags.
TAG = re.compile(r"<code>.*?</code>|<[^>]*>", re.DOTALL)
READ_ALOUD = re.compile(r"\s(?:title|alt|aria-label|placeholder)\s*=\s*\"([^\"]*)\"")
WORD = re.compile(r"[A-Za-z]{2,}")
#: Our name is the same in every language.
UNTRANSLATED = {"Throughline"}


@for_every(PAGES)
def test_a_page_stands_in_the_common_frame(file: Path) -> None:
    frame = EXTENDS.search(file.read_text())
    # Pages of one kind may share a frame of their own, which stands in the common one.
    while frame is not None and frame[1] != "layout.html":
        assert frame[1].split("/")[-1].startswith("_")
        frame = EXTENDS.search((ROOT / "templates" / frame[1]).read_text())
    assert frame is not None


@for_every(PAGES)
def test_a_page_has_a_title_of_its_own(file: Path) -> None:
    assert "{% block title %}" in file.read_text()


@for_every(OURS)
def test_scripts_and_styles_stand_in_files(file: Path) -> None:
    page = CODE.sub("", file.read_text())
    found = [kind for kind, pattern in INLINE.items() if pattern.search(page)]
    assert not found


@for_every(OURS)
def test_every_word_that_a_person_sees_can_be_translated(file: Path) -> None:
    text = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
    seen = TAG.sub(" ", CODE.sub(" ", text))
    seen += " ".join(CODE.sub(" ", value) for value in READ_ALOUD.findall(text))
    words = set(WORD.findall(re.sub(r"&\w+;", " ", seen))) - UNTRANSLATED
    assert not words, "wrap it in _(…)"


@for_every(OURS)
def test_nothing_comes_from_another_site(file: Path) -> None:
    assert not re.search(r"(?:src|href)\s*=\s*\"(?:https?:)?//", file.read_text())


@for_every(OURS)
def test_the_pages_of_a_plugin_lie_in_a_folder_of_its_name(file: Path) -> None:
    parts = file.parts
    if "plugins" in parts:
        plugin = parts[parts.index("plugins") + 1]
        assert parts[parts.index("templates") + 1] == plugin
