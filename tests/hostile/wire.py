"""Attacks by how a request is written: headers, framing, methods, and ways to encode a form."""

import gzip
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import requests

from tests.hostile.arena import Arena, Attack, Blow, Case, request
from tests.hostile.launches import FORM

_LAUNCH: Final = "/lti/launch"
_HEAD: Final = "POST /lti/launch HTTP/1.1\r\nHost: 127.0.0.1:5000\r\n"
_TYPE: Final = "Content-Type: application/x-www-form-urlencoded\r\n"
_BODY: Final = "state=x&id_token=x"
_SECOND: Final = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def _raw(text: str | bytes) -> Attack:
    """Return an attack that writes exactly these bytes, and takes one answer for them."""
    wanted = text.encode("latin-1") if isinstance(text, str) else text

    def attack(arena: Arena) -> Blow:
        stood, began = arena.count(), arena.log.stat().st_size
        started = time.monotonic()
        where = urlsplit(arena.process.url)
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(wanted)
            # No more comes: who waits for it says so, instead of waiting until the end of days.
            connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert received.count(b"HTTP/1.1 ") == 1, received
        answer = requests.Response()
        answer.status_code = int(received.split(b" ", 2)[1])
        answer._content = received.partition(b"\r\n\r\n")[2]
        answer.encoding = "utf-8"
        return Blow(answer, time.monotonic() - started, stood, began)

    return attack


def _head(*lines: str, body: str = _BODY) -> Attack:
    """Return an attack with a launch that has more headers than it should."""
    length = "" if any("ength" in line for line in lines) else f"Content-Length: {len(body)}\r\n"
    return _raw(_HEAD + _TYPE + length + "".join(f"{line}\r\n" for line in lines) + "\r\n" + body)


#: Refused by gunicorn itself, before the tool is asked: each could be read in two ways.
_TWOFOLD: Final[Mapping[str, tuple[Attack, int]]] = {
    "two lengths": (_head("Content-Length: 18", "Content-Length: 5"), 400),
    "a length of words": (_head("Content-Length: many"), 400),
    "a negative length": (_head("Content-Length: -1"), 400),
    "a length with a plus": (_head("Content-Length: +18"), 400),
    "a length in another script": (_head("Content-Length: \xb2"), 400),
    "a length and chunks": (
        _head("Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n" + _SECOND),
        400,
    ),
    "chunks said twice": (
        _head("Transfer-Encoding: chunked, chunked", body="0\r\n\r\n" + _SECOND),
        400,
    ),
    "a blank in a header's name": (_head("X : y"), 400),
    "a header without a name": (_head(": y"), 400),
    "a folded header": (_head("X: y", " z"), 400),
    "a NUL in a header": (_head("X: y\0z"), 400),
    "a method in small letters": (_raw("get /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 400),
    "a version of nothing": (_raw("GET /healthz HTTP/9.9\r\nHost: a\r\n\r\n"), 400),
    "a header of 20 kB": (_head("X: " + "y" * 20_000), 431),
    "300 headers": (_head(*(f"X-{number}: y" for number in range(300))), 431),
    "an address of 20 kB": (_raw(f"GET /{'a' * 20_000} HTTP/1.1\r\nHost: a\r\n\r\n"), 414),
}
#: Taken, and of no effect.
_CLAIMED: Final[Mapping[str, str]] = {
    "another host": "X-Forwarded-Host: evil.example",
    "https": "X-Forwarded-Proto: https",
    "another port": "X-Forwarded-Port: 1",
    "another place of the host": "SCRIPT_NAME: /lti",
    "another path": "PATH_INFO: /healthz",
    "a prefix": "X-Forwarded-Prefix: /evil",
    "a proxy": "Forwarded: for=127.0.0.1;host=evil.example;proto=https",
    "an address of here": "X-Forwarded-For: 127.0.0.1",
    "a client of here": "X-Real-IP: 127.0.0.1",
    "another method": "X-HTTP-Method-Override: GET",
    "another method again": "X-Method-Override: DELETE",
    "another address": "X-Original-URL: /healthz",
    "another address again": "X-Rewrite-URL: /healthz",
    "a user": "Remote-User: admin",
    "a password": "Authorization: Basic YWRtaW46YWRtaW4=",
    "a cookie of nothing": "Cookie: =; ; =x; a=\x80; __Host-seen=" + "x" * 3000,
    "500 cookies": "Cookie: " + "; ".join(f"c{number}=x" for number in range(500)),
    "a language of 5,000 letters": "Accept-Language: " + "x" * 5000,
    "languages of no kind": "Accept-Language: ;q=nan,*;q=-1,\xff,a-b-c-d;q=9",
    "an impossible type": "Accept: ;;;q=x/*",
    "a part of it": "Range: bytes=0-0,-1,99999999999999999999-",
    "what it has already": 'If-None-Match: "x", *',
    "a time of nothing": "If-Modified-Since: Mon, 99 Foo 99999999999999 99:99:99 +9999999999",
    "a rise": "Upgrade: h2c",
}


def headers() -> Iterator[Case]:
    """Requests that two programs read in two ways, and headers that claim what is not so."""
    for name, (attack, status) in _TWOFOLD.items():
        yield Case(name, attack, status, "")
    for name, line in _CLAIMED.items():
        yield Case(f"claims {name}", _head(line), 401, "state_invalid")
    for method in ("TRACE", "PROPFIND", "FOO", "OPTIONS*"):
        yield Case(method, request(method, "/lti/login"), 405, "method_not_allowed")
    yield Case(
        "a host of nothing", _raw("GET /nowhere HTTP/1.1\r\nHost: \r\n\r\n"), 404, "not_found"
    )


def _sent(body: bytes | str, kind: str = FORM["Content-Type"], **headers: str) -> Attack:
    data = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request("POST", _LAUNCH, data=data, headers={"Content-Type": kind, **named})


def _part(name: str, value: bytes, more: bytes = b"") -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="' + name.encode() + b'"' + more
    return head + b"\r\n\r\n" + value + b"\r\n"


_GOOD_PARTS: Final = _part("state", b"x") + _part("id_token", b"x")
_MULTI: Final = "multipart/form-data; boundary=x"
#: What reads as a launch of a state that never was, however it is written.
_READABLE: Final[Mapping[str, Attack]] = {
    "escapes of small letters": _sent("%73tate=%78&id_token=x"),
    "escaped twice": _sent("state=%2578&id_token=x"),
    "too long an escape": _sent(b"state=%C0%AE&id_token=x"),
    "an escape of a page of old": _sent("state=%u0078&id_token=x"),
    "half an escape": _sent("state=%&id_token=%zz"),
    "half a surrogate": _sent("state=%ED%A0%80&id_token=x"),
    "a charset that is none": _sent(_BODY, FORM["Content-Type"] + "; charset=klingon"),
    "UTF-7": _sent("state=+AHg-&id_token=x", FORM["Content-Type"] + "; charset=utf-7"),
    "a mark first": _sent("a=b&state=x&id_token=x\ufeff"),
    "parts": _sent(_GOOD_PARTS + b"--x--\r\n", _MULTI),
    "parts of another script": _sent(
        _part("state", b"\xe9\xff", b"\r\nContent-Type: text/plain; charset=utf-16")
        + _part("id_token", b"x")
        + b"--x--\r\n",
        _MULTI,
    ),
    "more in the address": request(
        "POST", _LAUNCH + "?state=y&id_token=z", data=_BODY, headers=FORM
    ),
    "a token twice": _sent("state=x&id_token=x&id_token=y"),
    "divided otherwise": _sent("state=x;id_token=x"),
    "a part with 20 kB of headers": _sent(
        _part("state", b"x", b"\r\nX: " + b"y" * 20_000) + b"--x--\r\n", _MULTI
    ),
    "one letter from another script": _sent("state=" + quote("\uff58" * 43) + "&id_token=x"),
    "a letter and its mark": _sent("state=" + quote("e\u0301" * 20) + "&id_token=x"),
}
#: What is no form with a state and a token.
_UNREADABLE: Final[Mapping[str, Attack]] = {
    "bytes of another script": _sent(b"state=\xe9\xff&id_token=\xfe"),
    "UTF-16": _sent(_BODY.encode("utf-16"), FORM["Content-Type"] + "; charset=utf-16"),
    "packed": _sent(gzip.compress(_BODY.encode()), Content_Encoding="gzip"),
    "no type": _sent(_BODY, ""),
    "a type of words": _sent(_BODY, "a form, please"),
    "JSON": _sent('{"state": "x", "id_token": "x"}', "application/json"),
    "XML": _sent('<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "text/xml"),
    "a state twice": _sent("state=x&state=y&id_token=x"),
    "a list of states": _sent("state[]=x&id_token=x"),
    "the names in capitals": _sent("STATE=x&ID_TOKEN=x"),
    "only in the address": request("POST", _LAUNCH + "?state=y&id_token=z", headers=FORM),
    "parts without an end": _sent(_GOOD_PARTS, "multipart/form-data"),
    "parts divided by nothing": _sent(_GOOD_PARTS, "multipart/form-data; boundary="),
    "parts divided by 300 letters": _sent(b"", f"multipart/form-data; boundary={'x' * 300}"),
    "a file for a state": _sent(
        _part("state", b"x", b'; filename="../../x"') + _part("id_token", b"x") + b"--x--\r\n",
        _MULTI,
    ),
}


def encodings() -> Iterator[Case]:
    """Forms that are written in odd ways: each is read in one way, or not at all."""
    for name, attack in _READABLE.items():
        yield Case(name, attack, 401, "state_invalid")
    for name, attack in _UNREADABLE.items():
        yield Case(name, attack, 400, "malformed")
    many = _sent(_part("a", b"b") * 2000 + b"--x--\r\n", _MULTI)
    yield Case("2,000 parts", many, 413, "too_large")
