"""A native chart as a picture: an SVG template, rendered with a font that we ship.

This is our one chart, bars of one series. digests/terminal/figures.py and demo/browser/figures.py draw what
Slack itself draws, every chart of Block Kit, in characters and in its colors; they share `round_step` alone.
A renderer without a font silently leaves text out, and slim systems have none.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import resvg_py
from jinja2 import Environment

from digests.layout import environments
from digests.layout.blocks import Block
from digests.words import wording

WIDTH, HEIGHT = 1120, 480  # pixels: twice the width at which Slack shows a picture, for sharp screens
_LEFT, _RIGHT, _TOP, _GROUND = 110, WIDTH - 24, 70, HEIGHT - 50  # room for figures, title and days
_STEPS, _ROUND = (
    4,
    (1, 2, 2.5, 5, 10),
)  # lines of the grid, at most, and the figures at which people expect them
_ALT = 1000  # characters: https://docs.slack.dev/reference/methods/files.getUploadURLExternal


@dataclass(frozen=True)
class Bar:
    """A bar and the label under it."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Tick:
    """A line of the grid and its label."""

    y: float
    words: str


def svg(chart: Block) -> str:
    """Draw a `data_visualization` of one series of bars."""
    points = [(str(each["label"]), float(each["value"])) for each in chart["chart"]["series"][0]["data"]]
    highest = max(0.0, *(value for _, value in points))
    step = round_step(highest, _STEPS)
    lines = max(math.ceil(highest / step), 1)
    return (
        _environment()
        .get_template("chart.svg.j2")
        .render(
            width=WIDTH,
            height=HEIGHT,
            left=_LEFT,
            right=_RIGHT,
            ground=_GROUND,
            title=chart["title"],
            ticks=list(_ticks(step, lines)),
            bars=list(_bars(points, most=step * lines)),
        )
    )


def png(drawing: str) -> bytes:
    """Render an SVG as PNG, with the font that we ship and no other."""
    with as_file(files("digests").joinpath("fonts/DejaVuSans.ttf")) as font:
        return bytes(
            resvg_py.svg_to_bytes(svg_string=drawing, font_files=[str(font)], skip_system_fonts=True)
        )


def alt_text(chart: Block) -> str:
    """Describe a chart in words, for people who cannot see it."""
    series = chart["chart"]["series"][0]
    points = ", ".join(f"{each['label']} ${each['value']:,.2f}" for each in series["data"])
    words = wording.plain(f"{chart['title']}: {points}.")
    return words if len(words) <= _ALT else f"{words[: _ALT - 1]}…"


def round_step(extent: float, steps: int) -> float:
    """Return the distance between two lines of a grid of at most so many, a round number."""
    rough = (extent or 1) / steps
    size = 10.0 ** math.floor(math.log10(rough))
    return next(size * each for each in _ROUND if size * each >= rough)


def _ticks(step: float, lines: int) -> Iterator[Tick]:
    for number in range(lines + 1):
        y = _GROUND - (_GROUND - _TOP) * number / lines
        yield Tick(round(y, 1), f"${step * number:,.2f}" if step < 1 else f"${step * number:,.0f}")


def _bars(points: Sequence[tuple[str, float]], *, most: float) -> Iterator[Bar]:
    slot = (_RIGHT - _LEFT) / len(points)
    for number, (label, value) in enumerate(points):
        height = (_GROUND - _TOP) * max(value, 0) / most
        x = _LEFT + slot * (number + 0.15)
        yield Bar(round(x, 1), round(_GROUND - height, 1), round(slot * 0.7, 1), round(height, 1), label)


@cache
def _environment() -> Environment:
    return environments.of_markup("templates/pictures")
