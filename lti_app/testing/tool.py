"""The tool as tests hold it: the real application on a real database, launched by a sandbox LMS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_app.app import create_app
from lti_app.services.runtime import Runtime
from lti_app.settings import Settings
from lti_app.store.organisations import Organisation
from lti_app.store.registrations import Deployment, Registration
from lti_app.store.session import Database, db, transaction
from lti_app.testing.sandbox import Activity, Sandbox
from lti_app.web.runtime import runtime as runtime_of

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

    def register(self, lms: Sandbox, *, status: str = "active", auto_approve: bool = False) -> UUID:
        """Register an LMS as `throughline platform add` does; returns the registration's id."""
        given = lms.registration()
        with transaction(self.database):
            organisation = db().scalar(select(Organisation)) or Organisation(name="Example")
            db().add(organisation)
            db().flush()
            registration = Registration(
                organisation_id=organisation.id,
                issuer=given.issuer,
                client_id=given.client_id,
                auth_url=given.auth_url,
                token_url=given.token_url,
                jwks_url=given.jwks_url,
                family="moodle",
                auto_approve=auto_approve,
            )
            db().add(registration)
            db().flush()
            if status:
                db().add(
                    Deployment(
                        registration_id=registration.id,
                        deployment_id=given.deployment_id,
                        status=status,
                    )
                )
            return registration.id

    def begin(self, browser: FlaskClient, lms: Sandbox, person: str, activity: Activity) -> str:
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
        activity: Activity,
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
        activity: Activity,
        edit: Edit | None = None,
    ) -> TestResponse:
        """Launch and go on to the first page; `response.request.path` says where that is."""
        answer = self.answer(browser, lms, person, activity, edit)
        assert answer.status_code == 303, answer.get_data(as_text=True)
        return browser.get(answer.headers["Location"], follow_redirects=True)


def open_tool(settings: Settings) -> ToolUnderTest:
    """Start the tool on a migrated database."""
    app = create_app(settings)
    with app.app_context():
        return ToolUnderTest(app, runtime_of())
