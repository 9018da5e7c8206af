"""The page of the LTI rules says of each rule which tests prove it, or why nothing does."""

import pytest

from tests.proofs import NOT_BUILT, PAGE, said_of_rules, with_proofs

#: So many rules may stand on the page without being kept, each with its reason.
MOST_NOT_BUILT = 8
SAID = said_of_rules(PAGE.read_text())


def test_every_rule_is_proved_or_says_why_it_is_not_built() -> None:
    assert [id_ for id_, said in SAID.items() if not said] == []


def test_few_rules_are_not_built_and_each_says_why() -> None:
    not_built = {id_: said for id_, said in SAID.items() if said.startswith(NOT_BUILT)}
    assert len(not_built) <= MOST_NOT_BUILT
    assert all(len(said) > len(NOT_BUILT) + 10 for said in not_built.values())


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("| R-1.1 | words | SEC | |", "| R-1.1 | words | SEC | launch/login, lti/login |"),
        ("| R-1.1 | words | SEC | old/one |", "| R-1.1 | words | SEC | launch/login, lti/login |"),
        ("| V2 | words | 401 | old/one |", "| V2 | words | 401 | |"),
        ("| V2 | words | 401 | not built: why |", "| V2 | words | 401 | not built: why |"),
        ("| nothing | of | a | rule |", "| nothing | of | a | rule |"),
    ],
)
def test_a_row_tells_what_the_run_proved(said: str, expected: str) -> None:
    head = "| id | rule | source | proved by |\n|---|---|---|---|\n"
    proofs = {"R-1.1": {"lti/login", "launch/login"}}
    assert with_proofs(head + said, proofs) == head + expected


def test_a_run_leaves_out_what_proves_another_rule(pytester: pytest.Pytester) -> None:
    pytester.makeconftest('pytest_plugins = ["tests.proofs"]')
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.rule("R-1.1")
        def test_one(): pass

        @pytest.mark.rule("R-1.2", "R-1.1")
        def test_two(): pass

        def test_three(): pass
        """
    )
    pytester.runpytest("--rule", "R-1.1").assert_outcomes(passed=2)
    pytester.runpytest("--rule", "R-1.2").assert_outcomes(passed=1)
