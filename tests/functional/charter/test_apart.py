"""What somebody answers apart stays hidden until it is ready: no page of the other tells of it."""

import re

from tests.functional.charter.two import GOAL, GOOD, REST, Two

#: All pages of a charter that a person can reach while both answer apart, and those of the room.
PAGES = (
    "",
    "answers/why",
    "answers/goals",
    "text/why",
    "text/goals",
    "sign",
    "close",
    "versions/1",
)
#: What differs between two requests for the same page.
_CHANGES = re.compile(r'name="(csrf_token|code)" value="[^"]*"|correlation[^<]*<|[0-9a-f]{12}')


def seen_by(two: Two, who: str) -> dict[str, tuple[int, str]]:
    """Return every page of somebody, with what belongs to one request taken out."""
    shown = {}
    addresses = [two.path(page) for page in PAGES]
    for address in (*addresses, f"pairs/{two.pair_id}/", "pairs/", "charter/", "me/notices"):
        page = two.people[who].get(address)
        shown[address] = (page.status_code, _CHANGES.sub("", page.get_data(as_text=True)))
    return shown


def test_my_pages_tell_nothing_of_what_the_other_has_written(two: Two) -> None:
    before = seen_by(two, "mona")
    two.do("alice", "answers/why", **GOOD["why"])
    assert seen_by(two, "mona") == before, "after one of twelve sections"
    two.answer("alice", everything=True)
    assert len(two.part("alice").answers) > 15
    assert seen_by(two, "mona") == before, "after all twelve sections"
    two.pass_days(8)
    assert seen_by(two, "mona") == before, "a draft is never shown, however long it waits"


def test_what_is_ready_is_shown_a_week_later_and_a_draft_never(two: Two) -> None:
    two.do("mona", "answers/why", why="A draft of Mona's.")
    two.get_ready("alice")
    assert two.told("mona") == ["other_ready"]
    assert GOOD["success"]["success"] not in two.read("mona").text
    two.pass_days(6)
    assert GOOD["success"]["success"] not in two.read("mona").text
    two.pass_days(1)
    shown = two.read("mona").text
    assert GOOD["success"]["success"] in shown
    assert GOAL["title"] in shown
    mine = two.read("alice").text
    assert "no answer yet" in mine
    assert "A draft of Mona's." not in mine
    # Who is late is asked first, and can go on all the same.
    assert two.step("mona", "propose").status_code == 409
    two.get_ready("mona")
    two.write("mona")
    assert two.step("mona", "propose").status_code == 303


def test_an_answer_is_checked_and_what_was_typed_survives(two: Two) -> None:
    short = two.post("alice", "answers/success", success="Too short.")
    assert short.status_code == 422
    assert "Too short." in short.get_data(as_text=True)
    far = two.post("alice", "answers/ending", ends_on="2031-01-01")
    assert far.status_code == 422
    assert two.get("alice", "answers/nonsense").status_code == 404
    assert two.post("alice", "answers/why", why="x" * 401).status_code == 422
    for section in REST:
        assert two.get("alice", f"answers/{section}").status_code == 200, section


def test_the_answers_can_be_gone_on_with_until_they_are_shown(two: Two) -> None:
    two.get_ready("alice")
    two.do("alice", "ready", act="back")
    two.do("alice", "answers/why", why="Something else.")
    two.do("alice", "ready", act="ready")
    two.get_ready("mona")
    assert "Something else." in two.read("mona").text
    assert two.post("alice", "ready", act="back").status_code == 409


def test_a_goal_is_taken_out_and_a_second_click_does_nothing(two: Two) -> None:
    stored = two.stored()
    assert two.post("alice", "answers/goals/0/remove").status_code == 303
    assert two.stored() == stored, "taking nothing out begins no charter"
    two.answer("alice")
    (goal,) = two.part("alice").answers["goals"]
    two.do("alice", f"answers/goals/{goal['key']}/remove")
    assert two.part("alice").answers.get("goals", []) == []
    stored = two.stored()
    assert two.post("alice", f"answers/goals/{goal['key']}/remove").status_code == 303
    assert two.stored() == stored


def test_getting_ready_with_nothing_does_not_tell_whether_the_other_has_begun(two: Two) -> None:
    def refused() -> tuple[int, str]:
        page = two.post("mona", "ready", act="ready")
        return page.status_code, _CHANGES.sub("", page.get_data(as_text=True))

    before = refused()
    assert before[0] == 422
    two.do("alice", "answers/why", **GOOD["why"])
    assert refused() == before


def test_who_takes_being_ready_back_at_once_has_told_nobody(two: Two) -> None:
    two.answer("alice")
    for _ in range(3):
        two.do("alice", "ready", act="ready")
        assert two.told("mona") == ["other_ready"]
        two.do("alice", "ready", act="back")
        assert two.told("mona") == []


def test_what_was_typed_too_late_stands_on_the_page_that_says_so(two: Two) -> None:
    two.agree()
    typed = "A sentence that Mona thought about for long."
    for rest, values in (
        ("text/why", {"why": typed, "revision": two.row().revisions.get("why", 0)}),
        ("text/goals/new", {**GOAL, "evidence": typed, "revision": "0"}),
        ("answers/why", {"why": typed}),
    ):
        page = two.post("mona", rest, **values)
        assert page.status_code == 409, rest
        assert typed in page.get_data(as_text=True), rest
