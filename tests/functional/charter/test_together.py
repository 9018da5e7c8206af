"""From two answers to one text that both have signed, and what follows; over HTTP."""

from tests.functional.charter.two import Two


def test_a_pair_gets_to_a_charter_that_both_have_signed(two: Two) -> None:
    two.bring_into_force()
    [version] = two.versions()
    assert version.number == 1
    assert two.progress("alice") == ("completed", 100)
    assert two.progress("mona") == ("completed", 100)
