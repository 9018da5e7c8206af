"""The table of small changes, each of which breaks one rule of the launch or of posting."""

from dataclasses import dataclass

_VALIDATION = "lti_app/lti/validation.py"
_LAUNCH = "lti_app/web/launch.py"
_CLAIMS = "lti_app/lti/claims.py"
_LOGINS = "lti_app/services/logins.py"
_SENDING = "lti_app/services/sending.py"
_SCORES = "lti_app/lti/scores.py"

_VALIDATION_TESTS = "tests/unit/lti_app/lti/test_validation.py"
_HOSTILE_TESTS = "tests/functional/launch/test_hostile_launches.py"
_SCORES_TESTS = "tests/unit/lti_app/lti/test_scores.py"
_DELIVERIES_TESTS = "tests/unit/lti_app/services/test_deliveries.py"
_POSTING_TESTS = "tests/unit/lti_app/worker/test_score_delivery.py"


@dataclass(frozen=True)
class Mutation:
    """One change that breaks a rule.

    Attributes:
        rule: its number on the page of the rules.
        path: the file that keeps it.
        before: what stands there, exactly once.
        after: what is put in its place.
        tests: the module of tests one of which must notice, among those marked with the rule.
    """

    rule: str
    path: str
    before: str
    after: str
    tests: str


MUTATIONS = (
    Mutation(
        "V1",
        _LAUNCH,
        "    if len(values) != 1 or not values[0] or len(values[0]) > longest:\n",
        "    if not values or not values[0] or len(values[0]) > longest:\n",
        _HOSTILE_TESTS,
    ),
    Mutation(
        "V2",
        _LOGINS,
        "    if not is_stored and not matches(cookie, transaction.cookie_hash):\n",
        "    if not is_stored and cookie and not matches(cookie, transaction.cookie_hash):\n",
        _HOSTILE_TESTS,
    ),
    Mutation(
        "V3",
        _VALIDATION,
        "    if not isinstance(algorithm, str) or algorithm not in algorithms:\n",
        "    if not isinstance(algorithm, str):\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V4",
        _LAUNCH,
        "        registration = db().get_one(Registration, claimed.registration_id)\n"
        "    if not registration.is_active:",
        "        registration = db().scalars(select(Registration)).first()\n"
        "        assert registration is not None\n"
        "    if not registration.is_active:",
        _HOSTILE_TESTS,
    ),
    Mutation(
        "V5",
        _VALIDATION,
        "    if key is None or algorithm not in key.algorithms:\n",
        "    if key is None:\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V6",
        _VALIDATION,
        "    except (JoseError, ValueError) as error:\n"
        '        raise LaunchRefused("signature", type(error).__name__) from error\n'
        "    claims = _parse_json(signed.payload)\n",
        "    except (JoseError, ValueError):\n"
        '        claims = _parse_json(urlsafe_b64decode(id_token.split(".")[1] + "=="))\n'
        "    else:\n"
        "        claims = _parse_json(signed.payload)\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V7",
        _VALIDATION,
        '    if claims.get("iss") != expected.issuer:\n',
        '    if str(claims.get("iss")).rstrip("/") != expected.issuer:\n',
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V8",
        _VALIDATION,
        "    if must_name_party and party != expected.client_id:\n",
        "    if must_name_party and party not in {None, expected.client_id}:\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V9",
        _VALIDATION,
        '        "too old": issued < moment - slack - _OLDEST.total_seconds(),\n',
        "",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V10",
        _LOGINS,
        "    if not store.use_up_login(transaction.id, real_now()):\n",
        "    if store.find_login(state) is None:\n",
        _HOSTILE_TESTS,
    ),
    Mutation(
        "V11",
        _VALIDATION,
        "    if claims.get(names.VERSION) != _VERSION:\n",
        "    if names.VERSION not in claims:\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V12",
        _VALIDATION,
        '    raise LaunchRefused("message_type")\n',
        "    return MessageType.RESOURCE_LINK\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V13",
        _VALIDATION,
        "    if deployment_id is None or expected.deployment_id not in {None, deployment_id}:\n",
        "    if deployment_id is None:\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V14",
        _VALIDATION,
        "    if not isinstance(target, str) or not same_origin(target, expected.public_url):\n",
        "    if not isinstance(target, str):\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V15",
        _VALIDATION,
        "    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):\n"
        '        raise LaunchRefused("roles")\n',
        "    if not isinstance(roles, list):\n        roles = [roles]\n"
        "    roles = [str(role) for role in roles]\n",
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V16",
        _VALIDATION,
        '    link_id = identifier(link.get("id")) if isinstance(link, dict) else None\n',
        '    link_id = str(link.get("id")) if isinstance(link, dict) else None\n',
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V17",
        _VALIDATION,
        '    subject = identifier(claims.get("sub"))\n',
        '    subject = str(claims.get("sub") or "anonymous")\n',
        _VALIDATION_TESTS,
    ),
    Mutation(
        "V18",
        _CLAIMS,
        "        if isinstance(value, dict):\n            return value\n"
        "        if value is not None:\n",
        "        if value:\n            return value  # type: ignore[return-value]\n"
        "        if value is not None:\n",
        "tests/unit/lti_app/lti/test_claims.py",
    ),
    Mutation(
        "R-4.2",
        "lti_app/domain/delivery.py",
        "    if answer.outcome is Outcome.CONFIGURATION:\n"
        "        return now + _CONFIGURATION_PAUSE\n",
        "    if answer.outcome is Outcome.CONFIGURATION:\n        return now\n",
        "tests/unit/lti_app/domain/test_delivery.py",
    ),
    Mutation(
        "R-4.4",
        _SCORES,
        "    return any(same_origin(url, endpoint) for endpoint in endpoints)\n",
        '    return url.startswith("https://") or not endpoints\n',
        _SCORES_TESTS,
    ),
    Mutation(
        "R-4.10",
        _SCORES,
        '"Content-Type": _SCORE_TYPE, "Accept": "*/*"},\n',
        '"Content-Type": "application/json", "Accept": "*/*"},\n',
        _SCORES_TESTS,
    ),
    Mutation(
        "R-4.11",
        "lti_app/store/deliveries.py",
        "        Delivery.score != score if may_fall else Delivery.score < score,\n",
        "        Delivery.score != score,\n",
        _DELIVERIES_TESTS,
    ),
    Mutation(
        "R-4.12",
        _SENDING,
        "    cell.posted_at = leased.seen.as_of if leased.seen else now\n",
        "    cell.posted_at = now\n",
        _POSTING_TESTS,
    ),
    Mutation(
        "R-4.12",
        "lti_app/services/verdicts.py",
        "    if not _is_ours(cell, read, now):\n        return _meet_foreign(cell, read, now)\n",
        "",
        _DELIVERIES_TESTS,
    ),
    Mutation(
        "R-4.12",
        _SENDING,
        "    if earliest is None or moment >= earliest:\n",
        "    if earliest is None or earliest:\n",
        _DELIVERIES_TESTS,
    ),
    Mutation(
        "R-4.13",
        _SCORES,
        "        if not (0 <= self.given <= _LARGEST and 0 < self.maximum <= _LARGEST):\n",
        "        if not (self.given <= _LARGEST and self.maximum <= _LARGEST):\n",
        _SCORES_TESTS,
    ),
    Mutation(
        "R-4.14",
        _SCORES,
        "    if answer.status == 500 and answer.body.strip() == quirks.locked_answer:\n",
        "    if answer.status == 423:\n",
        _SCORES_TESTS,
    ),
    Mutation(
        "R-4.15",
        "lti_app/store/cells.py",
        "    return select(Delivery.id).where(chosen, *may_be_sent())\n",
        "    return select(Delivery.id).where(chosen)\n",
        _DELIVERIES_TESTS,
    ),
    Mutation(
        "R-4.17",
        _SCORES,
        '                "new_submission": self.is_new_submission,\n',
        '                "new_submission": True,\n',
        _SCORES_TESTS,
    ),
)
