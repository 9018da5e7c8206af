"""An LMS that takes every score after a fixed time, as a process of its own.

It keeps no more than what was posted, so that what is measured is the tool.
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from email.utils import formatdate
from urllib.parse import parse_qs, urlsplit

_TOKEN = json.dumps({"access_token": "token", "token_type": "bearer", "expires_in": 3600}).encode()


class Lms:
    """Answers requests over connections that it keeps."""

    def __init__(self, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        self._columns: dict[str, dict[str, dict[str, object]]] = defaultdict(dict)
        self._counts: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it closes."""
        try:
            while True:
                url, body = await self._request(reader)
                writer.write(_response(await self._answer(url, body)))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> tuple[str, bytes]:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return head.split(b" ", 2)[1].decode(), await reader.readexactly(length)

    async def _answer(self, url: str, body: bytes) -> bytes:
        _, column, *service = urlsplit(url).path.split("/")
        if column == "reset":
            # Say what was asked since the last time, and forget it and the grades.
            counts = json.dumps(self._counts).encode()
            self._counts.clear()
            self._columns.clear()
            return counts
        self._counts[service[0] if service else column] += 1
        if column == "token":
            return _TOKEN
        await asyncio.sleep(self._answer_seconds)
        cells = self._columns[column]
        if service == ["results"]:
            wanted = parse_qs(urlsplit(url).query).get("user_id", list(cells))
            return json.dumps([cells[user] for user in wanted if user in cells]).encode()
        score = json.loads(body)
        cells[score["userId"]] = {
            "userId": score["userId"],
            "resultScore": score["scoreGiven"],
            "resultMaximum": score["scoreMaximum"],
        }
        return b""


def _response(body: bytes) -> bytes:
    date = formatdate(usegmt=True).encode()
    head = b"HTTP/1.1 200 OK\r\nDate: %b\r\nContent-Length: %d\r\n\r\n" % (date, len(body))
    return head + body


async def main(answer_seconds: float) -> None:
    """Listen on a free port, tell it on standard output, and serve until killed."""
    server = await asyncio.start_server(Lms(answer_seconds).serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
