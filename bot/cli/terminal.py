"""The terminal: Slack's messages as text, JSON for machines, and progress bars."""

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from bot.errors import Failed
from bot.settings import WrongSettings
from digests.files.json_form import as_json, json_text
from digests.layout.message import Message
from digests.numbers.report import Progress
from digests.terminal.draw import draw
from digests.terminal.text import Viewer, one_line
from digests.words.wording import billed, counted, in_24_hours
from storage.engine.private_files import OWNER_ALONE

_WIDEST = 100  # columns: longer lines are hard to read
_IN_SLACK, _HERE = "/stackspend ", "stackspend "  # how one types a command there and here
_BAR = 30  # columns: beside its words it fits a terminal of 80
_PACE = 0.25  # seconds between two drawings, as often as the eye follows


def take_any_text() -> None:
    """Let standard output and error take any text: not every terminal knows every character."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # programs read it


def say(text: str) -> None:
    """Print a line of plain text, with control characters in names escaped."""
    print(one_line(text))  # noqa: T201 - the terminal is what this module is for


def confirms(question: str) -> bool:
    """Ask a question; any answer but yes is no."""
    say(f"{question} [y/N]")
    return sys.stdin.readline().strip().casefold() in ("y", "yes")


def complain(error: Exception) -> None:
    """Print on standard error why a verb failed; wrong settings one a line."""
    lines = str(error).splitlines() if isinstance(error, WrongSettings) else [str(error)]
    sys.stderr.write(f"stackspend: {chr(10).join(map(one_line, lines))}\n")


def tell(text: str) -> None:
    """Print a line on standard error, for people who wait."""
    sys.stderr.write(f"{one_line(text)}\n")


def show(message: Message, *, now: datetime, zone: str, out: TextIO | None = None) -> None:
    """Print a message as Slack would show it, to standard output by default."""
    out = out or sys.stdout
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    blocks = [  # nothing to press here
        {name: _in_24_hours(part) for name, part in block.items() if name != "accessory"}
        for block in message.blocks
        if block["type"] != "actions"
    ]
    viewer = Viewer(zone=ZoneInfo(zone), now=now)
    drawn = draw({"text": message.text, "blocks": blocks}, width, color=_takes_color(out), viewer=viewer)
    out.write(f"{drawn.replace(_IN_SLACK, _HERE)}\n")


def _in_24_hours(part: Any) -> Any:  # noqa: ANN401 - any part of a block, as JSON
    """Write the times in a part of a block as terminals show them."""
    if isinstance(part, str):
        return in_24_hours(part)
    if isinstance(part, Mapping):
        return {name: _in_24_hours(inner) for name, inner in part.items()}
    return [_in_24_hours(inner) for inner in part] if isinstance(part, list) else part


def _takes_color(out: TextIO) -> bool:
    """Say whether a stream is a terminal with colors, whose user wants them: https://no-color.org."""
    return out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def show_json(value: object) -> None:
    """Print an answer's numbers as one JSON object."""
    show_plain_json(as_json(value))


def show_plain_json(value: Mapping[str, Any]) -> None:
    """Print plain values as one JSON object."""
    sys.stdout.write(f"{json_text(value, indent=1)}\n")


@contextmanager
def output(path: str) -> Iterator[TextIO]:
    """Open standard output, or a file that appears only once it is complete. Raises Failed."""
    try:
        if path:
            with _whole(Path(path)) as out:
                yield out
        else:
            yield sys.stdout
            sys.stdout.flush()
    except OSError as error:
        raise Failed(f"{path or 'standard output'} can't be written: {error.strerror}") from error


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            os.fchmod(out.fileno(), _mode_of(path))  # before there is a figure in it
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _mode_of(path: Path) -> int:
    """Return a file's mode, which it keeps; a new file is readable by its owner only."""
    return stat.S_IMODE(path.stat().st_mode) if path.exists() else OWNER_ALONE


class Bar:
    """Progress on standard error: a bar that moves on a terminal, a plain line now and then elsewhere."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._last = -1
        self._next = 0.0

    def __call__(self, look: Callable[[], Progress | None]) -> None:
        """Show the progress, a few times a second at most."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _PACE
        if progress := look():
            self._show(progress)

    def _show(self, progress: Progress) -> None:
        percent = 100 * progress.days_read // max(progress.days_total, 1)
        words = f"{progress.days_read} of {counted(progress.days_total, 'day')}, {billed(progress.cost)}"
        if self._out.isatty():
            filled = _BAR * percent // 100
            self._out.write(f"\r{'█' * filled}{'░' * (_BAR - filled)} {percent:3d} %  {words}\033[K")
        elif percent // 10 != self._last // 10:
            self._out.write(f"history: {percent} %, {words}\n")
        self._last = percent
        self._out.flush()

    def end(self) -> None:
        """Leave the bar's line."""
        if self._out.isatty() and self._last >= 0:
            self._out.write("\n")
