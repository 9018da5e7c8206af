"""The second step of a launch: every check with the payload that fails it, and its code."""

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey
from pylti1p3.exception import LtiException
from pylti1p3.message_validators.resource_message import ResourceMessageValidator

from lti_app.domain.errors import LaunchRefused
from lti_app.domain.launch import (
    Context,
    Family,
    GradeService,
    Launch,
    MessageType,
    Profile,
    ResourceLink,
)
from lti_app.domain.roles import Roles
from lti_app.lti.key_sets import KNOWN_ALGORITHMS, PublicKey, parse_key_set
from lti_app.lti.validation import validate_launch
from tests.proofs import by_check, rule
from tests.unit.lti_app.lti.lms import (
    CLAIM,
    EC,
    EXPECTED,
    INSTRUCTOR,
    KEYS,
    KID,
    LEARNER,
    NOW,
    OTHER_RSA,
    ROLE,
    RSA,
    SCORE,
    SECOND,
    Claims,
    Edit,
    edited,
    full_claims,
    having,
    launch,
    public_jwk,
    sign,
    without,
)


def code_of(claims: Claims | str, **options: Any) -> str:
    """Return the code of a refusal, which is always 401."""
    with pytest.raises(LaunchRefused) as refused:
        launch(claims, **options)
    assert refused.value.status == 401
    return refused.value.code


def only(*names: str, **added: object) -> Edit:
    """Return an edit that keeps nothing but some claims, and adds others."""

    def edit(claims: Claims) -> None:
        kept = {name: claims[name] for name in names}
        claims.clear()
        claims.update(kept | added)

    return edit


def times(issued: float, expires: float) -> Edit:
    """Return an edit that sets both times, in seconds from now."""

    def edit(claims: Claims) -> None:
        claims.update(iat=SECOND + issued, exp=SECOND + expires)

    return edit


def parties(audience: object, party: object = None) -> Edit:
    """Return an edit that says whom the token is for, and to whom it was issued."""

    def edit(claims: Claims) -> None:
        claims["aud"] = audience
        if party is not None:
            claims["azp"] = party

    return edit


def test_a_full_launch_is_read_completely() -> None:
    assert launch(full_claims()) == Launch(
        message_type=MessageType.RESOURCE_LINK,
        deployment_id="1",
        subject="4711",
        roles=Roles(is_learner=True),
        resource_link=ResourceLink("12", "Find a mentor"),
        target_link_uri="https://tool.example/lti/launch",
        context=Context("3", "Leading people", "LP"),
        profile=Profile("Alice Example", "Alice", "Example", "alice@example.org", "de"),
        custom={"kind": "mentoring"},
        family=Family.MOODLE,
        grade_service=GradeService(
            scopes=(SCORE,),
            line_items_url="https://lms.example/services.php/3/lineitems?type_id=1",
            line_item_url="https://lms.example/services.php/3/lineitems/7/lineitem?type_id=1",
        ),
        roster_url="https://lms.example/services.php/3/members",
        return_url="https://lms.example/return.php?course=3",
    )


CERTIFICATION_REFUSED: dict[str, tuple[Edit, str]] = {
    "B3 wrong version": (having("version", "11.3"), "version"),
    "B4 no version": (without("version"), "version"),
    "B5 not an LTI message": (only(name="badltilaunch"), "issuer"),
    "B6 only OIDC claims": (only("iss", "aud", "sub", "iat", "exp", "nonce"), "version"),
    "B7 timestamps wrong": (lambda c: c.update(iat=11111, exp=22222), "timestamps"),
    "B8 no message type": (without("message_type"), "message_type"),
    "B9 no roles": (without("roles"), "roles"),
    "B10 no deployment": (without("deployment_id"), "deployment"),
    "B11 resource link without id": (having("resource_link", {}), "resource_link"),
    "B11 no resource link": (without("resource_link"), "resource_link"),
    "B12 no subject": (without("sub"), "subject"),
}


@pytest.mark.parametrize("name", by_check(CERTIFICATION_REFUSED))
def test_a_bad_payload_of_the_certification_is_refused_with_its_code(name: str) -> None:
    edit, code = CERTIFICATION_REFUSED[name]
    assert code_of(edited(edit)) == code


@rule("V3")
def test_b1_a_header_without_key_id_is_refused() -> None:
    assert code_of(full_claims(), header={"kid": None}) == "token_header"


@rule("V5")
def test_b2_an_unknown_key_id_is_refused_after_one_look() -> None:
    asked: list[str] = []

    def find_key(kid: str) -> PublicKey | None:
        asked.append(kid)
        return KEYS.get(kid)

    header = {"kid": "imstester_66067"}
    assert code_of(full_claims(), header=header, find_key=find_key) == "key_unknown"
    assert asked == ["imstester_66067"]


FACULTY = f"{ROLE}institution/person#Faculty"
STUDENT = f"{ROLE}institution/person#Student"
MENTOR = f"{ROLE}membership#Mentor"
UNKNOWN = [f"{ROLE}uknownrole/unknown#Unknown", f"{ROLE}unknown/unknown#Helper"]
TEACHER = Roles(can_author=True, can_review=True)
CERTIFICATION_ACCEPTED: dict[str, tuple[Edit, Roles]] = {
    "T1 full": (having("roles", [INSTRUCTOR]), TEACHER),
    "S1 full": (having("roles", [LEARNER]), Roles(is_learner=True)),
    "T2 several roles": (having("roles", [INSTRUCTOR, FACULTY]), TEACHER),
    "S2 several roles": (
        having("roles", [LEARNER, STUDENT, MENTOR]),
        Roles(is_learner=True, is_mentor=True),
    ),
    "T3 short role": (having("roles", ["Instructor"]), TEACHER),
    "S3 short role": (having("roles", ["Learner"]), Roles(is_learner=True)),
    "T4 S4 unknown roles": (having("roles", UNKNOWN), Roles()),
    "T5 S5 no role": (having("roles", []), Roles()),
    "T5 S5 empty role": (having("roles", [""]), Roles()),
    "T6 S6 email only": (without("name", "given_name", "family_name"), Roles(is_learner=True)),
    "T7 S7 names only": (without("email"), Roles(is_learner=True)),
    "T8 S8 no personal data": (
        without("name", "given_name", "family_name", "email"),
        Roles(is_learner=True),
    ),
    "T9 S9 email, no context": (
        without("name", "given_name", "family_name", "context"),
        Roles(is_learner=True),
    ),
}


@rule("V15", "R-1.25")
@pytest.mark.parametrize("name", CERTIFICATION_ACCEPTED)
def test_a_good_payload_of_the_certification_is_accepted_with_its_roles(name: str) -> None:
    edit, roles = CERTIFICATION_ACCEPTED[name]
    accepted = launch(edited(edit))
    assert accepted.roles == roles
    assert accepted.dropped_claims == ()


@rule("R-1.36")
def test_a_launch_without_personal_data_has_an_empty_profile() -> None:
    claims = edited(without("name", "given_name", "family_name", "email", "launch_presentation"))
    assert launch(claims).profile == Profile()


@rule("R-1.33")
def test_a_launch_without_context_has_no_course() -> None:
    assert launch(edited(without("context"))).context is None


REFUSED: dict[str, tuple[Edit, str]] = {
    "issuer with a slash more": (having("iss", "https://lms.example/"), "issuer"),
    "issuer in capitals": (having("iss", "https://LMS.example"), "issuer"),
    "issuer a list": (having("iss", ["https://lms.example"]), "issuer"),
    "audience missing": (without("aud"), "audience"),
    "audience of another": (parties("other"), "audience"),
    "audience empty": (parties([]), "audience"),
    "audience a number": (parties(7), "audience"),
    "audience an object": (parties({"client": 1}), "audience"),
    "audience with a stranger": (parties(["client", "stranger"]), "audience"),
    "audience with a stranger, issued to us": (
        parties(["client", "stranger"], "client"),
        "audience",
    ),
    "audience with a number": (parties(["client", 7], "client"), "audience"),
    "audience twice us, issued to nobody": (parties(["client", "client"]), "audience"),
    "issued to another": (parties("client", "other"), "audience"),
    "issued to a list": (parties("client", ["client"]), "audience"),
    "exp missing": (without("exp"), "timestamps"),
    "iat missing": (without("iat"), "timestamps"),
    "exp a string": (having("exp", str(SECOND + 60)), "timestamps"),
    "exp true": (having("exp", True), "timestamps"),
    "iat true": (having("iat", True), "timestamps"),
    "exp null": (having("exp", None), "timestamps"),
    "exp beyond floats": (having("exp", 10**400), "timestamps"),
    "iat beyond floats": (having("iat", -(10**400)), "timestamps"),
    "expired by the leeway": (times(-100, -60), "timestamps"),
    "issued in the future": (times(61, 121), "timestamps"),
    "issued ten minutes ahead": (times(600, 660), "timestamps"),
    "issued long ago, still good": (times(-3661, 60), "timestamps"),
    "expires as it is issued": (times(0, 0), "timestamps"),
    "expires before it is issued": (times(10, 5), "timestamps"),
    "nonce missing": (without("nonce"), "nonce"),
    "nonce of another login": (having("nonce", "another"), "nonce"),
    "nonce a list": (having("nonce", ["nonce"]), "nonce"),
    "version a number": (having("version", 1.3), "version"),
    "message type of another product": (
        having("message_type", "LtiStartProctoring"),
        "message_type",
    ),
    "message type a list": (having("message_type", ["LtiResourceLinkRequest"]), "message_type"),
    "deployment other than at login": (having("deployment_id", "2"), "deployment"),
    "deployment a number": (having("deployment_id", 1), "deployment"),
    "deployment empty": (having("deployment_id", ""), "deployment"),
    "deployment too long": (having("deployment_id", "1" * 256), "deployment"),
    "target missing": (without("target_link_uri"), "target_link_uri"),
    "target foreign": (having("target_link_uri", "https://evil.example/lti"), "target_link_uri"),
    "target on another port": (
        having("target_link_uri", "https://tool.example:8443/"),
        "target_link_uri",
    ),
    "target over plain http": (
        having("target_link_uri", "http://tool.example/"),
        "target_link_uri",
    ),
    "target with our name for a user": (
        having("target_link_uri", "https://tool.example@evil.example/"),
        "target_link_uri",
    ),
    "target a list": (having("target_link_uri", []), "target_link_uri"),
    "roles null": (having("roles", None), "roles"),
    "roles a string": (having("roles", LEARNER), "roles"),
    "roles an object": (having("roles", {LEARNER: True}), "roles"),
    "roles of numbers": (having("roles", [1]), "roles"),
    "roles of lists": (having("roles", [[LEARNER]]), "roles"),
    "resource link a list": (having("resource_link", ["12"]), "resource_link"),
    "resource link null": (having("resource_link", None), "resource_link"),
    "resource link id empty": (having("resource_link", {"id": ""}), "resource_link"),
    "resource link id a number": (having("resource_link", {"id": 12}), "resource_link"),
    "resource link id too long": (having("resource_link", {"id": "x" * 256}), "resource_link"),
    "subject empty": (having("sub", ""), "subject"),
    "subject null": (having("sub", None), "subject"),
    "subject a number": (having("sub", 4711), "subject"),
    "subject too long": (having("sub", "x" * 300), "subject"),
    "subject with half a character": (having("sub", "\ud800"), "subject"),
    "subject with a NUL": (having("sub", "a\0b"), "subject"),
}


@pytest.mark.parametrize("name", by_check(REFUSED))
def test_a_hostile_or_broken_payload_is_refused_with_its_code(name: str) -> None:
    edit, code = REFUSED[name]
    assert code_of(edited(edit)) == code


ACCEPTED: dict[str, Edit] = {
    "audience a list of us": parties(["client"]),
    "audience a list of us, issued to us": parties(["client"], "client"),
    "audience twice us, issued to us": parties(["client", "client"], "client"),
    "issued to us": parties("client", "client"),
    "issued thirty seconds ahead": times(30, 90),
    "issued the leeway ahead": times(60, 120),
    "expired within the leeway": times(-100, -59),
    "issued an hour ago": times(-3600, 60),
    "times with fractions": times(-0.5, 59.5),
    "target on the port that is meant anyway": having(
        "target_link_uri", "https://Tool.example:443/x?y=z"
    ),
    "subject of 255 characters": having("sub", "x" * 255),
    "subject not in ASCII": having("sub", "Zoë"),
    "resource link id of 255 characters": having("resource_link", {"id": "x" * 255}),
    "LTI 1.1 claim": having(CLAIM + "lti1p1", {"user_id": "34212"}),
    "unknown claims": having("https://example.org/whatever", {"a": [1]}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_unusual_but_good_payload_is_accepted(name: str) -> None:
    assert launch(edited(ACCEPTED[name])).dropped_claims == ()


@rule("V8")
def test_an_audience_beside_us_is_accepted_once_it_is_trusted_and_the_token_ours() -> None:
    expected = replace(EXPECTED, trusted_audiences=("friend",))
    good = edited(parties(["friend", "client"], "client"))
    assert launch(good, expected=expected).subject == "4711"
    for edit in (parties(["friend", "client"]), parties(["friend", "client"], "friend")):
        assert code_of(edited(edit), expected=expected) == "audience"


@rule("V8")
def test_a_trusted_audience_alone_is_not_us() -> None:
    expected = replace(EXPECTED, trusted_audiences=("friend",))
    assert code_of(edited(parties("friend", "client")), expected=expected) == "audience"


@rule("V13")
def test_any_deployment_is_accepted_where_the_login_named_none() -> None:
    claims = edited(having("deployment_id", "b6e1:9f"))
    assert launch(claims, expected=replace(EXPECTED, deployment_id=None)).deployment_id == "b6e1:9f"


@rule("V9", "R-1.12")
def test_the_leeway_can_be_changed() -> None:
    token = sign(edited(times(90, 200)))
    leeway = timedelta(seconds=120)
    assert validate_launch(token, EXPECTED, KEYS.get, NOW, leeway=leeway).subject == "4711"


@rule("R-1.11")
def test_an_ancient_token_is_refused_although_it_expires_in_the_future() -> None:
    assert code_of(edited(times(-100_000, 60))) == "timestamps"


def test_the_log_learns_how_far_clocks_differ() -> None:
    with pytest.raises(LaunchRefused) as refused:
        launch(edited(times(-4000, 60)))
    assert "issued 4000 s ago" in refused.value.detail


HEADERS: dict[str, dict[str, object]] = {
    "key id a number": {"kid": 7},
    "key id empty": {"kid": ""},
    "key id too long": {"kid": "x" * 256},
    "key id with a line break": {"kid": "a\nb"},
    "unknown extension": {"crit": ["exp"], "exp": 1},
    "unencoded payload": {"b64": False},
    "far too long": {"x": "x" * 9000},
}


@rule("V3")
@pytest.mark.parametrize("name", HEADERS)
def test_an_odd_header_is_refused(name: str) -> None:
    header = {"alg": "RS256", "kid": KID, **HEADERS[name]}
    first, second = (_encoded(json.dumps(part)) for part in (header, full_claims()))
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(f"{first}.{second}.c2ln", EXPECTED, KEYS.get, NOW)
    assert refused.value.code == "token_header"


NOT_TOKENS = {
    "empty": "",
    "one part": "abc",
    "two parts": "a.b",
    "four parts": "a.b.c.d",
    "three empty parts": "..",
    "not base64": "!.!.!",
    "base64 of a wrong length": "a.b.c",
    "not ASCII": "é.é.é",
    "half a character": "\ud800.b.c",
    "header not JSON": "bm9wZQ.e30.c2ln",
    "header a list": "W10.e30.c2ln",
    "header not text": "gICA.e30.c2ln",
    "header far too deep": base64.urlsafe_b64encode(b"[" * 5000).decode() + ".e30.c2ln",
    "header too long": base64.urlsafe_b64encode(b" " * 9000 + b"{}").decode() + ".e30.c2ln",
    "too long": "e30." + "a" * 64_000 + ".c2ln",
}


@rule("V3")
@pytest.mark.parametrize("name", NOT_TOKENS)
def test_what_is_no_token_is_refused(name: str) -> None:
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(NOT_TOKENS[name], EXPECTED, KEYS.get, NOW)
    assert refused.value.code == "token_header"


NOT_CLAIMS = {
    "not JSON": "nope",
    "a list": "[]",
    "null": "null",
    "far too deep": "[" * 5000 + "]" * 5000,
    "object far too deep": '{"a":' * 5000 + "1" + "}" * 5000,
    "a number of more digits than Python reads": '{"exp":' + "9" * 5000 + "}",
}


@rule("V3")
@pytest.mark.parametrize("name", NOT_CLAIMS)
def test_a_signed_text_that_holds_no_claims_is_refused(name: str) -> None:
    assert code_of(NOT_CLAIMS[name]) == "token_header"


ODD_NUMBERS = ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", "9" * 400, "1e13", "true", "[]"]


@rule("V9")
@pytest.mark.parametrize("number", ODD_NUMBERS)
@pytest.mark.parametrize("name", ["exp", "iat"])
def test_a_time_that_is_no_usable_number_is_refused(name: str, number: str) -> None:
    text = json.dumps({**full_claims(), name: "@"}).replace('"@"', number)
    assert code_of(text) == "timestamps"


@rule("V3")
@pytest.mark.parametrize("rest", [".é.c2ln", ".e30.é", ".e30.c2ln\ud800"], ids=ascii)
def test_a_token_that_is_not_ascii_is_refused_before_keys_are_looked_for(rest: str) -> None:
    header = _encoded(json.dumps({"alg": "RS256", "kid": KID}))
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(header + rest, EXPECTED, KEYS.get, NOW)
    assert refused.value.code == "token_header"


@rule("V3")
def test_an_unsigned_token_is_refused() -> None:
    header = _encoded(json.dumps({"alg": "none", "kid": KID}))
    for signature in ("", "c2ln"):
        with pytest.raises(LaunchRefused) as refused:
            token = f"{header}.{_encoded(json.dumps(full_claims()))}.{signature}"
            validate_launch(token, EXPECTED, KEYS.get, NOW)
        assert refused.value.code == "token_header"


@rule("V5", "V6")
@pytest.mark.parametrize("algorithms", [("RS256",), ("RS256", "HS256")])
def test_a_token_signed_with_our_copy_of_the_public_key_is_refused(
    algorithms: tuple[str, ...],
) -> None:
    secret = OctKey.import_key(base64.b64encode(RSA.as_pem(private=False)).decode())
    token = sign(full_claims(), key=secret, header={"alg": "HS256"})
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(token, EXPECTED, KEYS.get, NOW, algorithms=algorithms)
    assert refused.value.code in {"token_header", "key_unknown"}


@rule("V5")
def test_an_algorithm_that_does_not_fit_the_key_is_refused() -> None:
    token = sign(full_claims(), key=EC, header={"alg": "ES256"})
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(token, EXPECTED, KEYS.get, NOW, algorithms=("RS256", "ES256"))
    assert refused.value.code == "key_unknown"


@rule("V5")
def test_an_algorithm_other_than_the_key_names_is_refused() -> None:
    token = sign(full_claims(), header={"alg": "RS512"})
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(token, EXPECTED, KEYS.get, NOW, algorithms=("RS256", "RS512"))
    assert refused.value.code == "key_unknown"


@pytest.mark.parametrize("algorithm", KNOWN_ALGORITHMS)
def test_every_asymmetric_algorithm_can_be_allowed(algorithm: str) -> None:
    curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}.get(algorithm)
    key = ECKey.generate_key(curve) if curve else RSA
    keys = parse_key_set({"keys": [public_jwk(key, alg=algorithm)]})
    token = sign(full_claims(), key=key, header={"alg": algorithm})
    accepted = validate_launch(token, EXPECTED, keys.get, NOW, algorithms=(algorithm,))
    assert accepted.subject == "4711"
    other = next(name for name in KNOWN_ALGORITHMS if name != algorithm)
    with pytest.raises(LaunchRefused):
        validate_launch(token, EXPECTED, keys.get, NOW, algorithms=(other,))


@rule("V6")
def test_another_key_under_the_same_id_is_refused() -> None:
    assert code_of(full_claims(), key=OTHER_RSA) == "signature"


@rule("V3")
def test_keys_that_the_header_brings_are_ignored() -> None:
    brought = {
        "jku": "https://evil.example/keys",
        "jwk": public_jwk(OTHER_RSA),
        "x5c": ["x" * 3000],
        "x5u": 7,
    }
    assert code_of(full_claims(), key=OTHER_RSA, header=brought) == "signature"
    assert launch(full_claims(), header=brought).subject == "4711"


@rule("V6")
def test_a_changed_payload_is_refused() -> None:
    header, _, signature = sign(full_claims()).split(".")
    changed = _encoded(json.dumps(edited(having("sub", "1"))))
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(f"{header}.{changed}.{signature}", EXPECTED, KEYS.get, NOW)
    assert refused.value.code == "signature"


@rule("V6")
@pytest.mark.parametrize("signature", ["", "!", "a", "c2ln", "A" * 2000])
def test_a_broken_signature_is_refused(signature: str) -> None:
    header, payload, _ = sign(full_claims()).split(".")
    with pytest.raises(LaunchRefused) as refused:
        validate_launch(f"{header}.{payload}.{signature}", EXPECTED, KEYS.get, NOW)
    assert refused.value.code == "signature"


def test_keys_are_not_looked_for_before_the_header_is_good() -> None:
    def find_key(kid: str) -> PublicKey | None:
        raise AssertionError(kid)

    assert code_of(full_claims(), header={"kid": None}, find_key=find_key) == "token_header"


def test_what_the_key_look_up_raises_is_passed_on() -> None:
    def find_key(kid: str) -> PublicKey | None:
        raise LaunchRefused("key_server", status=503)

    with pytest.raises(LaunchRefused) as refused:
        launch(full_claims(), find_key=find_key)
    assert (refused.value.code, refused.value.status) == ("key_server", 503)


@rule("R-10.1")
def test_the_library_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(validator: ResourceMessageValidator, body: object) -> bool:
        raise LtiException("a rule of a later version")

    monkeypatch.setattr(ResourceMessageValidator, "validate", refuse)
    assert code_of(full_claims()) == "message_type"


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
