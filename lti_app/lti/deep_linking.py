"""Deep linking: what an LMS asks for when an author adds links to a course, and our answer.

A link carries the id of its activity three times: in its custom parameters, in the query of its
address for an LMS that drops those, and as the name of its gradebook column. All three survive the
copy of a course, where the ids of course, link and column do not.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from joserfc import jws
from joserfc.jwk import RSAKey

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import DeepLinkSettings, Launch
from lti_app.domain.secrets import new_secret
from lti_app.lti.addresses import add_to_query, origin
from lti_app.lti.claims import DEEP_LINKING_SETTINGS as SETTINGS
from lti_app.lti.claims import DEPLOYMENT_ID, MESSAGE_TYPE, VERSION, OptionalClaims
from lti_app.lti.keys import ALGORITHM

#: The one type of content that we send (lti-rules.md R-3.7).
LINK_TYPE = "ltiResourceLink"
#: Custom parameter, and part of an address's query: the activity that a link opens.
ACTIVITY = "activity"
#: Custom parameter: from which courses this one was copied, the nearest first (R-6.4).
HISTORY = "ctx_history"
_HISTORY_VARIABLE = "$Context.id.history"
#: Canvas stops counting there, too.
_MOST_COURSES = 1000
_NO_HISTORY = frozenset({"", "truncated", "timed out"})
#: How far somebody is from whose cell the LMS leads to their work: as soon as there may be any.
_REVIEWABLE = ("Started", "InProgress", "Submitted", "Completed")
_CLAIM = "https://purl.imsglobal.org/spec/lti-dl/claim/"
_CODE = "deep_linking"
_LONGEST_TITLE = 255
_LONGEST_WORDS = 200
#: Moodle knows no leeway: an answer from its future is refused, so ours says it is older.
_BACKDATED = timedelta(seconds=60)
_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True)
class LinkToSend:
    """One link of an answer.

    Attributes:
        activity_id: what it opens.
        kind: of the activity; the column's tag.
        title: for people; of link and column.
        points: what the column is out of; None for a link without one.
        closes_at: when nothing new counts any more, or None.
    """

    activity_id: UUID
    kind: str
    title: str
    points: int | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class Sender:
    """Who answers whom.

    Attributes:
        client_id: ours at the LMS.
        issuer: the LMS's.
        deployment_id: the installation that asked.
        launch_url: what links point at.
    """

    client_id: str
    issuer: str
    deployment_id: str
    launch_url: str


def read_settings(
    claims: Mapping[str, object], optional: OptionalClaims, *, allows_http: bool = False
) -> DeepLinkSettings:
    """Return what a request for links asks for (lti-rules.md R-3.3 to R-3.5).

    Args:
        claims: of the verified message.
        optional: reads what may be missing.
        allows_http: the answer may be sent to an address that is not https.

    Raises:
        LaunchRefused: a required setting is missing or of the wrong form, or the answer would go
            to an address that nothing may be sent to.
    """
    given = claims.get(SETTINGS)
    if not isinstance(given, dict):
        raise LaunchRefused(_CODE, "no settings")
    data = given.get("data")
    if data is not None and not isinstance(data, str):
        # Without it the LMS would not take the answer, so there is no use in going on.
        raise LaunchRefused(_CODE, "data is not a text")
    _texts(given, "accept_presentation_document_targets")
    return DeepLinkSettings(
        return_url=_return_url(given, allows_http=allows_http),
        accepts_links=LINK_TYPE in _texts(given, "accept_types"),
        accepts_multiple=optional.flag(SETTINGS, "accept_multiple") or False,
        accepts_line_items=optional.flag(SETTINGS, "accept_lineitem"),
        title=optional.text(SETTINGS, "title", _LONGEST_TITLE),
        data=data,
    )


def _return_url(given: Mapping[str, object], *, allows_http: bool) -> str:
    value = given.get("deep_link_return_url")
    found = origin(value) if isinstance(value, str) else None
    if not isinstance(value, str) or found is None:
        raise LaunchRefused(_CODE, "no usable return address")
    if found[0] != "https" and not allows_http:
        raise LaunchRefused(_CODE, "the return address is not https")
    return value


def _texts(given: Mapping[str, object], name: str) -> list[str]:
    values = given.get(name)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise LaunchRefused(_CODE, f"{name} is no list of texts")
    return values


def sign_answer(
    settings: DeepLinkSettings,
    links: Sequence[LinkToSend],
    sender: Sender,
    *,
    key: RSAKey,
    kid: str,
    now: datetime,
    fault: str | None = None,
) -> str:
    """Return the signed answer to a request for links, to be posted as `JWT` (R-3.7 to R-3.12).

    Args:
        settings: of the request; its data come back unchanged.
        links: none where nothing was chosen.
        sender: who answers whom.
        key: the tool's signing key.
        kid: its id, under which the LMS finds the public half.
        now: the moment of the answer.
        fault: what the LMS is to tell the author instead, in plain words.
    """
    issued = now - _BACKDATED
    claims: dict[str, object] = {
        "iss": sender.client_id,
        "aud": sender.issuer,
        "iat": int(issued.timestamp()),
        "exp": int((issued + _LIFETIME).timestamp()),
        "nonce": new_secret(),
        MESSAGE_TYPE: "LtiDeepLinkingResponse",
        VERSION: "1.3.0",
        DEPLOYMENT_ID: sender.deployment_id,
        f"{_CLAIM}content_items": [_item(link, settings, sender) for link in links],
    }
    if settings.data is not None:
        claims[f"{_CLAIM}data"] = settings.data
    if fault is not None:
        claims[f"{_CLAIM}errormsg"] = fault[:_LONGEST_WORDS]
    header = {"alg": ALGORITHM, "kid": kid, "typ": "JWT"}
    # In ASCII, whatever the LMS's data hold.
    return jws.serialize_compact(header, json.dumps(claims), key, algorithms=[ALGORITHM])


def answer_expires_at(answered_at: datetime) -> datetime:
    """Return until when an LMS takes an answer that was signed at a moment."""
    return answered_at - _BACKDATED + _LIFETIME


def _item(link: LinkToSend, settings: DeepLinkSettings, sender: Sender) -> dict[str, object]:
    title, name = link.title[:_LONGEST_TITLE], str(link.activity_id)
    item: dict[str, object] = {
        "type": LINK_TYPE,
        "title": title,
        "url": add_to_query(sender.launch_url, {ACTIVITY: name}),
        "custom": {ACTIVITY: name, "v": "1", "kind": link.kind, HISTORY: _HISTORY_VARIABLE},
    }
    # Moodle and Canvas do not say whether they take columns, and do.
    if link.points is not None and settings.accepts_line_items is not False:
        item["lineItem"] = {
            "label": title,
            "scoreMaximum": link.points,
            "resourceId": name,
            "tag": link.kind,
            # Without an address of its own: a review is launched at the link's.
            "submissionReview": {"reviewableStatus": list(_REVIEWABLE)},
        }
    if link.closes_at is not None:
        # Told for the LMS's calendar; the close that counts is the tool's own.
        end = link.closes_at.astimezone(UTC).isoformat(timespec="seconds")
        item["submission"] = {"endDateTime": end}
    return item


def named_activities(launch: Launch) -> tuple[UUID, ...]:
    """Return the activities that a launched link names, what counts more first (R-3.9)."""
    query = parse_qs(urlsplit(launch.target_link_uri).query)
    given = [launch.custom.get(ACTIVITY, ""), *query.get(ACTIVITY, [])[:1]]
    names = (_uuid(text) for text in given)
    return tuple(dict.fromkeys(name for name in names if name is not None))


def course_history(custom: Mapping[str, str]) -> tuple[str, ...]:
    """Return what the LMS calls the courses that this one was copied from, the nearest first.

    Nothing where it does not say, or has given up counting.
    """
    parts = (part.strip() for part in custom.get(HISTORY, "").split(",")[:_MOST_COURSES])
    return tuple(dict.fromkeys(part for part in parts if part not in _NO_HISTORY))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
