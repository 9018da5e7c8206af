"""A sandbox LMS that plays Moodle 4.5 or Canvas: for demo, tests, and authors of plugins."""

from lti_app.testing.sandbox.app import create_app
from lti_app.testing.sandbox.faults import Fault
from lti_app.testing.sandbox.people import Course, Enrolment, Person, Role
from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.server import LoopbackServer, SandboxServer, serve
from lti_app.testing.sandbox.service_log import ServiceRequest
from lti_app.testing.sandbox.signing import Claims, SigningKey
from lti_app.testing.sandbox.tools import Activity, Registration, Selection, Source, Tool

__all__ = [
    "Activity",
    "Claims",
    "Course",
    "Enrolment",
    "Fault",
    "LoopbackServer",
    "Person",
    "Registration",
    "Role",
    "Sandbox",
    "SandboxServer",
    "Selection",
    "ServiceRequest",
    "SigningKey",
    "Source",
    "Tool",
    "create_app",
    "serve",
]
