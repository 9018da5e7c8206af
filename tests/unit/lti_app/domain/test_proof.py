"""What proves a request, line by line: a cookie, or for want of one where the address came from."""

from dataclasses import replace

import pytest

from lti_app.domain.permissions import OWN_WORK, TABLE, Action, Hat, Kind, Reach, reach_of
from lti_app.domain.proof import Evidence, Mode, why_not
from lti_app.domain.secrets import hash_secret

COOKIE, AGENT = hash_secret("cookie"), hash_secret("Frame/1.0")
OWN = Evidence(site="same-origin", agent="Frame/1.0")


def test_a_page_of_the_visit_in_the_same_browser_is_enough_for_the_address() -> None:
    assert why_not(Mode.URL, OWN, COOKIE, AGENT) is None


@pytest.mark.parametrize(
    "shown",
    [
        replace(OWN, site="none"),
        replace(OWN, site="same-site"),
        replace(OWN, site="cross-site"),
        replace(OWN, site=None),
        replace(OWN, site=""),
        replace(OWN, site=" same-origin"),
        replace(OWN, agent="Frame/1.1"),
        replace(OWN, agent=""),
        replace(OWN, is_prefetch=True),
        replace(OWN, marker="m"),
        replace(OWN, cookie="cookie"),
    ],
)
def test_everything_else_is_not(shown: Evidence) -> None:
    assert why_not(Mode.URL, shown, COOKIE, AGENT)
    assert why_not(Mode.URL, shown, COOKIE, None)


def test_where_a_cookie_proves_the_visit_nothing_else_does() -> None:
    assert why_not(Mode.COOKIE, Evidence(cookie="cookie", site="none"), COOKIE, None) is None
    for shown in (OWN, replace(OWN, cookie="x"), Evidence(), Evidence(cookie="")):
        assert why_not(Mode.COOKIE, shown, COOKIE, AGENT)


def test_before_it_is_settled_nothing_proves_a_visit() -> None:
    for shown in (OWN, Evidence(cookie="cookie")):
        assert why_not(Mode.OPEN, shown, COOKIE, AGENT) == "not entered yet"


def test_own_work_is_of_learners_and_holds_nothing_of_pairs_or_wishes() -> None:
    readable = {
        kind for kind, _ in TABLE if reach_of(Hat.LEARNER, Action.READ, kind) is not Reach.NONE
    }
    assert readable >= OWN_WORK
    withheld = {
        Kind.NOTICE,
        Kind.PAIR_ROOM,
        Kind.PAIR_FACT,
        Kind.CHARTER,
        Kind.CHARTER_FACT,
        Kind.GOAL,
        Kind.OFFER,
        Kind.EXCLUSION,
        Kind.SELF_DESCRIPTION,
        Kind.PROGRAMME,
    }
    assert readable - OWN_WORK == withheld
