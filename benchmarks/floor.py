"""The floor: what asyncio needs that only calls, with neither database nor anything to lose."""

import asyncio
import json
from collections.abc import Iterator

CONNECTIONS = 32


def call_all(port: int, count: int, connections: int = CONNECTIONS, *, looks: bool = False) -> None:
    """Post so many scores with one token, and return when all are answered.

    Args:
        port: of the LMS.
        count: how many scores.
        connections: over which they go at the same time.
        looks: read the cell of each score, too.
    """
    asyncio.run(_call_all(port, count, connections, looks=looks))


async def _call_all(port: int, count: int, connections: int, *, looks: bool) -> None:
    numbers = iter(range(count))
    await asyncio.gather(*(_call(port, numbers, looks=looks) for _ in range(connections)))


async def _call(port: int, numbers: Iterator[int], *, looks: bool) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in numbers:
        if looks:
            writer.write(_look(number))
            await _answer(reader)
        writer.write(_post(number))
        await _answer(reader)
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        raise ConnectionError(head.decode())
    await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))


def _look(number: int) -> bytes:
    return (
        b"GET /column-0/results?user_id=learner-%d HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Authorization: Bearer token\r\n\r\n" % number
    )


def _post(number: int) -> bytes:
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
        b"POST /column-0/scores HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token\r\n"
        b"Content-Type: application/vnd.ims.lis.v1.score+json\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    )
