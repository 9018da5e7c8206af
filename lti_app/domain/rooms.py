"""Pairs that have begun, as activities work with them, and what stands in a pair's room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from lti_app.domain.pairs import WORKING, EndKind, PairState
from lti_app.domain.programmes import Programme, Side
from lti_app.domain.visit import Person

#: States of a pair that has begun: before, and of one that came to nothing, there is no room.
BEGUN = frozenset({*WORKING, PairState.ENDED})


@dataclass(frozen=True)
class PairAtWork:
    """A pair that has begun, whoever looks at it.

    Attributes:
        state: active, paused or ended.
        end_kind: how it ended; None while it has not.
    """

    id: UUID
    programme_id: UUID
    mentor_id: UUID
    mentee_id: UUID
    state: PairState
    end_kind: EndKind | None
    started_at: datetime
    ended_at: datetime | None

    @property
    def is_at_work(self) -> bool:
        """Return whether the two can still work together: it is active, or pauses."""
        return self.state in WORKING

    @property
    def people(self) -> tuple[UUID, UUID]:
        """Return who the two are: the mentor, the mentee."""
        return self.mentor_id, self.mentee_id

    def side_of(self, person_id: UUID) -> Side:
        """Return which part one of the two takes."""
        return Side.MENTOR if person_id == self.mentor_id else Side.MENTEE

    def other_than(self, person_id: UUID) -> UUID:
        """Return the other one of the two."""
        return self.mentee_id if person_id == self.mentor_id else self.mentor_id


@dataclass(frozen=True)
class OwnPair:
    """A pair that has begun, as one of the two sees it.

    Attributes:
        side: which part the reader takes.
        me, other: the two; `other.name` is None where nobody gave one (`shown_name`).
        state: active, paused or ended.
    """

    id: UUID
    programme: Programme
    side: Side
    me: Person
    other: Person
    state: PairState
    end_kind: EndKind | None
    started_at: datetime
    ended_at: datetime | None
    paused_until: datetime | None = None

    @property
    def is_at_work(self) -> bool:
        """Return whether the two can still work together: it is active, or pauses."""
        return self.state in WORKING

    @property
    def mentor(self) -> Person:
        """Return who is the mentor."""
        return self.me if self.side is Side.MENTOR else self.other

    @property
    def mentee(self) -> Person:
        """Return who is the mentee."""
        return self.other if self.side is Side.MENTOR else self.me


@dataclass(frozen=True)
class CardLink:
    """A link on a card; the pair's id is filled in by itself."""

    text: str
    endpoint: str
    arguments: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class NextStep:
    """What the reader can do next; of all cards the room shows the one of the lowest rank.

    Attributes:
        text: what to do, as the words of a button.
        why: a sentence about it; may be empty.
        rank: 10: somebody waits for it; 50: it can be done at any time; 90: it may wait.
    """

    text: str
    endpoint: str
    arguments: Mapping[str, object] = field(default_factory=dict)
    rank: int = 50
    why: str = ""


@dataclass(frozen=True)
class PairCard:
    """What an activity shows in the room of a pair.

    Attributes:
        title: of the card.
        lines: short sentences, in the reader's language.
        link: to the activity's page of the pair.
        next_step: what the reader can do next there; None: nothing, or nothing now.
        order: where the card stands among the others, the lowest first.
        template: of a richer body in place of the lines; gets `context` and `card`.
    """

    title: str
    lines: Sequence[str] = ()
    link: CardLink | None = None
    next_step: NextStep | None = None
    order: int = 50
    template: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
