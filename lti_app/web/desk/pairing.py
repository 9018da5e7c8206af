"""Pairing by hand: who waits, whom somebody could be paired with, two people side by side."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, TextAreaField, ValidationError
from wtforms.fields import Field
from wtforms.validators import InputRequired

from lti_app.domain.errors import MalformedRequest
from lti_app.domain.pairing_rules import (
    LONGEST_OVERRIDE_NOTE,
    Override,
    OverrideCode,
    Reason,
    Verdict,
)
from lti_app.domain.permissions import Action, Kind, Reach
from lti_app.domain.programmes import Side
from lti_app.services import pairing as service
from lti_app.services import pairs
from lti_app.services.pairing import Comparison
from lti_app.services.pairs import KeptApart
from lti_app.services.profiles import answers_of
from lti_app.services.programmes import find_programme
from lti_app.web.desk.frame import CONFLICT, UNPROCESSABLE, blueprint, programme_page
from lti_app.web.desk.words import PARTICIPANT_STATES, SIDES
from lti_app.web.fields import NotLonger, one_line, tidy
from lti_app.web.forms import ActivityForm
from lti_app.web.guards import requires
from lti_app.web.pair_words import OBSTACLE_NAMES, OVERRIDES, for_the_team, obstacle_in_words
from lti_app.web.translation import gettext, lazy_gettext
from lti_app.web.visits import current_visit

LONGEST_SEARCH = 100
#: Buttons of the page with two people → whether the offer goes out at once.
_ACTS: Final = {"offer": True, "propose": False}


class OverrideForm(ActivityForm):
    """Why two people are paired whom a rule keeps apart."""

    code = SelectField(
        lazy_gettext("Why pair them all the same?"),
        [InputRequired(lazy_gettext("Please choose a reason: it is kept with the pair."))],
        choices=lambda: {
            "": gettext("Choose a reason"),
            **{code.value: str(words) for code, words in OVERRIDES.items()},
        },
    )
    note = TextAreaField(
        lazy_gettext("Note"),
        [NotLonger(LONGEST_OVERRIDE_NOTE)],
        filters=[tidy],
        description=lazy_gettext("Only the programme team reads it. The two never do."),
        render_kw={"rows": 2},
    )

    def validate_note(self, field: Field) -> None:
        """Want a note where the reason says nothing by itself."""
        if self.code.data == OverrideCode.OTHER and not field.data:
            raise ValidationError(gettext("Please say why, in a few words."))

    def override(self) -> Override:
        """Return what was given, of a valid form."""
        return Override(OverrideCode(self.code.data), self.note.data or "")


@blueprint.get("/programmes/<uuid:programme_id>/pairing")
@requires(Action.READ, Kind.PROFILE, of=Reach.PROGRAMME)
def pairing(programme_id: UUID) -> ResponseReturnValue:
    """Show both sides; or, of one person, whom they could be paired with."""
    programme = find_programme(programme_id)
    search = search_of_request()
    page = request.args.get("page", 1, type=int)
    chosen_id = request.args.get("person", type=UUID)
    if chosen_id is None:
        other_page = request.args.get("mentors", 1, type=int)
        return programme_page(
            "desk/pairing.html",
            programme,
            mentees=service.list_queue(programme_id, Side.MENTEE, search, page),
            mentors=service.list_queue(programme_id, Side.MENTOR, search, other_page),
            search=search,
            states=PARTICIPANT_STATES,
        )
    chosen, options = service.list_options(programme_id, chosen_id, search, page, zone_of_reader())
    return programme_page(
        "desk/options.html",
        programme,
        chosen=chosen,
        found=options,
        answers=answers_of(programme, chosen_id),
        search=search,
        sides=SIDES,
        states=PARTICIPANT_STATES,
        told=for_the_team,
        obstacle=obstacle_in_words,
        compare_address=lambda other_id: _address(programme_id, chosen, other_id),
    )


@blueprint.get("/programmes/<uuid:programme_id>/pairing/<uuid:mentee_id>/<uuid:mentor_id>")
@requires(Action.READ, Kind.PROFILE, of=Reach.PROGRAMME)
def two(programme_id: UUID, mentee_id: UUID, mentor_id: UUID) -> ResponseReturnValue:
    """Show a mentee and a mentor side by side, and the way to pair them."""
    found = service.compare(programme_id, mentee_id, mentor_id, zone_of_reader())
    return _two_page(found, OverrideForm())


@blueprint.post("/programmes/<uuid:programme_id>/pairing/<uuid:mentee_id>/<uuid:mentor_id>")
@requires(Action.WRITE, Kind.OFFER, of=Reach.PROGRAMME)
def pair_up(programme_id: UUID, mentee_id: UUID, mentor_id: UUID) -> ResponseReturnValue:
    """Pair two people by hand: offer it to both, or only note it."""
    act = request.form.get("act", "")
    if act not in _ACTS:
        raise MalformedRequest(detail="act")
    found = service.compare(programme_id, mentee_id, mentor_id, zone_of_reader())
    form = OverrideForm.from_request()
    override = None
    if _asks_why(found.verdict):
        if not form.validate():
            return _two_page(found, form), UNPROCESSABLE
        override = form.override()
    try:
        pair_id = pairs.propose(
            programme_id,
            mentee_id,
            mentor_id,
            by=current_visit().person.id,
            override=override,
            offers_now=_ACTS[act],
        )
    except KeptApart as apart:
        return _two_page(found, form, refused=apart.reasons), CONFLICT
    return redirect(url_for(".pair", programme_id=programme_id, pair_id=pair_id, done=act), 303)


@blueprint.get("/programmes/<uuid:programme_id>/waiting")
@requires(Action.READ, Kind.PROFILE, of=Reach.PROGRAMME)
def waiting(programme_id: UUID) -> ResponseReturnValue:
    """Show who waits for a pair, who is next first, and what stands in their way."""
    side = request.args.get("side", "")
    chosen = Side(side) if side in {*Side} else Side.MENTEE
    search = search_of_request()
    page = request.args.get("page", 1, type=int)
    found, pages = service.list_waiting(programme_id, chosen, search, page)
    return programme_page(
        "desk/waiting.html",
        find_programme(programme_id),
        found=found,
        pages=pages,
        side=chosen,
        sides=SIDES,
        search=search,
        states=PARTICIPANT_STATES,
        obstacles=OBSTACLE_NAMES,
    )


def search_of_request() -> str:
    """Return which name is looked for."""
    return one_line(request.args.get("q"))[:LONGEST_SEARCH]


def zone_of_reader() -> str:
    """Return in which zone days are named."""
    return current_visit().person.time_zone or "UTC"


def _asks_why(verdict: Verdict) -> bool:
    """Return whether two people can be paired for a reason that is given, and only so."""
    return bool(verdict.broken) and verdict.can_be_overridden


def _two_page(found: Comparison, form: OverrideForm, *, refused: Sequence[Reason] = ()) -> str:
    programme = found.programme
    people = (found.mentee, found.mentor)
    return programme_page(
        "desk/two.html",
        programme,
        found=found,
        form=form,
        refused=[obstacle_in_words(reason) for reason in refused],
        broken=[obstacle_in_words(reason) for reason in found.verdict.broken],
        unknown=[obstacle_in_words(reason) for reason in found.verdict.unknown],
        told=for_the_team(found.points),
        answers={one.person.id: answers_of(programme, one.person.id) for one in people},
        asks_why=_asks_why(found.verdict),
        sides=SIDES,
        states=PARTICIPANT_STATES,
    )


def _address(programme_id: UUID, chosen: service.Named, other_id: UUID) -> str:
    """Return the page of somebody beside the one for whom a partner is looked for."""
    is_mentee = chosen.candidate.place.side is Side.MENTEE
    mentee_id, mentor_id = (
        (chosen.person.id, other_id) if is_mentee else (other_id, chosen.person.id)
    )
    return url_for(".two", programme_id=programme_id, mentee_id=mentee_id, mentor_id=mentor_id)
