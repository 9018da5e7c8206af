"""Switches over HTTP, for a sandbox that runs as a process of its own. From this machine only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from lti_app.testing.sandbox.faults import FAMILIES, Fault
from lti_app.testing.sandbox.state import Platform, current_platform
from lti_app.testing.sandbox.storage import STORAGE_MODES

blueprint = Blueprint("control", __name__, url_prefix="/sandbox")


@blueprint.before_request
def only_from_here() -> None:
    if request.remote_addr not in ("127.0.0.1", "::1"):
        abort(403)


@blueprint.post("/switch")
def switch() -> Response:
    """Set switches: `{"scores": "500"}`, `{"token": {"mode": "slow", "seconds": 3, "count": 1}}`.

    Besides: `clock_skew` (seconds), `storage` (how it behaves), and `rotate_key`, `revoke_tokens`,
    `mend` (true).
    """
    platform = current_platform()
    wanted = request.get_json()
    for name, value in wanted.items():
        if name in FAMILIES:
            platform.switches.set(name, _fault(value))
        elif name in _ACTIONS:
            _ACTIONS[name](platform, value)
        else:
            abort(400, f"unknown switch {name}")
    return jsonify({family: asdict(getattr(platform.switches, family)) for family in FAMILIES})


def _fault(value: Any) -> Fault:
    try:
        return Fault(**value) if isinstance(value, dict) else Fault(str(value))
    except (TypeError, ValueError) as error:
        abort(400, str(error))


def _set_storage(platform: Platform, mode: Any) -> None:
    if mode not in STORAGE_MODES:
        abort(400, f"unknown storage {mode!r}; one of {', '.join(STORAGE_MODES)}")
    platform.storage_mode = mode


def _set_skew(platform: Platform, seconds: Any) -> None:
    platform.clock_skew = int(seconds)


_ACTIONS: dict[str, Callable[[Platform, Any], object]] = {
    "clock_skew": _set_skew,
    "storage": _set_storage,
    "rotate_key": lambda platform, _: platform.rotate_key(),
    "revoke_tokens": lambda platform, _: platform.revoke_tokens(),
    "mend": lambda platform, _: platform.switches.mend(),
}


@blueprint.get("/requests")
def requests_so_far() -> Response:
    """The service log, newest last; `?family=scores` for one family."""
    return jsonify(
        [asdict(entry) for entry in current_platform().log.of(request.args.get("family"))]
    )
