"""Run the demo LMS as a process of its own: `python -m lti_app.testing.sandbox --tool URL`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from dataclasses import asdict

from lti_app.testing.sandbox.sandbox import Sandbox
from lti_app.testing.sandbox.server import serve


def main() -> None:
    """Print one line of JSON (address and registration), then serve until told to stop."""
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument(
        "--tool", required=True, help="where the tool is, without a slash at the end"
    )
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--profile", choices=("moodle", "canvas"), default="moodle")
    parser.add_argument("--name", default="Sandbox LMS")
    wanted = parser.parse_args()
    sandbox = Sandbox.demo(
        f"http://{wanted.host}:{wanted.port}",
        wanted.tool,
        name=wanted.name,
        profile=wanted.profile,
    )
    server = serve(sandbox)
    told_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told_to_stop.set())
    line = {"url": server.url, "registration": asdict(sandbox.registration())}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    told_to_stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
