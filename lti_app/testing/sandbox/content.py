"""Links that a tool sent back, read from its answer to a selection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@dataclass(frozen=True)
class WantedColumn:
    """The column that a link is to have."""

    maximum: float
    label: str = ""
    resource_id: str = ""
    tag: str = ""
    submission_review: dict[str, Any] | None = None


@dataclass(frozen=True)
class Item:
    """One link. What an LMS does not take from it is left to the profile."""

    title: str
    text: str = ""
    url: str | None = None
    custom: dict[str, str] = field(default_factory=dict)
    column: WantedColumn | None = None

    @property
    def custom_lines(self) -> str:
        return "\n".join(f"{name}={value}" for name, value in self.custom.items())


@dataclass(frozen=True)
class Answer:
    """What a tool answered: links, and words for the teacher."""

    items: tuple[Item, ...] = ()
    message: str = ""
    error: str = ""


def read_answer(claims: Mapping[str, Any]) -> Answer:
    """Read the verified claims of an answer; without items nothing was chosen."""
    given = claims.get(f"{DEEP_LINKING}content_items") or []
    return Answer(
        tuple(_item(one) for one in given if one.get("type") == "ltiResourceLink"),
        message=str(claims.get(f"{DEEP_LINKING}msg") or ""),
        error=str(claims.get(f"{DEEP_LINKING}errormsg") or ""),
    )


def _item(given: Mapping[str, Any]) -> Item:
    return Item(
        title=given.get("title") or "",
        text=given.get("text") or "",
        url=given.get("url"),
        custom={name: str(value) for name, value in (given.get("custom") or {}).items()},
        column=_column(given["lineItem"]) if given.get("lineItem") else None,
    )


def _column(given: Mapping[str, Any]) -> WantedColumn:
    return WantedColumn(
        maximum=float(given["scoreMaximum"]),
        label=given.get("label") or "",
        resource_id=given.get("resourceId") or "",
        tag=given.get("tag") or "",
        submission_review=given.get("submissionReview"),
    )
