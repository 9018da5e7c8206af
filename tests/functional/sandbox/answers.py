"""A tool's side of a selection: it reads what an LMS asks for, and signs an answer."""

import json
import re
from base64 import urlsafe_b64decode
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from lti_app.testing.sandbox import Sandbox, Selection
from tests.functional.sandbox.calls import TOOL_URL, Clock

LTI = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
SETTINGS = f"{DEEP_LINKING}deep_linking_settings"
ITEM: dict[str, Any] = {
    "type": "ltiResourceLink",
    "title": "Find a mentor",
    "url": f"{TOOL_URL}/lti/launch?activity=1",
    "custom": {"activity": "1", "v": "1"},
    "lineItem": {
        "scoreMaximum": 20,
        "label": "Mentoring",
        "resourceId": "1",
        "tag": "mentoring",
        "submissionReview": {},
    },
}


class Tool:
    """A tool whose page in the frame answers at once."""

    def __init__(self, sandbox: Sandbox, client: FlaskClient, clock: Clock, key: RSAKey) -> None:
        self.sandbox = sandbox
        self.client = client
        self.clock = clock
        self.key = key
        self.nonces = 0

    def asked(self, selection: Selection) -> dict[str, Any]:
        """Open the frame and let the LMS ask; returns the claims of its question."""
        frame = self.client.get(self.sandbox.profile.selection_path(selection))
        assert frame.status_code == 200, frame.text
        login = fields(frame)
        answer = self.client.get(
            self.sandbox.profile.auth_path,
            query_string={
                "scope": "openid",
                "response_type": "id_token",
                "response_mode": "form_post",
                "prompt": "none",
                "client_id": login["client_id"],
                "redirect_uri": f"{TOOL_URL}/lti/launch",
                "login_hint": login["login_hint"],
                "lti_message_hint": login["lti_message_hint"],
                "nonce": "n",
                "state": "s",
            },
        )
        payload = fields(answer)["id_token"].split(".")[1]
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=="))
        return claims

    def answer(self, asked: dict[str, Any], *items: object, **changes: Any) -> TestResponse:
        """Post an answer; changes replace claims, and None takes one away."""
        self.nonces += 1
        now = int(self.clock().timestamp())
        claims = {
            "iss": asked["aud"],
            "aud": asked["iss"],
            "iat": now - 60,
            "exp": now + 240,
            "nonce": f"n{self.nonces}",
            f"{LTI}message_type": "LtiDeepLinkingResponse",
            f"{LTI}version": "1.3.0",
            f"{LTI}deployment_id": asked[f"{LTI}deployment_id"],
            f"{DEEP_LINKING}content_items": list(items),
        } | changes
        kept = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode({"alg": "RS256", "kid": self.key.kid}, kept, self.key)
        return self.post(asked, token)

    def post(self, asked: dict[str, Any], token: str) -> TestResponse:
        """Post any text as the answer."""
        address = asked[SETTINGS]["deep_link_return_url"].removeprefix(self.sandbox.base_url)
        return self.client.post(address, data={"JWT": token})

    def save(self, selected: TestResponse, **form: str) -> TestResponse:
        """Go on from the frame to the LMS's own form, and save it."""
        following = re.search(r'href="(/course/\d+/picked/\w+)"', selected.text)
        assert following, selected.text
        page = self.client.get(following[1])
        return self.client.post(following[1], data=fields(page) | form, follow_redirects=True)


def fields(page: TestResponse) -> dict[str, str]:
    """Return the hidden fields of a page's form, whatever the order of their attributes."""
    found = re.findall(r'<input[^>]*?name="([^"]*)"[^>]*?value="([^"]*)"', page.text, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def press(client: FlaskClient, course_id: int, path: str, **form: str) -> TestResponse:
    """Press a button of a course's page."""
    sesskey = fields(client.get(f"/course/{course_id}")).get("sesskey", "")
    address = f"/course/{course_id}/{path}"
    return client.post(address, data={"sesskey": sesskey, **form}, follow_redirects=True)
