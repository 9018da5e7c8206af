"""What authors and learners are asked about a practice."""

from wtforms import BooleanField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, NumberRange

from lti_app.api import ActivityForm, lazy_gettext, one_line
from plugins.coaching.options import GROUPINGS, MOST_RUBRIC, MOST_SESSIONS, PARTNERS, USUAL_RUBRIC

_RANGE = lazy_gettext("Please give a number from %(min)d to %(max)d.")


class OptionsForm(ActivityForm):
    """What an author is asked about a new practice."""

    partner = RadioField(
        lazy_gettext("With whom do learners practise?"),
        [InputRequired(lazy_gettext("Please choose with whom learners practise."))],
        choices=list(PARTNERS.items()),
    )
    sessions = IntegerField(
        lazy_gettext("How many conversations does everybody lead as a coach?"),
        [
            InputRequired(lazy_gettext("Please say how many conversations.")),
            NumberRange(1, MOST_SESSIONS, message=_RANGE),
        ],
        render_kw={"inputmode": "numeric", "size": 4},
    )
    grouping = SelectField(
        lazy_gettext("How do learners find each other?"),
        choices=list(GROUPINGS.items()),
        description=lazy_gettext("For peer coaching only."),
    )
    rubric = IntegerField(
        lazy_gettext("How many of 100 points do you give by a rubric?"),
        [
            InputRequired(lazy_gettext("Please give a number; 0 if you do not mark.")),
            NumberRange(0, MOST_RUBRIC, message=_RANGE),
        ],
        description=lazy_gettext(
            "0: nobody marks, and the grade comes as soon as everything is done. %(usual)d is"
            " usual: then no grade goes to the gradebook before you publish it.",
            usual=USUAL_RUBRIC,
        ),
        render_kw={"inputmode": "numeric", "size": 4},
    )
    short_form = BooleanField(lazy_gettext("A quick conversation may be logged in a short form"))
    preparation = BooleanField(
        lazy_gettext("Everybody writes three questions that open before they begin")
    )
    opens = StringField(
        lazy_gettext("First day, if it does not begin at once"),
        filters=[one_line],
        render_kw={"type": "date"},
    )
    due = StringField(
        lazy_gettext("Due on, if there is a day"),
        filters=[one_line],
        description=lazy_gettext(
            "Learners see it. Later work counts until the activity is closed."
        ),
        render_kw={"type": "date"},
    )
