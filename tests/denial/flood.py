"""What an attacker sends without pause from one address: requests that fail, at a steady pace.

python -m tests.denial.flood ADDRESS PER_MINUTE LEAST — until its input ends, and it has sent LEAST;
then it prints what it was answered, by status, and for how long it went on. A process of its own,
so that it slows down nothing but the machine.
"""

import http.client
import json
import sys
import threading
import time
from collections import Counter
from itertools import count
from typing import Final
from urllib.parse import urlencode, urlsplit

_THREADS: Final = 16
_FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
_UNKNOWN: Final = urlencode(
    {
        "iss": "https://evil.example",
        "login_hint": "1",
        "target_link_uri": "http://127.0.0.1:5000/lti/launch",
    }
)
#: Method, path, body: logins for the most part, and the other doors between them.
BLOWS: Final = (
    ("POST", "/lti/login", _UNKNOWN),
    ("POST", "/lti/login", "iss=https%3A%2F%2Fevil.example"),
    ("POST", "/lti/launch", urlencode({"state": "x" * 43, "id_token": "a.b.c"})),
    ("POST", "/lti/login", _UNKNOWN),
    ("GET", f"/t/{'x' * 43}", ""),
    ("GET", f"/v/{'x' * 43}/mentoring/", ""),
)


class Flood:
    """Sends at a pace until it is told to stop."""

    def __init__(self, address: str, per_minute: int) -> None:
        self._netloc = urlsplit(address).netloc
        self._pause = 60 / per_minute
        self._began = time.monotonic()
        self._numbers = count()
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._answered = threading.Condition()
        self._answers: Counter[int] = Counter()

    def run(self, least: int) -> dict[str, object]:
        """Flood until the input ends; returns answers by status, and the seconds that it took."""
        threads = [threading.Thread(target=self._strike_on) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        # Whoever started this process ends it, should that never be.
        with self._answered:
            self._answered.wait_for(lambda: sum(self._answers.values()) >= least)
        self._is_over.set()
        for thread in threads:
            thread.join()
        return {"answers": self._answers, "seconds": time.monotonic() - self._began}

    def _strike_on(self) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=60)
        while not self._is_over.is_set():
            with self._lock:
                number = next(self._numbers)
            # Each blow has its moment: who is late strikes at once.
            self._is_over.wait(max(0.0, self._began + number * self._pause - time.monotonic()))
            method, path, body = BLOWS[number % len(BLOWS)]
            try:
                connection.request(method, path, body or None, _FORM if body else {})
                answer = connection.getresponse()
                answer.read()
            except (http.client.HTTPException, ConnectionError):
                # gunicorn closes a connection that was idle; that is no answer.
                connection.close()
                continue
            with self._answered:
                self._answers[answer.status] += 1
                self._answered.notify()


if __name__ == "__main__":
    json.dump(Flood(sys.argv[1], int(sys.argv[2])).run(int(sys.argv[3])), sys.stdout)
