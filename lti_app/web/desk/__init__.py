"""The desk of those who run programmes: `/v/<visit>/desk/…`, one module for each of its pages."""

from lti_app.web.desk import completion, courses, pairing, pairs, people, programmes, tables
from lti_app.web.desk.frame import blueprint

__all__ = [
    "blueprint",
    "completion",
    "courses",
    "pairing",
    "pairs",
    "people",
    "programmes",
    "tables",
]
