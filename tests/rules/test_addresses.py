"""The tree names no server but documentation, specifications, and names that lead nowhere."""

import re
from pathlib import Path

from tests.rules.tree import every_file, for_every, name_of

TEXT = {".py", ".md", ".html", ".toml", ".txt", ".yaml", ".yml", ".js", ".css", ".svg", ".mako", ""}
ADDRESS = re.compile(
    r"\b(?:https?|wss?|ftp|postgresql(?:\+\w+)?|redis|amqp)://([^\s/\"'`<>)\\|,;]+)"
)
HOST = re.compile(r"(?:[^@]*@)?\[?(?P<host>[a-z0-9.*-]*[a-z0-9-])", re.IGNORECASE)

#: Reserved so that nobody ever answers there (RFC 2606, RFC 6761), and this machine.
NOWHERE = re.compile(
    r"(?:.*\.)?(?:example|test|invalid|localhost|example\.(?:com|net|org))|127\..*"
)
SPECIFICATIONS = {
    "purl.imsglobal.org",
    "www.imsglobal.org",
    "www.w3.org",
    "www.rfc-editor.org",
    "www.apache.org",
    "semver.org",
    "keepachangelog.com",
}
#: A vendor's own addresses, where vendors are known: quirks and presets, what shows or tests them,
#: and the sandbox.
QUIRKS = {
    "lti_app/lti/quirks.py",
    "lti_app/testing/sandbox/canvas/registration.py",
    "lti_app/testing/sandbox/canvas/scores.py",
    "templates/admin/by_hand.html",
    "tests/unit/lti_app/lti/test_presets.py",
    "tests/unit/lti_app/lti/test_quirks.py",
}
#: Misspelt in an old edition of the specification, and sent like that to this day.
MISSPELT = {"purlimsglobal.org"}


def hosts_of(file: Path) -> set[str]:
    """Return the hosts of all addresses in a file; a pattern like `{host}` is none."""
    found = set()
    for rest in ADDRESS.findall(file.read_text(errors="replace")):
        match = HOST.match(rest)
        if match and "." in match["host"]:
            found.add(match["host"].lower())
    return found


@for_every([file for file in every_file() if file.suffix in TEXT])
def test_a_file_names_no_server_that_exists(file: Path) -> None:
    if name_of(file) in QUIRKS:
        return
    foreign = {host for host in hosts_of(file) if not NOWHERE.fullmatch(host)}
    assert foreign <= SPECIFICATIONS | MISSPELT
