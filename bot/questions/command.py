"""What can be asked of the bot and answered: a command with its period, dimension and file."""

from dataclasses import dataclass, field
from typing import Literal

from digests.numbers import telemetry
from digests.numbers.report import AsFile, Dimension
from digests.words.phrases import period_text
from providers.period import Period

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
ME = "me"
"""The person who asks."""


@dataclass(frozen=True)
class Command:
    """A command; cost, engineers, me, claude, why, forecast and export have a period, cost also a dimension.

    `lines` is the dimension of claude, `person` the address of the only one it asks for, or ME, and `view`
    what else it shows: telemetry `beside` the bill, or who is `blind`.
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
    period = f" {period_text(command.period)}" if command.period else ""
    if command.view == "blind":
        return "claude blind"
    if command.name == "claude":
        view = f" {command.view}" if command.view else ""
        return f"claude{view}{period} {command.person or f'by {command.lines}'}"
    dimension = command.dimension if command.name == "cost" else command.file.by
    by = f" by {dimension}" if dimension else ""
    form = f" {command.file.form}" if command.name == "export" else ""
    return f"{command.name}{period}{by}{form}"
