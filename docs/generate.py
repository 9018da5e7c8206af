"""Writes the pages that are made from the code: `make docs`; a test fails where they are stale."""

from pathlib import Path

from lti_app.domain.permissions import TABLE, Action, Hat, Kind, Reach, reach_of

_HERE = Path(__file__).parent
_HEAD = """\
# Who may do what

Made by `make docs` from the one table in `lti_app/domain/permissions.py`, which the guards, the
pages and the tests read too. A visit acts in one capacity at a time, and a right is of that
capacity: somebody who teaches one course and learns in another is each in its place.

- **own**: what is about the person, in the activity that they came to.
- **self**: what is about the person, whichever activity of the organisation it comes from.
- **activity**: everybody's, in the activity that they came to.
- **course**: everything in the course that they came from, whichever activity of it.
- **programme**: everybody's, in the programmes that the person was granted to run; `l_and_d` is
  that capacity, and no role of an LMS gives it.
- **organisation**: everything in it, for who was granted all of its programmes.
- **tool**: all there is, in every organisation. Nothing of this kind is about what people do.
- Nothing else reaches another organisation, another activity or somebody else's programme.

| what | may | {hats} |
|---|---|{rule}|
"""
_WORDS = {reach: "–" if reach is Reach.NONE else reach.value for reach in Reach}


def permissions_page() -> str:
    """Return the permission table as a page."""
    head = _HEAD.format(hats=" | ".join(Hat), rule="|".join("---" for _ in Hat))
    return head + "".join(_row(kind, action) for kind, action in TABLE)


def _row(kind: Kind, action: Action) -> str:
    cells = " | ".join(_WORDS[reach_of(hat, action, kind)] for hat in Hat)
    return f"| {kind.value.replace('_', ' ')} | {action} | {cells} |\n"


if __name__ == "__main__":
    (_HERE / "permissions.md").write_text(permissions_page())
