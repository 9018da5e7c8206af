"""Attacks on the launch itself: logins, tokens, claims, times, audiences, keys, states."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from time import time
from typing import Any

from joserfc.jwk import ECKey, RSAKey

from tests.gunicorn import Browser
from tests.hostile.arena import Arena, Attack, Blow, Case, Claims, Edit, request

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_OTHER_KEY = RSAKey.generate_key(2048)
_CURVE = ECKey.generate_key("P-256")
#: Makes a token: of the arena and the claims of a good launch; or of the other LMS's claims, too.
Make = Callable[[Arena, Claims], str]
Mix = Callable[[Arena, Claims, Claims], str]
#: Values of every wrong kind, at home in no claim that matters.
ODD: dict[str, object] = {
    "null": None,
    "a number": 7,
    "a fraction": 1.5,
    "true": True,
    "empty": "",
    "a list": [],
    "a list in a list": [["x"]],
    "an object": {},
    "300 characters": "x" * 300,
    "a NUL": "a\0b",
    "half a surrogate": "\ud800",
    "deep": json.loads("[" * 40 + "]" * 40),
}


def _login(**changes: str | list[str] | None) -> Attack:
    def attack(arena: Arena) -> Blow:
        given: dict[str, Any] = dict(arena.lms.make_login("alice", arena.lms.activities[101]))
        given |= changes
        given = {name: value for name, value in given.items() if value is not None}
        return arena.strike("POST", "/lti/login", data=given)

    return attack


def _raw_login(body: bytes, headers: dict[str, str] = FORM) -> Attack:
    return request("POST", "/lti/login", data=body, headers=headers)


def logins() -> Iterator[Case]:
    """Logins that make no sense, or come from nobody we know."""
    for name in ("iss", "login_hint", "target_link_uri"):
        yield Case(f"no {name}", _login(**{name: None}), 400, "malformed")
        yield Case(f"blank {name}", _login(**{name: " "}), 400, "malformed")
        yield Case(f"two {name}", _login(**{name: ["a", "b"]}), 400, "malformed")
        yield Case(f"a NUL in {name}", _login(**{name: "a\0b"}), 400, "malformed")
        yield Case(f"a line break in {name}", _login(**{name: "a\r\nX: y"}), 400, "malformed")
    for target in (
        "https://evil.example/",
        "http://127.0.0.1:5000@evil.example/",
        "//evil",
        "javascript:1",
    ):
        yield Case(f"target {target}", _login(target_link_uri=target), 400, "malformed")
    for name, longest in (
        ("login_hint", 3000),
        ("lti_message_hint", 9000),
        ("lti_deployment_id", 300),
    ):
        yield Case(f"endless {name}", _login(**{name: "h" * longest}), 400, "malformed")
    yield Case("iss unknown", _login(iss="https://unknown.example"), 400, "unknown_platform")
    yield Case("client unknown", _login(client_id="unknown"), 400, "unknown_platform")
    yield Case("bytes that are no UTF-8", _raw_login(b"iss=%ff%fe&login_hint=x"), 400, "malformed")
    yield Case(
        "JSON", _raw_login(b'{"iss": "x"}', {"Content-Type": "application/json"}), 400, "malformed"
    )
    yield Case("nothing", _raw_login(b""), 400, "malformed")
    yield Case("PUT", request("PUT", "/lti/login"), 405, "method_not_allowed")


def _setting(name: str, value: object) -> Edit:
    return lambda claims: claims.update({name: value})


def _without(name: str) -> Edit:
    return lambda claims: claims.pop(name)


def _answered(edit: Edit) -> Attack:
    """Return an attack that answers a good login with changed claims, well signed."""

    def attack(arena: Arena) -> Blow:
        login = arena.begin()
        edit(login.claims)
        return arena.launch(login, arena.lms.sign(login.claims))

    return attack


def _token(make: Make) -> Attack:
    """Return an attack that answers a good login with a token of its own making."""

    def attack(arena: Arena) -> Blow:
        login = arena.begin()
        return arena.launch(login, make(arena, login.claims))

    return attack


def _text(token: str) -> Make:
    return lambda _arena, _claims: token


def _part(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def _with_header(**changes: object) -> Make:
    """Return a token whose header says something else than what was signed."""

    def make(arena: Arena, claims: Claims) -> str:
        head, body, signature = arena.lms.sign(claims).split(".")
        known = json.loads(base64.urlsafe_b64decode(head + "=="))
        return ".".join((_part(known | changes), body, signature))

    return make


def _with_body(body: bytes) -> Make:
    def make(arena: Arena, claims: Claims) -> str:
        head, _, signature = arena.lms.sign(claims).split(".")
        return ".".join((head, _part(body), signature))

    return make


def tokens() -> Iterator[Case]:
    """What is no token, or falls apart."""
    whole = {
        "a word": "x",
        "one dot": "a.b",
        "two dots": "..",
        "three words": "a.b.c",
        "five parts": "a.b.c.d.e",
        "accents": "é.é.é",
        "a NUL": "a\0.b.c",
        "64,000 characters": "a" * 63_999,
        "JSON": '{"alg":"none"}',
    }
    for name, text in whole.items():
        yield Case(name, _token(_text(text)), 401, "token_header")
    yield Case("nothing", _token(_text("")), 400, "malformed")
    yield Case("endless", _token(_text("a" * 64_001)), 400, "malformed")
    for name, head in {"a list": [], "a word": "x", "a number": 7}.items():
        token = f"{_part(head)}.{_part({})}.x"
        yield Case(f"the header is {name}", _token(_text(token)), 401, "token_header")
    for name, body in {
        "cut": b'{"iss"',
        "a list": b"[]",
        "NaN": b"NaN",
        "deep": b"[" * 9000,
    }.items():
        yield Case(f"the body is {name}", _token(_with_body(body)), 401, "signature")
    yield Case("the signature is cut", _token(lambda a, c: a.lms.sign(c)[:-8]), 401, "signature")
    yield Case(
        "no signature", _token(lambda a, c: a.lms.sign(c).rsplit(".", 1)[0] + "."), 401, "signature"
    )


#: What a header may say of its algorithm, and of its key, that is not ours.
_ALGORITHMS: Sequence[object] = (
    *("None", "NONE", "", "rs256", "RS512", "PS256", "HS512"),
    *(None, 7, ["RS256"], {"a": 1}),
)
_NO_KIDS: Sequence[object] = (7, ["x"], {}, True)
#: Claims that decide who gets in where → the code of whoever spoils them.
DECISIVE = {
    "iss": "issuer",
    "aud": "audience",
    "exp": "timestamps",
    "iat": "timestamps",
    "nonce": "nonce",
    f"{CLAIM}version": "version",
    f"{CLAIM}message_type": "message_type",
    f"{CLAIM}deployment_id": "deployment",
    f"{CLAIM}target_link_uri": "target_link_uri",
    f"{CLAIM}roles": "roles",
    f"{CLAIM}resource_link": "resource_link",
    "sub": "subject",
}


def claims() -> Iterator[Case]:
    """Every decisive claim as every wrong kind of value, and left out."""
    for claim, code in DECISIVE.items():
        short = claim.removeprefix(CLAIM)
        yield Case(f"no {short}", _answered(_without(claim)), 401, code)
        for kind, value in ODD.items():
            if (claim, kind) == (f"{CLAIM}roles", "a list"):
                continue  # nobody in particular: let in as a guest
            yield Case(f"{short} is {kind}", _answered(_setting(claim, value)), 401, code)
    for kind, value in ODD.items():
        link = _setting(f"{CLAIM}resource_link", {"id": value})
        yield Case(f"the link's id is {kind}", _answered(link), 401, "resource_link")
        if not isinstance(value, str):
            roles = _setting(f"{CLAIM}roles", [value])
            yield Case(f"a role is {kind}", _answered(roles), 401, "roles")


def _times(iat: object, exp: object) -> Attack:
    def edit(claims: Claims) -> None:
        now = time()
        for name, value in (("iat", iat), ("exp", exp)):
            claims[name] = int(now + value) if type(value) is int else value

    return _answered(edit)


def times() -> Iterator[Case]:
    """Launches that are too old, too new, or of no time."""
    moments: dict[str, tuple[object, object]] = {
        "over for a minute more than clocks differ": (-300, -130),
        "over for a day": (-90_000, -86_400),
        "ancient, but not over": (-100_000, 100),
        "ten minutes ahead": (600, 700),
        "years ahead": (10**9, 10**9 + 60),
        "over before it began": (10, -10),
        "over before 1970": (-1e18, -1e18),
        "never over": (0, 1e300),
        "over at infinity": (0, float("inf")),
        "over at no number": (0, float("nan")),
        "issued at infinity": (float("inf"), 60),
        "issued at no number": (float("nan"), 60),
        "issued at a word": ("now", 60),
        "over at a word": (0, "9999999999"),
        "over at a list": (0, [9999999999]),
        "over at true": (0, True),
        "issued at true": (True, 60),
        "over at a hundred digits": (0, "9" * 100),
    }
    for name, (iat, exp) in moments.items():
        yield Case(name, _times(iat, exp), 401, "timestamps")


def _audience(*others: object, azp: object = ...) -> Attack:
    def edit(claims: Claims) -> None:
        claims["aud"] = [claims["aud"], *others]
        if azp is not ...:
            claims["azp"] = azp

    return _answered(edit)


def audiences() -> Iterator[Case]:
    """Tokens that were made for somebody else, or for somebody else too."""
    for name, value in {
        "another": "someone-else",
        "a list of another": ["someone-else"],
        "in capitals": "CLIENT",
        "a list of lists": [["x"]],
        "a list of numbers": [1, 2],
        "a list of nothing": [None],
        "an object": {"aud": "x"},
        "half": "c",
        "a thousand others": [str(number) for number in range(1000)],
        "blank": " ",
    }.items():
        edit = _setting("aud", value)
        yield Case(f"for {name}", _answered(edit), 401, "audience")
    yield Case("ours and another, no azp", _audience("evil"), 401, "audience")
    yield Case("ours and another, azp of the other", _audience("evil", azp="evil"), 401, "audience")
    yield Case("ours and another, azp a list", _audience("evil", azp=["evil"]), 401, "audience")
    yield Case("ours and a number", _audience(7), 401, "audience")
    for name, azp in {
        "another": "someone-else",
        "a number": 7,
        "empty": "",
        "an object": {},
    }.items():
        edit = _setting("azp", azp)
        yield Case(f"ours, azp {name}", _answered(edit), 401, "audience")


def _signed(**how: Any) -> Attack:
    return _token(lambda arena, claims: arena.lms.sign(claims, **how))


def keys() -> Iterator[Case]:
    """Tokens signed with the wrong key, or by the wrong rules."""
    for alg in ("none", "HS256", "ES256"):
        yield Case(f"signed by {alg}", _signed(alg=alg), 401, "token_header")
    for said in _ALGORITHMS:
        yield Case(f"says {said!r}", _token(_with_header(alg=said)), 401, "token_header")
    yield Case("another key, our kid", _signed(key=_OTHER_KEY), 401, "signature")
    yield Case("a curve, our kid", _signed(alg="ES256", key=_CURVE), 401, "token_header")
    yield Case("kid unknown", _signed(kid="evil"), 401, "key_unknown")
    yield Case("kid a path", _signed(kid="../../dev/null"), 401, "key_unknown")
    yield Case("kid a question", _signed(kid="' OR 1=1 --"), 401, "key_unknown")
    for kid in _NO_KIDS:
        yield Case(f"kid {kid!r}", _token(_with_header(kid=kid)), 401, "token_header")
    brought = {"jku": "https://evil.example/keys", "x5u": "https://evil.example/c"}
    for name, value in brought.items():
        how = {"key": _OTHER_KEY, "header": {name: value}}
        yield Case(f"brings {name}", _signed(**how), 401, "signature")
    own = {"jwk": _OTHER_KEY.as_dict(private=False)}
    yield Case("brings its own key", _signed(key=_OTHER_KEY, header=own), 401, "signature")
    yield Case("critical extension", _token(_with_header(crit=["x"], x=1)), 401, "token_header")
    yield Case("b64 false", _token(_with_header(b64=False, crit=["b64"])), 401, "token_header")


def _state(state: str) -> Attack:
    data = {"state": state, "id_token": "x"}
    return request("POST", "/lti/launch", data=data)


def _stolen(arena: Arena) -> Blow:
    login = arena.begin()
    login.browser = Browser()
    return arena.launch(login, arena.lms.sign(login.claims))


def _replayed(arena: Arena) -> Blow:
    login = arena.begin()
    arena.launch(login, arena.lms.sign(login.claims))
    return arena.launch(login, arena.lms.sign(login.claims))


def _second_token(arena: Arena) -> Blow:
    login = arena.begin()
    arena.launch(login, arena.lms.sign(login.claims))
    return arena.launch(login, arena.lms.sign(login.claims | {"sub": arena.lms.subject("bob")}))


def _token_of_another_login(arena: Arena) -> Blow:
    first, second = arena.begin(), arena.begin()
    return arena.launch(first, arena.lms.sign(second.claims))


def _state_of_another_login(arena: Arena) -> Blow:
    first, second = arena.begin(), arena.begin()
    first.state = second.state
    return arena.launch(first, arena.lms.sign(first.claims))


def _in_the_victims_browser(arena: Arena) -> Blow:
    attackers, victims = arena.begin(person="bob"), arena.begin()
    attackers.browser = victims.browser
    return arena.launch(attackers, arena.lms.sign(attackers.claims))


def _after_a_refusal(arena: Arena) -> Blow:
    login = arena.begin()
    arena.launch(login, arena.lms.sign(login.claims | {"nonce": "other"}))
    return arena.launch(login, arena.lms.sign(login.claims))


def _after_an_error(arena: Arena) -> Blow:
    login = arena.begin()
    data = {"state": login.state, "error": "access_denied"}
    arena.strike("POST", "/lti/launch", login.browser, data=data)
    return arena.launch(login, arena.lms.sign(login.claims))


def states() -> Iterator[Case]:
    """States and nonces that were stolen, used, swapped or made up."""
    for name, attack in {
        "stolen": _stolen,
        "replayed": _replayed,
        "a second token": _second_token,
        "the state of another login": _state_of_another_login,
        "in the victim's browser": _in_the_victims_browser,
        "after a refusal": _after_a_refusal,
        "after an error": _after_an_error,
    }.items():
        yield Case(name, attack, 401, "state_invalid")
    yield Case("the token of another login", _token_of_another_login, 401, "nonce")
    for state in (
        "a\0b",
        "x",
        "x" * 43,
        "é" * 20,
        "' OR 1=1 --",
        "..",
        "x" * 999,
        "%00",
        "\u202e" * 20,
    ):
        yield Case(f"{len(state)} characters, {state[:12]!r}", _state(state), 401, "state_invalid")
    yield Case("an endless state", _state("x" * 1001), 400, "malformed")
    yield Case("no state", _state(""), 400, "malformed")


def _mixed(make: Mix) -> Attack:
    """Return an attack in which a login of one LMS gets an answer of another."""

    def strike(arena: Arena) -> Blow:
        login = arena.begin()
        foreign = arena.other.claims_for("alice", arena.other.activities[101], login.nonce)
        return arena.launch(login, make(arena, login.claims, foreign))

    return strike


def _under_our_kid(arena: Arena, ours: Claims, _foreign: Claims) -> str:
    return arena.other.sign(ours, kid=arena.lms.signing_key.kid)


def _swapped(name: str, signer: str) -> Mix:
    """Return our token with one claim of the other LMS."""

    def make(arena: Arena, ours: Claims, foreign: Claims) -> str:
        lms = arena.lms if signer == "lms" else arena.other
        return lms.sign(ours | {name: foreign[name]})

    return make


def mix_ups() -> Iterator[Case]:
    """Answers of one LMS to the login of another."""
    yield Case("all of the other's", _mixed(lambda a, _o, f: a.other.sign(f)), 401, "key_unknown")
    yield Case("the other's, signed by ours", _mixed(lambda a, _o, f: a.lms.sign(f)), 401, "issuer")
    yield Case(
        "ours, signed by the other", _mixed(lambda a, o, _f: a.other.sign(o)), 401, "key_unknown"
    )
    yield Case("ours, by the other under our kid", _mixed(_under_our_kid), 401, "signature")
    yield Case("the other's iss, signed by ours", _mixed(_swapped("iss", "lms")), 401, "issuer")
    for name in DECISIVE:
        attack = _mixed(_swapped(name, "other"))
        short = name.removeprefix(CLAIM)
        yield Case(f"the other's {short}, signed by it", attack, 401, "key_unknown")
