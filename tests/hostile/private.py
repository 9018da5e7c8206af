"""Key servers on private networks, for a tool that must not call there."""

import socket
from collections.abc import Iterator
from typing import Final

from tests.hostile.arena import Arena, Attack, Blow, Case
from tests.unit.lti_app.lti.peer import Conversation, listening

#: Each of them is this machine, its neighbour, or nobody, however it is written.
HOSTS: Final = (
    *(
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "127.0.0.1.",
        "0.0.0.0",
        "0",
    ),
    *("10.0.0.1", "10.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "192.0.2.1"),
    *("169.254.169.254", "2852039166", "0xa9fea9fe", "198.18.0.1", "224.0.0.1", "255.255.255.255"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:a00:1]", "[::ffff:169.254.169.254]"),
    *("[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "[2002:a00:1::1]"),
    *("[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2001:db8::1]", "[::127.0.0.1]"),
    *("localhost", "LOCALHOST", "localhost.", "ip6-localhost"),
)


def _keys_at(url: str) -> Attack:
    """Return an attack by an LMS whose keys are said to be at an address; nobody may go there."""

    def attack(arena: Arena) -> Blow:
        own = arena.open_lms()
        with listening(_tell) as peer:
            own.keep_keys_at(url.replace("PORT", str(peer.port)))
            blow = own.launch()
            assert peer.connections == 0, "somebody has called"
            return blow

    return attack


def _tell(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.answer(b'{"keys": []}')


def key_servers() -> Iterator[Case]:
    """Addresses that lead to private networks, of which some have a server that would answer."""
    for host in (*HOSTS, socket.gethostname()):
        yield Case(f"https://{host}", _keys_at(f"https://{host}:PORT/keys"), 503, "key_server")
    for host in ("127.0.0.1", "localhost", "[::1]", "10.0.0.1", "example.org"):
        yield Case(f"http://{host}", _keys_at(f"http://{host}:PORT/keys"), 503, "key_server")
