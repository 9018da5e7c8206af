"""Whose charter a page shows, how far it is, and what the reader may read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lti_app.api import (
    Hat,
    Kind,
    OwnPair,
    Reach,
    Side,
    current_pair,
    goals_of,
    readers_of,
    shown_name,
)
from plugins.charter import acts, models, rules
from plugins.charter.forms import Setting
from plugins.charter.models import Charter, Part
from plugins.charter.rules import Section, Standing, Step
from plugins.charter.setting import asked_sections, setting_of
from plugins.charter.terms import Terms, from_json


@dataclass(frozen=True)
class Here:
    """The charter of a pair, as one of the two sees it.

    Attributes:
        row: of the charter; None where nobody has begun it.
        parts: of both, as far as there are any. Views read the other's by `their_answers` alone.
    """

    pair: OwnPair
    row: Charter | None
    parts: Mapping[Side, Part]

    @cached_property
    def standing(self) -> Standing:
        """Return where the charter stands."""
        return acts.standing_of(self.row, self.pair, list(self.parts.values()))

    @cached_property
    def setting(self) -> Setting:
        """Return what the questions depend on."""
        return setting_of(self.pair.programme)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return what the charter holds."""
        if self.row is None:
            return asked_sections(self.pair.programme)
        return tuple(Section(one) for one in self.row.sections)

    @property
    def side(self) -> Side:
        """Return which part the reader takes."""
        return self.pair.side

    @property
    def other_side(self) -> Side:
        """Return which part the other takes."""
        return Side.MENTEE if self.side is Side.MENTOR else Side.MENTOR

    @property
    def other_name(self) -> str:
        """Return what the reader sees of the other's name."""
        return shown_name(self.pair.other.name, self.pair.other.id)

    @cached_property
    def my_answers(self) -> Terms:
        """Return what the reader has answered apart."""
        mine = self.parts.get(self.side)
        return from_json(mine.answers) if mine else Terms()

    @cached_property
    def their_answers(self) -> Terms | None:
        """Return what the other has answered apart; None before it may be read."""
        theirs = self.parts.get(self.other_side)
        if theirs is None or theirs.ready_at is None or not self.standing.is_revealed:
            return None
        return from_json(theirs.answers)

    @property
    def is_ready(self) -> bool:
        """Return whether the reader has finished answering apart."""
        return self.side in self.standing.ready

    @property
    def other_is_ready(self) -> bool:
        """Return whether the other has finished answering apart."""
        return self.other_side in self.standing.ready

    @cached_property
    def can(self) -> frozenset[Step]:
        """Return what the reader can do to the text."""
        if not self.pair.is_at_work:
            return frozenset()
        return rules.steps_open_to(self.standing, self.side)

    @property
    def can_answer(self) -> bool:
        """Return whether the reader can still write their own answers."""
        return self.pair.is_at_work and rules.can_answer_apart(self.standing, self.side)

    @property
    def may_edit(self) -> bool:
        """Return whether the reader may write in the common text now."""
        return self.pair.is_at_work and rules.may_edit(self.standing, self.side)

    @property
    def text(self) -> Terms:
        """Return the common text, as far as the reader may see it being written."""
        if self.row is None or rules.is_hidden_counter(self.standing, self.side):
            return self.proposal
        return from_json(self.row.text)

    @property
    def proposal(self) -> Terms:
        """Return what lies before the other, is agreed, or was signed last."""
        return from_json(self.row.proposal if self.row else None)

    @property
    def countered(self) -> Terms | None:
        """Return what the proposal answers; None where it is the first one."""
        if self.row is None or self.row.countered is None:
            return None
        return from_json(self.row.countered)

    @property
    def in_force(self) -> Terms:
        """Return what both have signed."""
        version = models.find_version(self.pair.id, self.standing.version)
        return from_json(models.terms_of(version)) if version else Terms()

    @property
    def fingerprint(self) -> str:
        """Return what tells a proposal from any other."""
        if self.row is None:
            return ""
        return acts.fingerprint(self.pair.id, acts.people_of(self.pair), self.row)

    def revision_of(self, section: Section) -> int:
        """Return how often a section of the common text was saved."""
        return self.row.revisions.get(section.value, 0) if self.row else 0

    @cached_property
    def goals_are_marked(self) -> bool:
        """Return whether all goals that were agreed on are met, partly met, or dropped."""
        return all(goal.state != "open" for goal in goals_of(self.pair.id))

    @property
    def readers(self) -> Mapping[str, Sequence[tuple[Hat, Reach]]]:
        """Return who besides the two may read what, by the permission table."""
        own = {Reach.OWN, Reach.SELF}
        return {
            "text": [one for one in readers_of(Kind.CHARTER) if one[1] not in own],
            "fact": [one for one in readers_of(Kind.CHARTER_FACT) if one[1] not in own],
        }


def find_here(pair: OwnPair | None = None) -> Here:
    """Return the charter of the pair of this page, or of another pair of the reader's."""
    pair = pair or current_pair()
    parts = {
        Side.MENTOR if part.person_id == pair.mentor.id else Side.MENTEE: part
        for part in models.list_parts([pair.id])
    }
    return Here(pair, models.find_charter(pair.id), parts)
