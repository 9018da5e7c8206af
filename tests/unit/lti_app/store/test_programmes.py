"""Rules of a programme survive being stored, and what is stored survives new rules."""

from lti_app.domain.programmes import MustMatch, ProgrammeRules
from lti_app.store.programmes import from_rules, to_rules

CHANGED = ProgrammeRules(
    reporting_levels=4,
    auto_approve_mentees=True,
    programme_language="de",
    required_training=("training",),
    must_match=(MustMatch.CHANNEL, MustMatch.LANGUAGE),
)


def test_rules_come_back_as_they_were_stored() -> None:
    assert to_rules(from_rules(CHANGED)) == CHANGED
    assert to_rules(from_rules(ProgrammeRules())) == ProgrammeRules()


def test_a_rule_that_was_not_stored_has_its_default() -> None:
    assert to_rules({"seniority_gap": 2}) == ProgrammeRules(seniority_gap=2)
