"""An LMS that takes every score after a fixed time, as a process of its own.

It keeps nothing but a count, so that what is measured is the tool.
"""

import asyncio
import json
import sys

_TOKEN = json.dumps({"access_token": "token", "token_type": "bearer", "expires_in": 3600}).encode()


class Lms:
    """Answers requests over connections that it keeps."""

    def __init__(self, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        self._scores = 0
        self._tokens = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until it closes."""
        try:
            while True:
                path, body = await self._request(reader)
                writer.write(_response(await self._answer(path, body)))
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

    async def _answer(self, path: str, body: bytes) -> bytes:
        if path == "/counts":
            counts = {"scores": self._scores, "tokens": self._tokens}
            self._scores = self._tokens = 0
            return json.dumps(counts).encode()
        if path == "/token":
            self._tokens += 1
            return _TOKEN
        json.loads(body)
        await asyncio.sleep(self._answer_seconds)
        self._scores += 1
        return b""


def _response(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


async def main(answer_seconds: float) -> None:
    """Listen on a free port, tell it on standard output, and serve until killed."""
    server = await asyncio.start_server(Lms(answer_seconds).serve, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
