"""A browser without JavaScript, for journeys over HTTP: cookies, frames, redirects and forms.

It keeps cookies by Chromium's rules and reads pages as a person without scripts would: what a
page's script would send by itself (an automatic form, a forwarding) is followed, the rest is
clicked by the caller.
"""

from lti_app.testing.browser.client import BrowserError, Hop, HttpBrowser, Page
from lti_app.testing.browser.document import Document, Field, Form, Frame, Link, Table

__all__ = [
    "BrowserError",
    "Document",
    "Field",
    "Form",
    "Frame",
    "Hop",
    "HttpBrowser",
    "Link",
    "Page",
    "Table",
]
