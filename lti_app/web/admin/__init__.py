"""Administration: the tool's own pages for whoever runs it, without anything of people's work."""

from lti_app.web.admin import (
    audit,
    grades,
    invites,
    jobs,
    keys,
    launches,
    organisations,
    overview,
    platform_forms,
    platforms,
)
from lti_app.web.admin.pages import blueprint

__all__ = [
    "audit",
    "blueprint",
    "grades",
    "invites",
    "jobs",
    "keys",
    "launches",
    "organisations",
    "overview",
    "platform_forms",
    "platforms",
]
