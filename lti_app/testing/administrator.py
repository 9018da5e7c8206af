"""The administrator of a sandbox LMS, who registers the tool there as people do: by its pages."""

from lti_app.services.invites import invite_for
from lti_app.store.session import transaction
from lti_app.testing.browser import HttpBrowser
from lti_app.testing.sandbox import Sandbox, Tool
from lti_app.testing.tool import ToolUnderTest

_ADMINISTRATOR = "adam"


def register_by_invite(tool: ToolUnderTest, lms: Sandbox) -> Tool:
    """Enter an invite's address in the LMS, confirm in the frame, activate what appears.

    Args:
        tool: served at its public address.
        lms: served, and without a tool of this address.

    Raises:
        BrowserError: a page is not as it should be.
    """
    with transaction(tool.database):
        invite = invite_for(None, None)
    browser = HttpBrowser()
    try:
        home = browser.get(f"{lms.base_url}/")
        home = browser.submit(home, home.form(action=f"/as/{_ADMINISTRATOR}"))
        tools = browser.click(home, "Register a tool")
        address = invite.url(tool.runtime.settings.public_url)
        framed = browser.submit(tools, tools.form(with_field="tool"), {"tool": address})
        question = browser.open_frame(framed)
        browser.submit(question, question.form(with_field="identity"))
        # The last page closes the frame by a script, and the LMS shows its list anew.
        tools = browser.get(tools.url)
        browser.submit(tools, tools.form(action="/activate"))
    finally:
        browser.close()
    return max(lms.tools.values(), key=lambda made: made.id)
