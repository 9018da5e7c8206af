"""What is left of somebody in other people's work, when they are erased."""

from uuid import UUID

from lti_app.api import find_people
from plugins.coaching import models
from plugins.coaching.log import to_json, with_texts
from plugins.coaching.release import replacing


def forget(person_id: UUID) -> None:
    """Replace somebody's name in the logs of their coaches, and let them get up from their groups.

    What partners answered them goes as well, but for the fact that they did. What they wrote
    themselves is deleted with their rows; copies that were released hold no name.
    """
    names = [one.name for one in find_people([person_id]).values() if one.name]
    for session in models.list_led_with(person_id):
        session.log = to_json(with_texts(session.written, replacing(names)))
    for answer in models.list_answers_to(person_id):
        # To whom these words were said is gone, and nobody reads them any more.
        answer.corrections = ["" for _ in answer.corrections]
    for seat in models.list_seats(person_id):
        models.leave_seats(seat.group_id, {person_id})
