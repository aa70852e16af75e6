"""The parts of a reading, the one meaning of a typed text, and the result of parsing it."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from bot.questions.reading.names import Name
from bot.questions.reading.spans import Span

Command = Literal[
    "summary",
    "cost",
    "engineers",
    "me",
    "claude",
    "why",
    "forecast",
    "budget",
    "alerts",
    "savings",
    "keys",
    "digest",
    "export",
    "status",
    "sync",
    "connect",
    "disconnect",
    "settings",
    "audit",
    "help",
]
Dimension = Literal[
    "model",
    "engineer",
    "workspace",
    "key",
    "token type",
    "product",
    "day",
    "week",
    "month",
    "team",
    "session",
    "skill",
    "subagent",
    "mcp server",
    "repository",
]
Form = Literal["csv", "json"]
OWN = Name("engineer", "me", "me")
"""The person who asks, as a filter; only the caller knows who that is."""


@dataclass(frozen=True)
class Reading:
    """What a text asks for. `words` are the arguments of a command without a period, as `digest pause`.

    `period` is symbolic (`last week`); None is the command's usual one. `compare` is another period, or
    another member of the dimension of the only filter. `zone` is "" where the text names none.
    """

    command: Command
    period: Span | None = None
    dimensions: tuple[Dimension, ...] = ()
    filters: tuple[Name, ...] = ()
    compare: Span | Name | None = None
    limit: int | None = None
    form: Form | None = None
    zone: str = ""
    words: tuple[str, ...] = ()
    amount: Decimal | None = None


@dataclass(frozen=True)
class Result:
    """The reading of a text, or `unused` words or a `sentence` on why there is none.

    `is_literal` is false where something was guessed or corrected, so that the answer says how the text was
    read. `suggestions` are other readings, likeliest first: of the whole text, or of the part that is
    understood.
    """

    typed: tuple[str, ...]
    reading: Reading | None = None
    is_literal: bool = True
    unused: tuple[str, ...] = ()
    sentence: str = ""
    suggestions: tuple[Reading, ...] = field(default=())
