"""The engineers' clients: every few seconds they report what happened since they last did."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import httpx

from demo.company.organization import Organization
from demo.telemetry.requests import Request, body, on_call, requests

PACE = 2.0  # seconds between two exports; Claude Code takes five, and somebody looks on
TOGETHER = 200  # requests in one body
HISTORY = timedelta(days=9)  # that collectors had queued when telemetry was connected
Post = Callable[[bytes], bool]
"""Sends a body; says whether it was taken."""


def to(address: Callable[[], str], token: str) -> Post:
    """Return how a body is sent to the bot, wherever it listens now."""

    def post(content: bytes) -> bool:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            answer = httpx.post(f"{address()}/otlp/v1/logs", content=content, headers=headers, timeout=5)
        except httpx.TransportError:
            return False
        return answer.status_code == httpx.codes.OK

    return post


class Senders:
    """Everybody's clients, in one thread."""

    def __init__(self, organization: Organization, now: Callable[[], datetime], post: Post) -> None:
        """Have sent nothing yet."""
        self._organization, self._now, self._post = organization, now, post
        self._until = self._live = now()
        self._begin = self._until - HISTORY
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="senders", daemon=True)
        self.sent = 0

    def start(self) -> None:
        """Send what was queued, then whatever happens."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sending."""
        self._stopping.set()

    def send_history(self) -> None:
        """Send what collectors had queued, the newest day first."""
        end = self._until
        while end > self._begin and not self._stopping.is_set():
            start = max(end - timedelta(days=1), self._begin)
            every = requests(self._organization, start, end, now=self._until)
            for part in _parts(every):
                while not self._post(body(part)) and not self._stopping.wait(PACE):
                    continue
                self.sent += len(part)
            end = start

    def send_live(self) -> None:
        """Send what happened since the last time; try again later what is not taken."""
        now = self._now()
        every = [
            *requests(self._organization, self._live, now, now=self._until),
            *on_call(self._organization, max(self._live, now - timedelta(minutes=10)), now),
        ]
        if all(self._post(body(part)) for part in _parts(every)):
            self._live, self.sent = now, self.sent + len(every)

    def _run(self) -> None:
        self.send_live()
        self.send_history()
        while not self._stopping.wait(PACE):
            self.send_live()


def _parts(every: Sequence[Request]) -> Iterator[Sequence[Request]]:
    return (every[start : start + TOGETHER] for start in range(0, len(every), TOGETHER))
