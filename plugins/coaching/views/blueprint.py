"""Where the pages of a practice are mounted."""

from flask import Blueprint

#: The templates lie beside this package.
blueprint = Blueprint("practice", __name__, template_folder="../templates")
