"""The settings of an activity as a form: what every kind is asked, and what its plugin asks."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from lti_app.activity import Activity, InvalidOptions
from lti_app.domain.linking import CourseActivity
from lti_app.services.choosing import ActivitySettings
from lti_app.web.forms import ActivityForm
from lti_app.web.translation import lazy_gettext

_LONGEST_TITLE = 255
#: Less than what scores are posted out of, which no column may have (`lti/quirks.py`).
_MOST_POINTS = 10_000
_PREFIX = "option-"


def tidy(text: str | None) -> str:
    """Return a text on one line, and storable."""
    return " ".join((text or "").replace("\x00", "").split())


class PlaceForm(ActivityForm):
    """What every activity is asked."""

    title = StringField(
        lazy_gettext("Title"),
        [
            DataRequired(lazy_gettext("Please give the activity a title.")),
            Length(max=_LONGEST_TITLE, message=lazy_gettext("At most %(max)d characters, please.")),
        ],
        filters=[tidy],
        description=lazy_gettext("Learners see it in the course and in the gradebook."),
    )
    points = IntegerField(
        lazy_gettext("Points in the gradebook"),
        [
            InputRequired(lazy_gettext("Please say how many points the activity is worth.")),
            NumberRange(
                1,
                _MOST_POINTS,
                message=lazy_gettext("Please give a number from %(min)d to %(max)d."),
            ),
        ],
        description=lazy_gettext("A completed activity gives all of them."),
        render_kw={"inputmode": "numeric", "size": 6},
    )


@dataclass
class SettingsForms:
    """Both forms of a page, sent together.

    Attributes:
        kind: whose options are asked for.
        common: title and points.
        options: the kind's own.
    """

    kind: Activity
    common: PlaceForm
    options: ActivityForm

    @classmethod
    def of_request(
        cls, kind: Activity, stored: CourseActivity | None, *, title: str, asks_points: bool
    ) -> Self:
        """Return the forms as sent, or filled with what is stored, or with what is usual.

        Args:
            kind: of the activity.
            stored: the activity that is changed, or None for a new one.
            title: of a new one, unless its author says otherwise.
            asks_points: it is graded, and the LMS makes a column as we say.
        """
        values: dict[str, object] = {"title": title, "points": kind.points}
        options = dict(kind.read_options({}))
        if stored is not None:
            values, options = {"title": stored.title, "points": stored.points}, {**stored.options}
        common = PlaceForm.from_request(values)
        if not asks_points:
            del common.points
        return cls(kind, common, kind.options_form().from_request(options, prefix=_PREFIX))

    def read(self, stored: CourseActivity | None) -> ActivitySettings | None:
        """Return what was sent, or None with the faults in the forms.

        Args:
            stored: the activity that is changed; keeps its points where they are not asked for.
        """
        is_valid = [self.common.validate(), self.options.validate()]
        if not all(is_valid):
            return None
        try:
            options = self.kind.read_options(self.options.given())
        except InvalidOptions as fault:
            self.options[fault.option].errors = [str(fault)]
            return None
        asked = self.common.points.data if "points" in self.common else None
        usual = stored.points if stored else self.kind.points
        return ActivitySettings(
            title=self.common.title.data or "",
            options=options,
            points=int(Decimal(asked or usual)),
        )
