"""The floor: what asyncio needs that only posts, with neither database nor anything to lose."""

import asyncio
import json
from collections.abc import Iterator

CONNECTIONS = 32


def post_all(port: int, count: int) -> None:
    """Post so many scores over 32 connections with one token, and return when all are answered."""
    asyncio.run(_post_all(port, count))


async def _post_all(port: int, count: int) -> None:
    numbers = iter(range(count))
    await asyncio.gather(*(_post(port, numbers) for _ in range(CONNECTIONS)))


async def _post(port: int, numbers: Iterator[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        writer.write(_request(number))
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise ConnectionError(head.decode())
    writer.close()
    await writer.wait_closed()


def _request(number: int) -> bytes:
    score = {
        "userId": f"learner-{number}",
        "scoreGiven": 80,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-23T12:00:00.000Z",
    }
    body = json.dumps(score).encode()
    return (
        b"POST /column/scores HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token\r\n"
        b"Content-Type: application/vnd.ims.lis.v1.score+json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
