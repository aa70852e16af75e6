"""Many people at once, in a process of their own: `python -m tests.bench.load` reads what to do as JSON.

    a round: open every connection │ send every command at the same moment │ all acknowledged, all answered

The answering addresses are this process's own, so both times are read from one clock.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import msgspec

PATIENCE = 30.0  # seconds until a round must be over


@dataclass(frozen=True, kw_only=True)
class Orders:
    """Who asks what of whom, and how often. Every round is asked by all of `users` at once.

    A file called `slow`, if one is named, is there from a round's beginning until all are acknowledged.
    """

    port: int
    secret: str
    team_id: str
    users: Sequence[str]
    text: str
    rounds: int
    slow: str = ""


@dataclass
class Times:
    """Seconds from the sending: until acknowledged, until answered."""

    acks: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)


class LoadGenerator:
    """Everybody, and the address where their answers arrive."""

    def __init__(self, orders: Orders) -> None:
        self.orders, self.times = orders, Times()
        self._sent: dict[str, float] = {}
        self._waiting: set[str] = set()
        self._all_answered = asyncio.Event()

    async def come(self) -> Times:
        """Play every round; raises TimeoutError where one is not over in time."""
        server = await asyncio.start_server(self._answered, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            for number in range(self.orders.rounds):
                await asyncio.wait_for(self._round(number, port), PATIENCE)
        return self.times

    async def _round(self, number: int, port: int) -> None:
        self._waiting = {f"/{number}/{user}" for user in self.orders.users}
        self._all_answered.clear()
        wires = [await asyncio.open_connection("127.0.0.1", self.orders.port) for _ in self.orders.users]
        requests = [
            self._request(user, f"http://127.0.0.1:{port}/{number}/{user}") for user in self.orders.users
        ]
        self._slow_down()
        pairs = zip(self.orders.users, wires, requests, strict=True)
        await asyncio.gather(*[self._ask(f"/{number}/{user}", *wire, sent) for user, wire, sent in pairs])
        self._speed_up()
        await self._all_answered.wait()

    def _slow_down(self) -> None:
        if self.orders.slow:
            Path(self.orders.slow).touch()

    def _speed_up(self) -> None:
        if self.orders.slow:
            Path(self.orders.slow).unlink()

    def _request(self, user: str, answer_to: str) -> bytes:
        form = {
            "command": "/stackspend",
            "text": self.orders.text,
            "team_id": self.orders.team_id,
            "user_id": user,
            "channel_id": "C0SPEND001",
            "response_url": answer_to,
            "trigger_id": "1.2.3",
        }
        body, moment = urlencode(form).encode(), str(int(time.time()))
        signed = hmac.new(self.orders.secret.encode(), b"v0:%s:%s" % (moment.encode(), body), hashlib.sha256)
        head = (
            "POST /slack/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {moment}\r\n"
            f"X-Slack-Signature: v0={signed.hexdigest()}\r\n\r\n"
        )
        return head.encode() + body

    async def _ask(
        self, place: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
    ) -> None:
        self._sent[place] = time.perf_counter()
        writer.write(request)
        answer = await reader.read()
        self.times.acks.append(time.perf_counter() - self._sent[place])
        writer.close()
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"not acknowledged: {answer[:200]!r}")

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line for line in head.lower().splitlines() if line.startswith("content-length:"))
        body = await reader.readexactly(int(length.partition(":")[2]))
        place = head.split(" ")[1]
        self.times.answers.append(time.perf_counter() - self._sent[place])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()
        if b"Claude" not in body and b"$" not in body:
            raise RuntimeError(f"not an answer: {body[:200]!r}")
        self._waiting.discard(place)
        if not self._waiting:
            self._all_answered.set()


def main() -> None:
    """Do as told on standard input, and tell the times on standard output."""
    orders = msgspec.json.decode(sys.stdin.buffer.read(), type=Orders)
    sys.stdout.write(json.dumps(asdict(asyncio.run(LoadGenerator(orders).come()))))


if __name__ == "__main__":
    main()
