"""The plugins' README tells all of the API, and nothing else."""

import re
from pathlib import Path

from lti_app import api

README = Path(__file__).parents[3] / "plugins" / "README.md"


def test_the_readme_names_exactly_what_the_api_offers() -> None:
    table = README.read_text(encoding="utf-8").split("## The API")[1]
    first_cells = re.findall(r"^\| ([^|]*) \|", table, flags=re.MULTILINE)
    told = {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)}
    assert told == set(api.__all__)
