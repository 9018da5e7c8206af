"""What is installed is what was pinned, by hash, fits together, and may be used with Apache-2.0.

Whether a pin has a known hole is asked by `make audit`: that needs the network.
"""

import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Final

import pytest

from tests.rules.tree import ROOT

FILES: Final = ("app.txt", "test.txt", "audit.txt")
_PIN: Final = re.compile(
    r"^(?P<name>[a-z0-9][a-z0-9._-]*)(\[[a-z0-9,._-]+\])?==(?P<version>[^\s;\\]+)( ;[^\\]+)?"
    r"(?P<hashes>( \\\n    --hash=sha256:[0-9a-f]{64})+)$",
    re.MULTILINE,
)
#: Words of licences of packages that Apache-2.0 software may use as they are.
_FITTING: Final = re.compile(
    r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla|LGPL|Lesser|Unlicense"
    r"|Zope|ZPL|0BSD|HPND|CC0|OFL|Public Domain)\b",
    re.IGNORECASE,
)
_UNFITTING: Final = re.compile(
    r"(?<!L)(?<!Lesser )\bGPL|AGPL|Affero|SSPL|Proprietary", re.IGNORECASE
)


def pins(name: str) -> dict[str, set[str]]:
    """Return what a file pins: names and versions, of which some are for another Python."""
    text = (ROOT / "requirements" / name).read_text()
    found: dict[str, set[str]] = {}
    for pin in _PIN.finditer(text):
        found.setdefault(pin["name"], set()).add(pin["version"])
    return found


@pytest.mark.parametrize("name", FILES)
def test_every_line_is_an_exact_pin_with_hashes(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text()
    left = _PIN.sub("", text)
    assert [line for line in left.splitlines() if line.strip() and line.strip()[0] != "#"] == []
    assert "://" not in text, "no address of anybody's index"
    assert len(pins(name)) > 5


def test_what_serves_is_what_is_tested() -> None:
    tested = pins("test.txt")
    other = {name: found for name, found in pins("app.txt").items() if tested[name] != found}
    assert other == {}


def test_what_is_installed_is_what_is_pinned_and_fits_together() -> None:
    installed = {name: _version(name) for name in pins("test.txt")}
    # What is for another system or another Python is not installed here.
    wrong = {
        name: version
        for name, version in installed.items()
        if version is not None and version not in pins("test.txt")[name]
    }
    assert wrong == {}
    check = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    said = subprocess.run(check, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_every_package_that_serves_has_a_licence_that_fits() -> None:
    licences = {name: _licence(name) for name in pins("app.txt") if _version(name) is not None}
    wrong = {
        name: licence
        for name, licence in licences.items()
        if not _FITTING.search(licence) or _UNFITTING.search(licence)
    }
    assert wrong == {}


def _find(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _version(name: str) -> str | None:
    found = _find(name)
    return found.version if found else None


def _licence(name: str) -> str:
    """Return what a package says of its licence: an expression, or classifiers, or a word."""
    found = _find(name)
    assert found is not None
    told = [
        one for name in ("License-Expression", "Classifier", "License") for one in _all(found, name)
    ]
    licences = [one for one in told if " :: " not in one or one.startswith("License ::")]
    # Of a whole text its first line is enough.
    return licences[0].splitlines()[0] if licences else ""


def _all(found: Distribution, name: str) -> list[str]:
    return [str(one) for one in found.metadata.get_all(name) or []]
