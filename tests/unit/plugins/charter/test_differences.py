"""What has changed between two texts."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.charter.differences import Change, Piece, difference


def test_changed_words_stand_beside_each_other() -> None:
    assert difference("We meet every week.", "We meet every two weeks.") == (
        Piece(Change.SAME, "We meet every "),
        Piece(Change.REMOVED, "week"),
        Piece(Change.ADDED, "two weeks"),
        Piece(Change.SAME, "."),
    )


def test_equal_texts_are_one_piece() -> None:
    assert difference("The same.", "The same.") == (Piece(Change.SAME, "The same."),)
    assert difference("", "") == ()


def test_lines_are_compared_with_those_in_their_place() -> None:
    assert difference("One goal.\nBy May.\nDone.", "One goal.\nBy June.\nDone.") == (
        Piece(Change.SAME, "One goal.\nBy "),
        Piece(Change.REMOVED, "May"),
        Piece(Change.ADDED, "June"),
        Piece(Change.SAME, ".\nDone."),
    )


def test_texts_that_are_made_to_take_for_ever_do_not() -> None:
    before, after = ("".join(Random(seed).choices(".!", k=50_000)) for seed in (1, 2))
    assert difference(before, after) == (
        Piece(Change.REMOVED, before),
        Piece(Change.ADDED, after),
    )
    lines = [
        "\n".join("".join(Random(seed).choices(".!", k=400)) for _ in range(30)) for seed in (3, 4)
    ]
    assert {piece.change for piece in difference(*lines)} >= {Change.REMOVED, Change.ADDED}


@given(st.text(max_size=60), st.text(max_size=60))
@settings(max_examples=40)
def test_both_texts_can_be_read_out_of_a_difference(before: str, after: str) -> None:
    pieces = difference(before, after)

    def without(change: Change) -> str:
        return "".join(piece.text for piece in pieces if piece.change is not change)

    assert without(Change.ADDED) == before
    assert without(Change.REMOVED) == after
