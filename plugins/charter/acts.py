"""What the two do with their charter: rules asked, rows changed, people told, facts published.

Every act locks the pair first, then its rows; what is refused is refused before anything changes.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from lti_app.api import (
    NoticeKind,
    OwnPair,
    PairAtWork,
    PairState,
    Programme,
    Side,
    agree_goals,
    check_goal,
    db,
    goals_of,
    lock_pair,
    now,
    publish_fact,
    refresh_pair_progress,
    withdraw_fact,
)
from plugins.charter import models, notices, rules, waiting
from plugins.charter.models import Charter, Part, Signature, Version
from plugins.charter.rules import Refusal, Section, Stage, Standing, Step
from plugins.charter.seals import canonical, seal
from plugins.charter.setting import asked_sections, is_coaching, today_in
from plugins.charter.terms import Terms, common, from_json, to_json

#: Of the form in which versions are sealed.
SCHEMA = 1


class Refused(Exception):
    """Something cannot be done; nothing has changed.

    Attributes:
        why: a `Refusal`, or a reason of this module.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Clash(Exception):
    """Somebody else has saved a section since its page was opened; nothing has changed.

    Attributes:
        text: as it is by now.
        revision: of the section by now.
    """

    def __init__(self, text: Terms, revision: int) -> None:
        super().__init__("saved by the other meanwhile")
        self.text = text
        self.revision = revision


class Unfinished(Exception):
    """A text lacks what it needs before it can be proposed; nothing has changed.

    Attributes:
        missing: sections that say too little.
        no_goal: none of its goals is far enough.
    """

    def __init__(self, missing: Collection[Section], *, no_goal: bool) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)
        self.no_goal = no_goal


#: Reasons besides those of the rules.
CHANGED, NOTHING_NEW, GOALS_OPEN = "changed", "nothing_new", "goals_open"
GOALS_FULL, NO_SUCH_REVIEW = "goals_full", "review"

#: What an act makes of a text, as it is by then.
Change = Callable[[Terms], Terms]


@dataclass(frozen=True)
class Held:
    """A charter that is being changed: its pair and all its rows are locked."""

    programme: Programme
    pair: PairAtWork
    row: Charter
    parts: Mapping[Side, Part]

    @property
    def standing(self) -> Standing:
        """Return where it stands."""
        return standing_of(self.row, self.pair, self.parts.values())

    @property
    def text(self) -> Terms:
        """Return the common text as it is written now."""
        return from_json(self.row.text)

    def person_id(self, side: Side) -> UUID:
        """Return who takes a part."""
        return self.pair.mentor_id if side is Side.MENTOR else self.pair.mentee_id


def standing_of(
    row: Charter | None, pair: PairAtWork | OwnPair, parts: Collection[Part]
) -> Standing:
    """Return where a charter stands; one that nobody has begun is answered apart.

    Args:
        row: of the pair's charter, or None.
        pair: whose.
        parts: of both.
    """
    if row is None:
        is_over = pair.state is PairState.ENDED
        return Standing(Stage.CLOSED if is_over else Stage.APART)
    mentor_id = pair.mentor.id if isinstance(pair, OwnPair) else pair.mentor_id
    ready = frozenset(
        Side.MENTOR if part.person_id == mentor_id else Side.MENTEE
        for part in parts
        if part.ready_at is not None
    )
    by = Side(row.by_side) if row.by_side else None
    return Standing(Stage(row.stage), row.version, by, ready)


def fingerprint(pair_id: UUID, people: Mapping[Side, UUID], row: Charter) -> str:
    """Return what a proposal's seal would be: what somebody saw when they accept or sign."""
    return seal(written(pair_id, people, row))


def written(pair_id: UUID, people: Mapping[Side, UUID], row: Charter) -> str:
    """Return a proposal as it is sealed: people by reference, never by name."""
    terms = from_json(row.proposal).only([Section(one) for one in row.sections])
    return canonical(
        {
            "schema": SCHEMA,
            "pair": str(pair_id),
            "programme": str(row.programme_id),
            "mentor": str(people[Side.MENTOR]),
            "mentee": str(people[Side.MENTEE]),
            "number": row.version + 1,
            "form": "coaching" if row.is_coaching else "mentoring",
            "sections": row.sections,
            "terms": to_json(terms),
        }
    )


def save_answers(pair: OwnPair, change: Change) -> None:
    """Keep what somebody answers apart; the other learns nothing of it.

    Raises:
        Refused: they are ready, or it is too late.
    """
    held = hold(pair, begins=True)
    if not rules.can_answer_apart(held.standing, pair.side):
        raise Refused(Refusal.NOT_NOW)
    part = held.parts[pair.side]
    part.answers = to_json(change(from_json(part.answers)))
    settle(held)


def set_ready(pair: OwnPair) -> None:
    """Let somebody's answers be shown to the other once the other is ready, too.

    Who is ready already, as after a second click, stays so.

    Raises:
        Refused: it is too late.
        Unfinished: they have not answered what is needed.
    """
    locked = lock_pair(pair.id)
    if models.find_charter(pair.id) is None:
        # The same as once the other has begun: whether they have is not told by it.
        raise Unfinished(rules.missing_sections((), asked_sections(pair.programme)), no_goal=False)
    held = held_of(pair.programme, locked)
    if pair.side in held.standing.ready:
        return
    if not rules.can_answer_apart(held.standing, pair.side):
        raise Refused(Refusal.NOT_NOW)
    part = held.parts[pair.side]
    sections = [Section(one) for one in held.row.sections]
    if missing := rules.missing_sections(from_json(part.answers).answered(), sections):
        raise Unfinished(missing, no_goal=False)
    is_first = not held.standing.ready
    part.ready_at = now()
    if held.standing.stage is Stage.APART:
        _turn(held)
        if not reveal_if_due(held) and is_first:
            until = part.ready_at + rules.REVEAL_AFTER
            notices.tell(held, [_other(pair.side)], notices.OTHER_READY, until=until)
    settle(held)


def take_back_ready(pair: OwnPair) -> None:
    """Let somebody go on with answers that they had finished, before the other reads them.

    Raises:
        Refused: they are not ready, or the answers are shown.
    """
    held = hold(pair)
    if not rules.can_take_back_ready(held.standing, pair.side):
        raise Refused(Refusal.NOT_NOW)
    held.parts[pair.side].ready_at = None
    notices.take_back(held, _other(pair.side), notices.OTHER_READY)
    _turn(held)
    settle(held)


def reveal_if_due(held: Held) -> bool:
    """Show both what they have finished, if its time has come; returns whether it has."""
    ready_at = [part.ready_at for part in held.parts.values() if part.ready_at is not None]
    if not rules.reveals(held.standing, min(ready_at, default=None), now()):
        return False
    shown = {
        side: from_json(part.answers if part.ready_at is not None else None)
        for side, part in held.parts.items()
    }
    sections = [Section(one) for one in held.row.sections]
    held.row.text = to_json(common(shown[Side.MENTEE], shown[Side.MENTOR]).only(sections))
    held.row.stage = Stage.COMPARING.value
    _turn(held)
    notices.tell(held, Side, notices.REVEALED)
    return True


def save_text(pair: OwnPair, section: Section, revision: int, change: Change) -> None:
    """Keep a section of the common text.

    Raises:
        Clash: the other has saved something else there since the page was opened.
        Refused: the text cannot be written in now.
    """
    held = hold(pair)
    if not rules.may_edit(held.standing, pair.side):
        raise Refused(Refusal.NOT_NOW)
    before = held.text
    after = change(before)
    current = held.row.revisions.get(section, 0)
    if after.says_same(section, before):
        return
    if revision != current:
        raise Clash(before, current)
    held.row.text = to_json(after)
    held.row.revisions = held.row.revisions | {section.value: current + 1}
    settle(held)


def propose(pair: OwnPair) -> None:
    """Lay the common text before the other, or a counter proposal to theirs; once, however often.

    Raises:
        Refused: it is not the time for it, or a counter proposal says nothing new.
        Unfinished: something is missing in the text.
    """
    held = hold(pair)
    if rules.is_made(held.standing, Step.PROPOSE, pair.side):
        return
    is_counter = held.standing.stage is Stage.PROPOSED
    after = _check(held, Step.COUNTER if is_counter else Step.PROPOSE, pair.side)
    _refuse_unfinished(held)
    if is_counter and held.row.text == held.row.proposal:
        raise Refused(NOTHING_NEW)
    held.row.countered = held.row.proposal if is_counter else None
    held.row.proposal = held.row.text
    _move(held, after)
    _note_proposed(held, pair.side)
    kind = notices.COUNTERED if is_counter else notices.PROPOSED
    notices.tell(held, [_other(pair.side)], kind)
    settle(held)


def accept(pair: OwnPair, seen: str) -> None:
    """Agree to what the other has proposed.

    Args:
        pair: of who accepts.
        seen: the fingerprint of the text that they saw.

    Raises:
        Refused: it is not the time for it, or another text lies there by now.
    """
    held = hold(pair)
    is_made = rules.is_made(held.standing, Step.ACCEPT, pair.side)
    after = held.standing if is_made else _check(held, Step.ACCEPT, pair.side)
    _refuse_unseen(held, seen)
    if is_made:
        return
    held.row.text, held.row.countered = dict(held.row.proposal or {}), None
    _move(held, after)
    _note_proposed(held, pair.side)
    notices.tell(held, [_other(pair.side)], notices.AGREED)
    settle(held)


def sign(
    pair: OwnPair, seen: str, *, shown_name: str, statement: str, goals: Collection[UUID]
) -> None:
    """Acknowledge the agreed text; the second one puts it into force.

    Who has signed that text already, as after a second click, has signed it once.

    Args:
        pair: of who signs.
        seen: the fingerprint of the text that they saw.
        shown_name: theirs, as the page showed it.
        statement: the sentence that they ticked.
        goals: the goals that they called realistic and worth it.

    Raises:
        Refused: it is not the time for it, or another text lies there by now.
    """
    held = hold(pair)
    if _has_signed(held, pair.me.id, seen):
        return
    after = _check(held, Step.SIGN, pair.side)
    _refuse_unseen(held, seen)
    db().add(
        Signature(
            programme_id=held.row.programme_id,
            pair_id=held.pair.id,
            person_id=pair.me.id,
            number=held.row.version + 1,
            sha256=seen,
            signed_at=now(),
            shown_name=shown_name[:200],
            statement=statement,
            goals=[str(key) for key in goals],
        )
    )
    db().flush()
    done_at = {}
    if after.stage is Stage.ACTIVE:
        # Whoever signed first had done everything by then.
        done_at[held.person_id(_other(pair.side))] = held.row.since
        _put_into_force(held)
    _move(held, after)
    kind = notices.IN_FORCE if after.stage is Stage.ACTIVE else notices.SIGNED
    notices.tell(held, [_other(pair.side)], kind)
    settle(held, done_at=done_at)


def _has_signed(held: Held, person_id: UUID, seen: str) -> bool:
    """Tell whether somebody's signature stands under a text, in force or on its way there."""
    version = held.row.version
    signed = [
        one
        for number in (version, version + 1)
        for one in models.list_signatures(held.pair.id, number)
    ]
    return any((one.person_id, one.sha256) == (person_id, seen) for one in signed)


def reopen(pair: OwnPair) -> None:
    """Go back from an agreed text to writing it; a signature under it is void.

    Raises:
        Refused: it is not the time for it.
    """
    _withdraw_text(pair, Step.REOPEN, notices.REOPENED)


def discard(pair: OwnPair) -> None:
    """Give an amendment up; the version in force stays.

    Raises:
        Refused: it is not the time for it, or nothing is in force.
    """
    if held := _withdraw_text(pair, Step.DISCARD, notices.DISCARDED):
        held.row.text, held.row.revisions = {}, {}


def amend(pair: OwnPair) -> None:
    """Begin the next version as a copy of the one in force, which holds until both have signed.

    Raises:
        Refused: nothing is in force, or the next version is being written.
    """
    held = hold(pair)
    if rules.is_made(held.standing, Step.AMEND, pair.side):
        return
    after = _check(held, Step.AMEND, pair.side)
    held.row.sections = [one.value for one in asked_sections(held.programme)]
    held.row.text = to_json(from_json(held.row.proposal))
    held.row.revisions = {}
    _move(held, after)
    notices.tell(held, [_other(pair.side)], notices.AMENDING)
    settle(held)


def hold_review(pair: OwnPair, due_on: date) -> None:
    """Note that the two have looked at their charter again.

    Raises:
        Refused: there is no review of this day that was not held, or it is closed.
    """
    held = hold(pair)
    reviews = models.list_reviews(pair.id)
    review = next((one for one in reviews if one.due_on == due_on), None)
    if review is None or review.done_at is not None or held.standing.stage is Stage.CLOSED:
        raise Refused(NO_SUCH_REVIEW)
    review.done_at = now()
    settle(held)


def close(pair: OwnPair, *, outcome: str, thanks: str, goes_on: bool) -> None:
    """Keep what somebody says at the end; the first of the two closes the charter with it.

    Raises:
        Refused: nothing is in force, a goal is not marked, or they have said it before.
    """
    held = hold(pair)
    part = held.parts[pair.side]
    if part.closed_at is not None:
        raise Refused(Refusal.NOT_NOW)
    is_first = held.standing.stage is not Stage.CLOSED
    if is_first:
        after = _check(held, Step.CLOSE, pair.side)
        if any(goal.state == "open" for goal in goals_of(pair.id)):
            raise Refused(GOALS_OPEN)
        _move(held, after)
        notices.tell(held, [_other(pair.side)], notices.CLOSED)
    elif not held.row.version:
        raise Refused(Refusal.NOT_NOW)
    part.outcome, part.thanks, part.goes_on, part.closed_at = outcome, thanks, goes_on, now()
    settle(held)


def close_with_pair(pair_id: UUID) -> None:
    """Close the charter of a pair that ends, in the transaction that ends it."""
    row = models.hold_charter(pair_id)
    if row is not None and row.stage != Stage.CLOSED.value:
        row.stage, row.by_side, row.due_at = Stage.CLOSED.value, None, None
        row.since, row.moves = now(), row.moves + 1
        publish_fact("charter.state", pair_id=pair_id, code=Stage.CLOSED.value)
        withdraw_fact("charter.review_due", pair_id=pair_id)
    refresh_pair_progress("charter", pair_id)


def erase(person_id: UUID) -> None:
    """Delete what somebody wrote alone, and every text that was not signed by both.

    What both have signed stays as it is; it names nobody.
    """
    for pair_id in models.list_of_person(person_id):
        row = models.hold_charter(pair_id)
        if row is None:
            continue
        row.text, row.revisions, row.countered = {}, {}, None
        version = models.find_version(pair_id, row.version)
        if row.stage != Stage.ACTIVE.value or version is None:
            models.void_signatures(pair_id, row.version + 1)
            row.proposal = None
    models.delete_of_person(person_id)


def hold(pair: OwnPair, *, begins: bool = False) -> Held:
    """Lock a pair and its charter; all of it as it is now, and what is due to who waits done.

    Args:
        pair: whose.
        begins: the charter is begun now if nobody has.

    Raises:
        Conflict: the pair is over.
        Refused: nobody has begun it.
    """
    locked = lock_pair(pair.id)
    if not begins and models.find_charter(pair.id) is None:
        raise Refused(Refusal.NOT_NOW)
    held = held_of(pair.programme, locked)
    if waiting.is_over(held):
        # Before the other's act, late as it is, takes away that somebody waits.
        settle(held)
    return held


def held_of(programme: Programme, pair: PairAtWork) -> Held:
    """Return the charter of a pair that is locked."""
    sections = [one.value for one in asked_sections(programme)]
    row = models.begin(programme.id, pair.id, sections, is_coaching=is_coaching(programme))
    parts = {
        Side.MENTOR: models.part_of(programme.id, pair.id, pair.mentor_id),
        Side.MENTEE: models.part_of(programme.id, pair.id, pair.mentee_id),
    }
    return Held(programme, pair, row, parts)


def settle(held: Held, *, done_at: Mapping[UUID, datetime] = MappingProxyType({})) -> None:
    """Let parts, progress, facts and what is due by itself follow what has changed.

    Args:
        held: the charter.
        done_at: who of the two did their last part before, and when.
    """
    row, pair_id = held.row, held.pair.id
    granted = waiting.grant(held)
    db().flush()
    row.due_at = next_due(held)
    state = state_code(held.standing)
    publish_fact("charter.state", pair_id=pair_id, code=state, at=row.since)
    reviews = [one for one in models.list_reviews(pair_id) if one.done_at is None]
    if reviews and row.stage != Stage.CLOSED.value:
        publish_fact("charter.review_due", pair_id=pair_id, at=reviews[0].due_at)
    else:
        withdraw_fact("charter.review_due", pair_id=pair_id)
    refresh_pair_progress("charter", pair_id, done_at=granted | dict(done_at))


def state_code(standing: Standing) -> str:
    """Return where a charter stands, for people who read no word of it."""
    return "amending" if standing.is_amending else standing.stage.value


def next_due(held: Held) -> datetime | None:
    """Return when something is due by itself; None: nothing is."""
    row, standing = held.row, held.standing
    if standing.stage is Stage.CLOSED:
        return None
    due = [one.due_at for one in models.list_reviews(held.pair.id) if _is_to_tell(one)]
    ready = [part.ready_at for part in held.parts.values() if part.ready_at is not None]
    if standing.stage is Stage.APART and ready:
        due.append(min(ready) + rules.REVEAL_AFTER)
    since, reminders = waiting.turn_of(held)
    reminder = rules.next_reminder(since, reminders, row.reminded_at)
    if reminder is not None and whom_to_remind(standing):
        due.append(reminder)
    if (end := waiting.end_of(held)) is not None:
        due.append(end)
    return min(due, default=None)


def whom_to_remind(standing: Standing) -> frozenset[Side]:
    """Return who is told that the charter waits for them.

    While neither is ready nobody is: a reminder would tell that the other has begun to write.
    """
    if standing.stage is Stage.APART and not standing.ready:
        return frozenset()
    return rules.waits_for(standing)


def _is_to_tell(review: models.Review) -> bool:
    return review.told_at is None and review.done_at is None


def _other(side: Side) -> Side:
    return Side.MENTEE if side is Side.MENTOR else Side.MENTOR


def _check(held: Held, step: Step, side: Side) -> Standing:
    refused = rules.refusal(held.standing, step, side)
    if refused is not None:
        raise Refused(refused)
    return rules.after(held.standing, step, side)


def _refuse_unseen(held: Held, seen: str) -> None:
    if seen != fingerprint(held.pair.id, people_of(held.pair), held.row):
        raise Refused(CHANGED)


def people_of(pair: PairAtWork | OwnPair) -> Mapping[Side, UUID]:
    """Return who takes which part."""
    if isinstance(pair, OwnPair):
        return {Side.MENTOR: pair.mentor.id, Side.MENTEE: pair.mentee.id}
    return {Side.MENTOR: pair.mentor_id, Side.MENTEE: pair.mentee_id}


def _refuse_unfinished(held: Held) -> None:
    sections = [Section(one) for one in held.row.sections]
    missing = rules.missing_sections(held.text.answered(), sections)
    today = today_in(held.programme)
    last_day = held.programme.ends_on
    can_pass = any(
        not any(one.blocks for one in check_goal(goal, signing_on=today, last_day=last_day))
        for goal in held.text.goals
    )
    if missing or not can_pass:
        raise Unfinished(missing, no_goal=not can_pass)


def _move(held: Held, after: Standing) -> None:
    row = held.row
    row.stage, row.version = after.stage.value, after.version
    row.by_side = after.by.value if after.by else None
    _turn(held)


def _turn(held: Held) -> None:
    """Begin to count anew for how long somebody is waited for."""
    row = held.row
    row.since, row.reminders, row.reminded_at = now(), 0, None
    row.moves += 1


def _note_proposed(held: Held, side: Side) -> None:
    part = held.parts[side]
    part.proposed_at = part.proposed_at or now()


def _withdraw_text(pair: OwnPair, step: Step, kind: NoticeKind) -> Held | None:
    """Go back to an earlier text; None where that has been done already."""
    held = hold(pair)
    if rules.is_made(held.standing, step, pair.side):
        return None
    after = _check(held, step, pair.side)
    if step is Step.REOPEN:
        waiting.note_reopened(held, _other(pair.side))
    models.void_signatures(held.pair.id, held.row.version + 1)
    held.row.countered = None
    if step is Step.DISCARD:
        version = models.find_version(held.pair.id, held.row.version)
        if version is not None:
            held.row.proposal = models.terms_of(version)
            held.row.sections = models.sections_of(version)
    else:
        held.row.proposal = None
    _move(held, after)
    notices.tell(held, [_other(pair.side)], kind)
    settle(held)
    return held


def _put_into_force(held: Held) -> None:
    """Make the agreed text the next version: its goals, its reviews, its fingerprint."""
    row, pair = held.row, held.pair
    body = written(pair.id, people_of(pair), row)
    number = row.version + 1
    db().add(
        Version(
            programme_id=row.programme_id,
            pair_id=pair.id,
            number=number,
            previous=row.version or None,
            body=body,
            sha256=seal(body),
            active_at=now(),
        )
    )
    db().flush()
    terms = from_json(row.proposal)
    agree_goals(pair.id, terms.goals, now())
    models.set_reviews(row.programme_id, pair.id, review_days(held.programme, terms))
    row.text, row.revisions, row.countered = {}, {}, None
    publish_fact("charter.active", pair_id=pair.id, number=number)


def review_days(programme: Programme, terms: Terms) -> Mapping[date, datetime]:
    """Return when a text that comes into force now is looked at again: day → when it begins."""
    last_day = terms.ends_on or programme.ends_on
    days = terms.reviews or rules.review_days(today_in(programme), last_day)
    zone = ZoneInfo(programme.time_zone)
    return {day: datetime.combine(day, time(), zone) for day in days}
