"""A limit counts per key, in windows, within a bounded memory."""

import pytest

from lti_app.domain.limits import Exceeded, Limit, network_of


class Watch:
    """A clock that stands until it is moved."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_one_too_many_is_told_with_the_mark_of_the_first_of_them() -> None:
    limit = Limit(2, 60, now=Watch())
    assert [limit.note("alice", mark) for mark in "abcd"] == [
        None,
        None,
        Exceeded("c", is_first=True, seconds=60),
        Exceeded("c", is_first=False, seconds=60),
    ]
    assert limit.note("bob", "e") is None


def test_a_new_window_begins_at_nothing() -> None:
    watch = Watch()
    limit = Limit(1, 60, now=watch)
    limit.note("alice", "a")
    watch.seconds = 59.5
    assert limit.note("alice", "b") == Exceeded("b", is_first=True, seconds=1)
    watch.seconds = 60
    assert limit.note("alice", "c") is None


def test_of_very_many_keys_the_last_share_counts_within_a_bounded_memory() -> None:
    limit = with_invented(Limit(30, 3600, now=Watch()))
    for number in range(50_000):
        limit.note(f"more {number}", "x")
    assert len(limit._counts) <= 11_000
    assert any(limit.note("one", "x") for _ in range(31))


def test_whoever_invents_keys_uses_up_what_is_theirs_alone() -> None:
    """Whoever runs an LMS can invent as many people as they like."""
    limit = with_invented(Limit(30, 3600, now=Watch()))
    for _ in range(5_000):
        limit.note("one more", "x")
    for number in range(500):
        limit.note(f"and another {number}", "x")
    refused = [name for name in range(500) if limit.note(f"newcomer {name}", "x")]
    assert len(refused) < 10


def with_invented(limit: Limit) -> Limit:
    """Use up all keys that are counted apart."""
    for number in range(10_000):
        assert limit.note(f"invented {number}", "") is None
    return limit


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:0:0:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_an_address_counts_with_its_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
