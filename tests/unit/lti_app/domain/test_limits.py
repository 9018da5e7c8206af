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


def test_of_very_many_keys_the_last_share_one_count() -> None:
    limit = Limit(1, 60, now=Watch())
    for number in range(10_000):
        assert limit.note(f"key {number}", "") is None
    assert limit.note("one more", "") is None
    assert limit.note("and another", "x") == Exceeded("x", is_first=True, seconds=60)
    assert limit.note("key 1", "y") == Exceeded("y", is_first=True, seconds=60)


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
