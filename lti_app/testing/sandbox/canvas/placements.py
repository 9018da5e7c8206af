"""The places in Canvas from which a tool is asked for links, and how they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """One of them. Some make what was chosen at once, others show a form first."""

    label: str
    takes_several: bool = False
    creates_at_once: bool = False


PLACEMENTS: Mapping[str, Placement] = {
    "assignment_selection": Placement("Add an assignment"),
    "link_selection": Placement("Add items to a module", takes_several=True),
    "module_index_menu_modal": Placement("Add a module", takes_several=True, creates_at_once=True),
}
