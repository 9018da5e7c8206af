"""What a plugin is: the `Activity` protocol, and how activities are found.

An activity is announced by an entry point in the group `lti_app.activities` whose name is its key.
Our own come through the same door. The key is also the kind of its links, the prefix of its
addresses and tables, and the folder of its templates.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from uuid import UUID

from lti_app.domain.facts import Fact
from lti_app.domain.figures import Figure
from lti_app.domain.links import LinkQuestion
from lti_app.domain.notices import NoticeKind
from lti_app.domain.pairing import Answer, MatchingProfile, Submission
from lti_app.domain.programmes import Programme
from lti_app.domain.progress import Completion
from lti_app.domain.rooms import OwnPair, PairCard
from lti_app.domain.visit import Options, Person, Placement

if TYPE_CHECKING:
    from flask import Blueprint

    from lti_app.web.forms import ActivityForm

#: 0 until three kinds of different shape run on it; may change with any release until then.
API_VERSION = 0
GROUP = "lti_app.activities"
_KEY = re.compile(r"[a-z][a-z0-9_]{2,30}")
#: Words of `/v/<visit>/…` that are the tool's own.
RESERVED_KEYS = frozenset(
    {"desk", "admin", "me", "grades", "pairs", "place", "review", "home", "programme", "window"}
)
#: Words of `/v/<visit>/pairs/<pair>/…` that are the tool's own.
RESERVED_IN_ROOMS = frozenset({"answer", "pause", "resume", "leave", "goals"})


class InvalidActivity(Exception):
    """An installed plugin breaks a rule; the message names it, and the tool does not start."""


class InvalidOptions(ValueError):
    """The options of an activity make no sense; the message says which and why, for its author.

    Attributes:
        option: name of the option that is wrong, or empty where it is none alone.
    """

    def __init__(self, message: str, option: str = "") -> None:
        super().__init__(message)
        self.option = option


@runtime_checkable
class Activity(Protocol):
    """A kind of follow-on work.

    Attributes:
        key: `[a-z][a-z0-9_]{2,30}`, equal to the entry point's name.
        title: what a new activity of this kind is called, and `summary` what it is for; both
            lazy translations.
        is_graded: a completed person gets a grade.
        points: what a new gradebook column is out of, unless its author says otherwise.
        participant_endpoint: endpoint that learners land on, `<key>.<view>`.
        staff_endpoint: endpoint that instructors land on.
    """

    @property
    def key(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def is_graded(self) -> bool: ...
    @property
    def points(self) -> int: ...
    @property
    def participant_endpoint(self) -> str: ...
    @property
    def staff_endpoint(self) -> str: ...

    def blueprint(self) -> "Blueprint":
        """Return the pages, named `key`; the tool mounts them under `/v/<visit>/<key>`."""

    def options_form(self) -> "type[ActivityForm]":
        """Return the form that asks an author for options; its fields are named like them.

        It puts the questions. What it gathers is read by `read_options`, the one rule for what is
        valid, whether it comes from a form or from a link.
        """

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Turn a link's custom parameters or a form's answers (possibly none) into options.

        Raises:
            InvalidOptions: a value is unusable.
        """

    def preview(self, placement: Placement) -> str:
        """Return the page that learners see first, as whole HTML, for an author to look at.

        Called in a visit that is nobody's, under the hat of a preview, at an activity that may not
        be stored: nothing is read of people, nothing is stored, and the page sends nothing.
        """

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Say how far people are: a pure function of stored rows, by person id.

        Somebody without any work may be left out.
        """


@runtime_checkable
class Notifying(Protocol):
    """What an activity has besides if it tells people things: the kinds of its notices.

    Attributes:
        notice_kinds: each with a key that begins with `<key of the activity>.`.
    """

    @property
    def notice_kinds(self) -> Sequence[NoticeKind]: ...


def announced_notices(activity: Activity) -> Sequence[NoticeKind]:
    """Return the kinds of notice that an activity announces; most announce none."""
    return activity.notice_kinds if isinstance(activity, Notifying) else ()


@runtime_checkable
class HasReviewPage(Protocol):
    """What an activity has besides if it can show one learner's work.

    An instructor comes there from the LMS's gradebook, or from a list of learners.

    Attributes:
        review_endpoint: `<key>.<view>`, with the one argument `person_id`, a UUID.
    """

    @property
    def review_endpoint(self) -> str: ...


@runtime_checkable
class HasProfiles(Protocol):
    """An activity at which people sign up to a programme: what it tells those who pair people.

    The state of a sign-up lies with the programme (`submit_participation`), its words lie here.
    """

    def profiles(
        self, programme: Programme, people: Collection[UUID]
    ) -> Mapping[UUID, MatchingProfile]:
        """Return what some people of a programme answered, by person id.

        Of somebody who signed up in several courses, it is the sign-up at the activity that their
        place in the programme names. Who has not signed up is left out.
        """

    def answers(self, programme: Programme, person_id: UUID) -> Sequence[Answer]:
        """Return what one person of a programme answered, in words, for its team to read.

        Whom somebody does not want to be paired with, and to which groups they count themselves, is
        never among them.

        Returns:
            In the order of the questions; nothing for somebody who has not signed up here.
        """

    def submissions(self, activity_id: UUID) -> Sequence[Submission]:
        """Return all sign-ups that were submitted at an activity.

        Asked when a course joins a programme, so that those of before are not lost.
        """


@runtime_checkable
class HasPairRoom(Protocol):
    """An activity that pairs work at together: its pages for them, and its card in their room.

    Whoever opens one of the pages is one of the two of a pair that has begun: anybody else is told
    that there is no such page before the view is called.
    """

    def pair_blueprint(self) -> "Blueprint":
        """Return the pages, named `<key>_pair`.

        They are mounted under `/v/<visit>/pairs/<pair>/<key>`. Views take no argument for the pair:
        `current_pair()` is it, and `url_for` fills it in.
        """

    def pair_card(self, pair: OwnPair) -> PairCard | None:
        """Return what stands in the room of a pair for the reader; None: nothing."""


@runtime_checkable
class HasDueWork(Protocol):
    """An activity at which something happens when its time has come."""

    def due_work(self, at: datetime, limit: int) -> int:
        """Do what is due at a moment, so much of it at most.

        Called every hour, in a transaction of its own, again and again until it did less than
        `limit`; so what was done must not be due any more afterwards.

        Returns:
            How much was done.
        """


@runtime_checkable
class FollowsPairs(Protocol):
    """An activity that has something to do when a pair goes on after a pause, or ends."""

    def pair_resumed(self, pair_id: UUID) -> None:
        """Follow, in the transaction that ends the pause of the pair, whose row is locked."""

    def pair_ended(self, pair_id: UUID) -> None:
        """Follow, in the transaction that ends the pair, whose row is locked; it is ended already.

        Only pairs that had begun are told of.
        """


@runtime_checkable
class ErasesPeople(Protocol):
    """An activity that keeps more of people than their own `ActivityRecord` rows."""

    def erase_person(self, person_id: UUID) -> None:
        """Delete what somebody wrote, and their name and address wherever they are kept.

        What two people have agreed stays, for the one who is not erased.
        """


@runtime_checkable
class AnswersLinks(Protocol):
    """An activity that asks somebody without an account something, by a link that works once."""

    def link_question(self, object_id: UUID) -> LinkQuestion | None:
        """Return what a link about one of the activity's objects asks.

        None: the object is not the activity's, or there is nothing to ask about it any more.
        """

    def take_link_answer(self, object_id: UUID, answers: Mapping[str, str]) -> bool:
        """Take the answers to `link_question`; returns whether they were still wanted."""


@runtime_checkable
class TellsFacts(Protocol):
    """An activity whose facts the programme team can read."""

    def fact_in_words(self, fact: Fact) -> str | None:
        """Return a fact of this activity in words; None: it is nothing for people."""


@runtime_checkable
class CountsWork(Protocol):
    """An activity that counts for the programme team what people did, besides how far they are."""

    def figures(self, activity_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Figure]]:
        """Return the numbers of some activities of this kind, by activity id.

        Sums alone, which name nobody. An LMS's previews do not count.
        """


def pair_rooms() -> Mapping[str, HasPairRoom]:
    """Return the activities that pairs work at together, by key."""
    return {key: one for key, one in catalogue().items() if isinstance(one, HasPairRoom)}


@cache
def catalogue() -> Mapping[str, Activity]:
    """Return all installed activities by key.

    Raises:
        InvalidActivity: one of them breaks a rule.
    """
    return {found.name: _load(found) for found in sorted(entry_points(group=GROUP), key=str)}


def _load(found: EntryPoint) -> Activity:
    where = f"activity {found.name!r} of {found.dist.name if found.dist else 'an unknown package'}"
    activity = found.load()
    if not isinstance(activity, Activity):
        raise InvalidActivity(f"{where} does not satisfy lti_app.api.Activity")
    if activity.key != found.name:
        raise InvalidActivity(f"{where} calls itself {activity.key!r}")
    if not _KEY.fullmatch(activity.key) or activity.key in RESERVED_KEYS:
        raise InvalidActivity(f"{where}: the key is reserved or not of the form {_KEY.pattern}")
    if activity.key in RESERVED_IN_ROOMS and isinstance(activity, HasPairRoom):
        raise InvalidActivity(f"{where}: its key is a word of the tool's own in the room of a pair")
    for kind in announced_notices(activity):
        if not kind.key.startswith(f"{activity.key}."):
            raise InvalidActivity(f"{where}: the key of its notice {kind.key!r} is not its own")
    return activity
