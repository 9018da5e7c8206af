"""A sandbox LMS that plays Moodle 4.5: for the demo, for tests, and for authors of plugins."""

from .app import create_app
from .faults import Fault
from .people import Course, Enrolment, Person, Role
from .sandbox import Sandbox
from .server import LoopbackServer, SandboxServer, serve
from .service_log import ServiceRequest
from .signing import Claims, SigningKey
from .tools import Activity, Registration, Tool

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
    "ServiceRequest",
    "SigningKey",
    "Tool",
    "create_app",
    "serve",
]
