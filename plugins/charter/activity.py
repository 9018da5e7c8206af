"""The charter as an activity: its name, its options, its pages, its rule, and what it follows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint

from lti_app.api import (
    Activity,
    ActivityForm,
    Completion,
    Fact,
    InvalidOptions,
    NoticeKind,
    Options,
    OwnPair,
    PairAtWork,
    PairCard,
    PairState,
    Person,
    Placement,
    gettext,
    lazy_gettext,
    pairs_of,
)
from plugins.charter import acts, due, models, notices, rules, views
from plugins.charter.forms import LONGEST_DUE, SHORTEST_DUE, USUAL_DUE, OptionsForm
from plugins.charter.models import Charter, Part
from plugins.charter.views.course import STATES


class CharterActivity:
    """What a pair agrees on; complete once both have signed, or as far as it is one's own part."""

    key = "charter"
    title = lazy_gettext("Charter of your pair")
    summary = lazy_gettext(
        "The two of a pair answer apart, compare, agree on goals and rules, and both sign."
    )
    is_graded = True
    points = 100
    participant_endpoint = "charter.home"
    staff_endpoint = "charter.board"
    review_endpoint = "charter.review"
    notice_kinds: Sequence[NoticeKind] = notices.KINDS

    def blueprint(self) -> Blueprint:
        """Return the pages of the course."""
        return views.course_blueprint

    def pair_blueprint(self) -> Blueprint:
        """Return the pages of the pair."""
        return views.pair_blueprint

    def pair_card(self, pair: OwnPair) -> PairCard | None:
        """Return where the charter stands, and what is next."""
        return views.card_of(pair)

    def options_form(self) -> type[ActivityForm]:
        """Return the two questions: what the charter holds, and by when it is to be signed."""
        return OptionsForm

    def read_options(self, given: Mapping[str, str]) -> Options:
        """Read `sections`, names by commas (empty: those that are usual), and `due_days`.

        Raises:
            InvalidOptions: one of them is something else.
        """
        return {"sections": _read_sections(given), "due_days": _read_due(given)}

    def preview(self, placement: Placement) -> str:
        """Return the page of a learner who has no pair yet."""
        return views.preview(placement)

    def completions(
        self, placement: Placement, people: Sequence[Person]
    ) -> Mapping[UUID, Completion]:
        """Say how far people are by the charters of their pairs in the programme."""
        if placement.programme_id is None:
            return {}
        pairs = pairs_of(placement.programme_id, [person.id for person in people])
        ids = {pair.id for of_one in pairs.values() for pair in of_one}
        charters = models.list_charters(ids)
        parts = {(part.pair_id, part.person_id): part for part in models.list_parts(ids)}
        return {
            person_id: rules.completion(
                [
                    part_of(pair, charters.get(pair.id), parts.get((pair.id, person_id)))
                    for pair in of_one
                ]
            )
            for person_id, of_one in pairs.items()
        }

    def due_work(self, at: datetime, limit: int) -> int:
        """Show answers, remind, grant own parts, and tell of reviews, where it is time."""
        return due.do(at, limit)

    def pair_resumed(self, pair_id: UUID) -> None:
        """Do what the pause put off."""
        due.do_after_pause(pair_id)

    def pair_ended(self, pair_id: UUID) -> None:
        """Close the charter of a pair that ends."""
        acts.close_with_pair(pair_id)

    def erase_person(self, person_id: UUID) -> None:
        """Delete what somebody wrote alone, and what was not signed by both."""
        acts.erase(person_id)

    def fact_in_words(self, fact: Fact) -> str | None:
        """Return a fact in words for the programme team."""
        if fact.kind == "charter.state" and fact.code in STATES:
            return gettext("Charter: %(state)s", state=str(STATES[fact.code]))
        return None


def part_of(pair: PairAtWork, row: Charter | None, part: Part | None) -> rules.Part:
    """Return what one of the two has done, as the rule looks at it."""
    return rules.Part(
        has_begun=bool(part and part.answers),
        is_ready=bool(part and part.ready_at),
        has_proposed=bool(part and part.proposed_at),
        is_signed=bool(row and row.version),
        is_granted=bool(part and part.granted_at),
        has_ended=pair.state is PairState.ENDED,
    )


def _read_sections(given: Mapping[str, str]) -> str:
    if "sections" not in given:
        return ",".join(rules.USUAL)
    names = {name.strip() for name in given["sections"].split(",") if name.strip()}
    known = [section.value for section in rules.OPTIONAL]
    if unknown := sorted(names - set(known)):
        raise InvalidOptions(
            gettext(
                "Unknown: %(unknown)s. It can be: %(known)s.",
                unknown=", ".join(unknown),
                known=", ".join(known),
            ),
            "sections",
        )
    return ",".join(name for name in known if name in names)


def _read_due(given: Mapping[str, str]) -> int:
    text = given.get("due_days", "").strip() or str(USUAL_DUE)
    if not (text.isascii() and text.isdigit() and SHORTEST_DUE <= int(text) <= LONGEST_DUE):
        raise InvalidOptions(
            gettext(
                "It must be a number of days from %(least)d to %(most)d.",
                least=SHORTEST_DUE,
                most=LONGEST_DUE,
            ),
            "due_days",
        )
    return int(text)


activity: Activity = CharterActivity()
