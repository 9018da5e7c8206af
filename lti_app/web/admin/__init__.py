"""Administration: the tool's own pages for whoever runs it, without anything of people's work."""

from lti_app.web.admin.overview import blueprint

__all__ = ["blueprint"]
