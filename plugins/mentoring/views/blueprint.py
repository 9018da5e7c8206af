"""Where the pages of the sign-up are mounted."""

from flask import Blueprint

#: The templates lie beside this package.
blueprint = Blueprint("mentoring", __name__, template_folder="../templates")
