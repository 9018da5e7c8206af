"""Where the pages of the charter are mounted."""

from flask import Blueprint

#: In the room of a pair. The templates lie beside this package.
pair_blueprint = Blueprint("charter_pair", __name__, template_folder="../templates")
#: At the activity of a course.
course_blueprint = Blueprint("charter", __name__, template_folder="../templates")
