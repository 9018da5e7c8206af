"""The charter's page in the room of a pair: where it stands, and what the reader can do now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_app.api import Action, Kind, Reach, gettext, lazy_gettext, requires
from plugins.charter import acts, models, rules, words
from plugins.charter.acts import Unfinished
from plugins.charter.differences import Piece
from plugins.charter.rules import Refusal, Section, Stage
from plugins.charter.setting import due_days
from plugins.charter.terms import Terms
from plugins.charter.views.blueprints import pair_blueprint
from plugins.charter.views.here import Here, find_here
from plugins.charter.words import Said

#: What was just done, as the address of the next page says.
DONE: Final[Mapping[str, object]] = {
    "saved": lazy_gettext("Saved."),
    "removed": lazy_gettext("Removed."),
    "ready": lazy_gettext("You are ready. The other one is told."),
    "back": lazy_gettext("You can go on with your answers."),
    "propose": lazy_gettext("Proposed. The other one is told."),
    "accept": lazy_gettext("You agree. Both of you can sign now."),
    "sign": lazy_gettext("You have signed."),
    "reopen": lazy_gettext("The text is open again. The other one is told."),
    "amend": lazy_gettext("You can change it now; what you have signed holds meanwhile."),
    "discard": lazy_gettext("Given up. What you have signed holds."),
    "reviewed": lazy_gettext("Noted: you have looked at your charter again."),
    "close": lazy_gettext("Closed. Thank you."),
}

#: Why something was refused → what the page says.
REFUSED: Final[Mapping[str, object]] = {
    Refusal.NOT_NOW: lazy_gettext(
        "That cannot be done any more: the charter has moved on meanwhile. This is how it is now."
    ),
    Refusal.NOT_YOUR_TURN: lazy_gettext("It is the other one's turn now."),
    Refusal.NOT_READY: lazy_gettext(
        "Please answer first yourself, and mark your answers as ready: then you can go on."
    ),
    Refusal.NOTHING_IN_FORCE: lazy_gettext("There is nothing that this would go back to."),
    acts.CHANGED: lazy_gettext(
        "The text has changed since you opened the page, so nothing was done. Please read it again."
    ),
    acts.NOTHING_NEW: lazy_gettext(
        "This says the same as the proposal. Agree to it, or change something first."
    ),
    acts.GOALS_OPEN: lazy_gettext("Please mark each goal first: met, partly met, or dropped."),
    acts.GOALS_FULL: lazy_gettext("There are as many goals as the charter holds already."),
    acts.NO_SUCH_REVIEW: lazy_gettext("This review is noted already."),
}


@dataclass(frozen=True)
class Row:
    """One section on the page.

    Attributes:
        said: what the text says. mine, theirs: what each has answered.
        pieces: what has changed, word by word.
        is_answered: the reader has answered it apart. is_needed: it may not stay empty.
        answer_address: where the reader answers it apart. text_address: where the common text of
            it is written. None where it cannot be now.
    """

    section: Section
    said: Said
    mine: Said
    theirs: Said | None
    pieces: tuple[Piece, ...]
    is_answered: bool
    is_needed: bool
    answer_address: str | None
    text_address: str | None


@pair_blueprint.get("/")
@requires(Action.READ, Kind.CHARTER, of=Reach.SELF)
def page() -> ResponseReturnValue:
    """Show where the charter stands, and what can be done next."""
    return show_page(find_here())


def show_page(here: Here, *, refused: str = "", unfinished: Unfinished | None = None) -> str:
    """Return the page, after something was done, or was refused."""
    standing = here.standing
    return render_template(
        "charter/page.html",
        here=here,
        stage=standing.stage.value,
        rows=_rows(here),
        is_sent_back=here.countered is not None and standing.stage is Stage.PROPOSED,
        signatures=models.list_signatures(here.pair.id, _signed_number(here)),
        versions=models.list_versions(here.pair.id),
        reviews=models.list_reviews(here.pair.id),
        closing=_closing(here),
        due_days=due_days(here.pair.programme),
        reveals_at=_reveals_at(here),
        done=DONE.get(request.args.get("done", "")),
        refused=REFUSED.get(refused, refused),
        missing=_missing(unfinished),
        my_missing=rules.missing_sections(here.my_answers.answered(), here.sections),
        my_changes=_my_changes(here),
        may_close=may_close(here),
        title_of=words.title_of,
    )


def _signed_number(here: Here) -> int:
    standing = here.standing
    is_open = standing.stage in {Stage.AGREED, Stage.HALF_SIGNED}
    return standing.version + 1 if is_open else standing.version


def _rows(here: Here) -> list[Row]:
    text, before = _texts(here)
    theirs = here.their_answers
    return [
        Row(
            section=section,
            said=words.said_of(text, section),
            mine=words.said_of(here.my_answers, section),
            theirs=words.said_of(theirs, section) if theirs else None,
            pieces=words.changes_in(before, text, section) if before is not None else (),
            is_answered=section in here.my_answers.answered(),
            is_needed=section in rules.REQUIRED,
            answer_address=url_for(".answer", section=section) if here.can_answer else None,
            text_address=url_for(".text", section=section) if here.may_edit else None,
        )
        for section in here.sections
    ]


def _texts(here: Here) -> tuple[Terms, Terms | None]:
    """Return the text that the page shows, and the one that it is compared with."""
    standing = here.standing
    if standing.stage in {Stage.ACTIVE, Stage.CLOSED}:
        return here.in_force, None
    if standing.stage is Stage.COMPARING:
        return here.text, here.in_force if standing.version else None
    before = here.countered
    if before is None and standing.version:
        before = here.in_force
    return here.proposal, before


@dataclass(frozen=True)
class Changed:
    """What the reader has changed in the other's proposal, and not sent yet."""

    title: str
    pieces: tuple[Piece, ...]


def _my_changes(here: Here) -> list[Changed]:
    if here.standing.stage is not Stage.PROPOSED or here.standing.by is here.side:
        return []
    return [
        Changed(words.title_of(section), words.changes_in(here.proposal, here.text, section))
        for section in here.sections
        if not here.proposal.says_same(section, here.text)
    ]


def may_close(here: Here) -> bool:
    """Return whether the reader can still say how it ended."""
    mine = here.parts.get(here.side)
    if not here.standing.version or (mine is not None and mine.closed_at is not None):
        return False
    return here.standing.stage in {Stage.ACTIVE, Stage.CLOSED} and here.pair.is_at_work


def _closing(here: Here) -> dict[str, object]:
    """Return what each said at the end; whether both go on is told only if both want to."""
    mine, theirs = here.parts.get(here.side), here.parts.get(here.other_side)
    return {
        "mine": mine if mine and mine.closed_at else None,
        "theirs": theirs if theirs and theirs.closed_at else None,
        "both_go_on": bool(mine and theirs and mine.goes_on and theirs.goes_on),
    }


def _reveals_at(here: Here) -> object:
    ready = [part.ready_at for part in here.parts.values() if part.ready_at is not None]
    return min(ready) + rules.REVEAL_AFTER if ready and not here.standing.is_revealed else None


def _missing(unfinished: Unfinished | None) -> list[str]:
    if unfinished is None:
        return []
    lines = [
        gettext("“%(section)s” is not written yet.", section=words.title_of(section))
        for section in unfinished.missing
    ]
    if unfinished.no_goal and Section.GOALS not in unfinished.missing:
        lines.append(
            gettext(
                "No goal is far enough yet: one at least needs to say what will be there, by when,"
                " and how it will show."
            )
        )
    return lines
