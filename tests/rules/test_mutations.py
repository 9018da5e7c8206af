"""Each change that is to break a rule still applies, and every check and posting rule has one."""

import pytest

from tests.proofs import PAGE, said_of_rules
from tests.prove.__main__ import changed, main
from tests.prove.mutations import MUTATIONS, Mutation
from tests.rules.tree import ROOT

CHECKS = {f"V{number}" for number in range(1, 19)}
#: What decides whether, when and how a score is posted.
POSTING = {f"R-4.{number}" for number in (2, 4, 10, 11, 12, 13, 14, 15, 17)}


def test_every_check_and_posting_rule_is_broken_once() -> None:
    assert {mutation.rule for mutation in MUTATIONS} == CHECKS | POSTING


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_changes_the_code_as_it_is_now(mutation: Mutation) -> None:
    code = (ROOT / mutation.path).read_text()
    assert changed(mutation, code) != code
    assert mutation.rule in said_of_rules(PAGE.read_text())


def test_a_rule_that_is_broken_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["V7"]) == 0
    assert "1 rules broken, 1 noticed" in capsys.readouterr().out
