"""What can be asked of the bot and answered: a command with its period, dimension and file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from digests.numbers.build import UNNAMED
from digests.numbers.report import ME, AsFile, Dimension, Filter
from digests.numbers.telemetry import figures as telemetry
from digests.words.phrases import period_text
from providers.period import Period

__all__ = ["ME", "Command", "KeyTyped", "Misunderstood", "Name", "command_text"]

Name = Literal[
    "summary",
    "cost",
    "engineers",
    "me",
    "status",
    "sync",
    "connect",
    "disconnect",
    "connect claude",
    "disconnect claude",
    "claude",
    "why",
    "forecast",
    "digest",
    "settings",
    "audit",
    "audit csv",
    "export",
    "help",
]


View = Literal["", "beside", "blind"]


@dataclass(frozen=True)
class Command:
    """A command; cost, engineers, me, claude, why, forecast and export have a period.

    Cost also has one or two dimensions, a limit of lines, and what to `compare` with; cost and export have
    filters. `lines` is the
    dimension of claude, `person` the address of the only one it asks for, or ME, and `view` what else it
    shows: telemetry `beside` the bill, or who is `blind`.
    `read_as` is how it was read, where that was not literal.
    """

    name: Name
    period: Period | None = None
    dimension: Dimension = "model"
    file: AsFile = field(default_factory=AsFile)
    read_as: str = ""
    lines: telemetry.Dimension = "model"
    person: str = ""
    view: View = ""
    second: Dimension | None = None
    filters: tuple[Filter, ...] = ()
    limit: int | None = None
    compare: Period | Filter | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The dimensions of cost, in their order."""
        return (self.dimension, self.second) if self.second else (self.dimension,)

    @property
    def is_own(self) -> bool:
        """Whether only what the person who asks has spent counts, beside nobody else's."""
        return not isinstance(self.compare, Filter) and any(
            each.dimension == "engineer" and each.members == (ME,) for each in self.filters
        )


@dataclass(frozen=True)
class Misunderstood:
    """Why a text is no command: a `sentence`, or the `unused` words that the command cannot use.

    `nearest` are the commands that the person may have meant, the likeliest first.
    """

    typed: tuple[str, ...]
    sentence: str = ""
    unused: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyTyped:
    """The text has a key in it, which is neither used nor repeated."""


def command_text(command: Command) -> str:
    """Write a command as one would type it."""
    return " ".join(word for word in _words(command) if word)


def _words(command: Command) -> Iterator[str]:
    if command.view == "blind":
        yield "claude blind"
        return
    yield command.name
    yield command.view
    yield period_text(command.period) if command.period else ""
    yield f"vs {period_text(command.compare)}" if isinstance(command.compare, Period) else ""
    if command.name == "claude":
        yield command.person or f"by {command.lines}"
        return
    if command.name == "cost":
        yield f"by {' and '.join(command.dimensions)}"
    elif command.file.by:
        yield f"by {command.file.by}"
    yield from (_member(each.dimension, member) for each in command.filters for member in each.members)
    if isinstance(command.compare, Filter):
        yield "vs"
        yield from (_member(command.compare.dimension, member) for member in command.compare.members)
    yield f"top {command.limit}" if command.limit else ""
    yield command.file.form if command.name == "export" else ""


def _member(dimension: str, member: str) -> str:
    if member == ME:
        return ME
    return f'{dimension} "{member or UNNAMED["workspace"]}"'
