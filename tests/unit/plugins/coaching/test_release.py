"""In what an instructor reads, and in what is left of who was erased, stands no partner's name."""

import unicodedata
from typing import Literal

import pytest

from plugins.coaching.release import replacing


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        (
            "Mona Möller",
            "MONA and mona möller met Möller.",
            "[partner] and [partner] met [partner].",
        ),
        ("Mona Möller", "Monatlich", "Monatlich"),
        ("Bo Li", "Bo said it, and Li, too.", "[partner] said it, and [partner], too."),
        ("Bo Li", "I am li, bo and Lia.", "I am li, bo and Lia."),
        ("An Do", "and do you see An?", "and do you see [partner]?"),
        ("Bo", "BO is how he writes it.", "BO is how he writes it."),
        ("BO LI", "Bo met LI and li.", "[partner] met [partner] and li."),
        ("bo li", "Bo met li.", "[partner] met [partner]."),
        ("J. Smith", "J is a letter, Smith is not.", "J is a letter, [partner] is not."),
        ("I. Newton", "So do I.", "So do I."),
        ("Maria de la Cruz", "Hablamos de la familia.", "Hablamos de la familia."),
        ("Maria de la Cruz", "Cruz: MARIA DE LA CRUZ", "[partner]: [partner]"),
        ("Anna van der Berg", "Der Plan von der Berg", "Der Plan von der [partner]"),
        ("Student 12", "At 12:30 the student came.", "At 12:30 the [partner] came."),
        ("Mona ...", "Well ... Mona!", "Well ... [partner]!"),
        ("Anne-Marie Müller-Schmidt", "Anne or Schmidt", "[partner] or [partner]"),
        ('Möller, Mona "Mo"', "Möller, _Mona_, Mo", "[partner], _[partner]_, [partner]"),
        ("Sean O'Brien", "O’Brien, Sean2", "O’[partner], [partner]2"),
        ("李明", "我和李明谈了。", "我和[partner]谈了。"),
        ("李 明", "李明 and 李 明", "[partner] and [partner]"),
        ("王小明", "小明说", "[partner]说"),
        ("김민수", "김민수는, 민수는", "[partner]는, [partner]는"),
        ("محمد بن علي", "قال محمد عليه ابن بنك", "قال [partner] عليه ابن بنك"),
        ("राम कुमार", "राम आराम", "[partner] आराम"),
        ("สมศักดิ์ ใจดี", "คุยกับสมศักดิ์แล้ว", "คุยกับ[partner]แล้ว"),
        ("a.c (x", "A.C (X and abc", "[partner] and abc"),
        ("", "Nobody is named.", "Nobody is named."),
        ("  ", "Nobody is named.", "Nobody is named."),
    ],
)
def test_names_are_replaced_and_words_are_not(name: str, text: str, kept: str) -> None:
    assert replacing([name])(text) == kept


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("typed", ["NFC", "NFD"])
def test_an_accent_is_the_same_however_it_was_typed(
    form: Literal["NFC", "NFD"], typed: Literal["NFC", "NFD"]
) -> None:
    name = unicodedata.normalize(form, "José Núñez")
    assert replacing([name])(unicodedata.normalize(typed, "Ask José.")) == "Ask [partner]."


def test_a_long_name_is_found_before_its_parts() -> None:
    names = ["Ann", "Ann Mary Smith"]
    assert replacing(names)("Ann Mary Smith, and Ann.") == "[partner], and [partner]."
