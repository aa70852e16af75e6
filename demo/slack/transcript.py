"""The transcript of what people see, in order, which the demo prints and tests wait for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from demo.blockkit.messages import words_in

Kind = Literal[
    "command",
    "click",
    "message",
    "dm",
    "ephemeral",
    "edit",
    "delete",
    "file",
    "modal",
    "modal_update",
    "modal_errors",
    "modal_close",
    "home",
    "failure",
]


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as Slack keeps it; `seen_by` names the one person an ephemeral message is for."""

    channel: str
    ts: str
    content: Mapping[str, Any]
    author: str
    seen_by: str | None = None
    thread_ts: str | None = None
    edited_ts: str | None = None

    @property
    def text(self) -> str:
        """The top-level text."""
        return str(self.content.get("text") or "")

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """The blocks, each with the block_id Slack gave it."""
        return list(self.content.get("blocks") or [])


@dataclass(frozen=True, kw_only=True)
class View:
    """A modal or a Home tab in front of one person; `typed` is what they entered so far."""

    id: str
    owner: str
    content: Mapping[str, Any]
    hash: str
    opened_in: str | None = None
    previous: str | None = None
    root: str = ""
    typed: Mapping[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    @property
    def external_id(self) -> str:
        """The id the bot gave it, or nothing."""
        return str(self.content.get("external_id") or "")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing on somebody's screen; `user` is the only one to see it, or None for everybody."""

    index: int
    at: datetime
    kind: Kind
    user: str | None = None
    channel: str | None = None
    text: str = ""
    subject: Message | View | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def payload(self) -> Mapping[str, Any]:
        """The content on the screen, as Slack got it."""
        return self.subject.content if self.subject else {"text": self.text}

    @property
    def words(self) -> str:
        """All texts that a person can read in it."""
        parts = [self.text, *self.errors.values(), *words_in(dict(self.payload))]
        return "\n".join(dict.fromkeys(filter(None, parts)))


class Transcript:
    """An ordered, thread-safe list of entries that one can wait on."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._grown = threading.Condition()

    def __iter__(self) -> Iterator[Entry]:
        with self._grown:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        with self._grown:
            return len(self._entries)

    def add(self, kind: Kind, *, at: float, **facts: Any) -> Entry:  # noqa: ANN401 the fields of Entry
        """Record what just happened and wake whoever waits for it."""
        with self._grown:
            moment = datetime.fromtimestamp(at, UTC)
            entry = Entry(index=len(self._entries), at=moment, kind=kind, **facts)
            self._entries.append(entry)
            self._grown.notify_all()
        return entry

    def wait(self, wanted: Callable[[Entry], bool], *, after: int = -1, timeout: float = 10) -> Entry:
        """Return the first entry past `after` that is wanted, as soon as there is one."""

        def first() -> Entry | None:
            return next((e for e in self._entries[after + 1 :] if wanted(e)), None)

        with self._grown:
            entry = self._grown.wait_for(first, timeout)
            if entry is None:
                seen = [f"{e.index} {e.kind} {e.words[:80]!r}" for e in self._entries[after + 1 :]]
                raise TimeoutError(f"waited {timeout} s for what did not come; there was {seen}")
        return entry
