"""The tool as tests hold it: the real application on a real database, launched by a sandbox LMS."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_app.app import build_app, equip
from lti_app.services.platforms import NewPlatform, add_platform
from lti_app.services.runtime import Runtime, open_runtime
from lti_app.services.sign_in_links import make_administrator_link
from lti_app.settings import Settings
from lti_app.store.registrations import list_deployments
from lti_app.store.session import Database, transaction
from lti_app.testing.databases import kept
from lti_app.testing.sandbox import Sandbox, Source

Edit = Callable[[dict[str, Any]], object]  # claims are JSON of any shape


@dataclass
class ToolUnderTest:
    """The tool and what a test does with it over HTTP."""

    app: Flask
    runtime: Runtime

    @property
    def database(self) -> Database:
        """Return the tool's database, for looking at what was stored."""
        return self.runtime.database

    def browser(self) -> FlaskClient:
        """Return a new browser without cookies."""
        return self.app.test_client()

    def register(
        self, lms: Sandbox, *, status: str | None = "active", auto_approve: bool = False
    ) -> UUID:
        """Register an LMS; returns the registration's id."""
        return register(self.database, lms, status=status, auto_approve=auto_approve)

    def begin(self, browser: FlaskClient, lms: Sandbox, person: str, activity: Source) -> str:
        """Go through login up to the LMS's authorization address, which is returned."""
        answer = browser.post("/lti/login", data=lms.make_login(person, activity))
        if "/lti/login/continue" in answer.headers.get("Location", ""):
            answer = browser.get(answer.headers["Location"])
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def answer(
        self,
        browser: FlaskClient,
        lms: Sandbox,
        person: str,
        activity: Source,
        edit: Edit | None = None,
    ) -> TestResponse:
        """Log in and post the LMS's answer, with edited claims; returns the launch's answer."""
        auth_url = self.begin(browser, lms, person, activity)
        return browser.post("/lti/launch", data=lms.answer_login(auth_url, person, activity, edit))

    def launch(
        self,
        browser: FlaskClient,
        lms: Sandbox,
        person: str,
        activity: Source,
        edit: Edit | None = None,
    ) -> TestResponse:
        """Launch and go on to the first page; `response.request.path` says where that is."""
        answer = self.answer(browser, lms, person, activity, edit)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser.get(answer.headers["Location"], follow_redirects=True)

    def administrator_link(self, name: str = "Administrator") -> str:
        """Make a one-time link as the command line does; returns its path."""
        with transaction(self.database):
            return f"/signin/link/{make_administrator_link(name)}"

    def administer(self, browser: FlaskClient, name: str = "Administrator") -> TestResponse:
        """Sign an administrator in; `response.request.path` is the first page."""
        link = self.administrator_link(name)
        browser.get(link)
        own = {"Origin": self.runtime.settings.public_origin}
        answer = browser.post(link, headers=own)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser.get(answer.headers["Location"], follow_redirects=True)


def register(
    database: Database,
    lms: Sandbox,
    *,
    status: str | None = "active",
    auto_approve: bool = False,
) -> UUID:
    """Register an LMS as its administrator would at the command line.

    Args:
        database: of the tool.
        lms: served already, so that its addresses are known.
        status: of its deployment; None: the first launch makes the deployment known.
        auto_approve: deployments that a launch makes known are active at once.
    """
    given = lms.registration()
    with transaction(database):
        added = add_platform(
            NewPlatform(
                issuer=given.issuer,
                client_id=given.client_id,
                auth_url=given.auth_url,
                token_url=given.token_url,
                jwks_url=given.jwks_url,
                deployment_ids=[given.deployment_id] if status else [],
                family=lms.profile.family,
            ),
            allow_private_networks=True,
        )
        added.auto_approve = auto_approve
        for deployment in list_deployments(added.id):
            deployment.status = status or deployment.status
        return added.id


def open_tool(settings: Settings) -> ToolUnderTest:
    """Start the tool on a migrated database."""
    app = copy(_built())
    app.extensions = dict(app.extensions)
    runtime = replace(open_runtime(settings), database=kept(settings.database_url))
    equip(app, runtime)
    return ToolUnderTest(app, runtime)


@cache
def _built() -> Flask:
    """Return what all tools of this process share: addresses, views and templates.

    Building them takes longer than most tests. Each tool is a copy that has its own runtime.
    """
    return build_app()
