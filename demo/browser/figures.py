"""The geometry of a chart: a block's numbers become bars, lines and slices in a drawing of fixed size."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from digests.layout.picture import round_step
from digests.terminal.text import clean

Block = Mapping[str, Any]
Point = tuple[float, float]

WIDTH, HEIGHT = 560, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 8, 16, 28
_TICKS: Final = 5
_LETTER: Final = 6.2  # pixels, about, of a letter of a label


@dataclass(frozen=True)
class Bar:
    """A bar of a series; `words` is what it says."""

    x: float
    y: float
    width: float
    height: float
    series: int
    words: str


@dataclass(frozen=True)
class Slice:
    """A piece of a pie, as a path."""

    path: str
    series: int
    words: str


@dataclass(frozen=True)
class Line:
    """A series as a line, or as the area under it."""

    points: str
    series: int
    is_area: bool


@dataclass(frozen=True)
class Figure:
    """A chart, ready to be drawn; `rows` hold the same numbers for who cannot see it, names first."""

    title: str
    unit: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    legend: Sequence[tuple[int, str]] = ()
    grid: Sequence[tuple[float, str]] = ()
    labels: Sequence[tuple[float, str]] = ()
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    slices: Sequence[Slice] = ()
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def alt_text(self) -> str:
        """The whole chart in a sentence."""
        series = " and ".join(self.head[1:])
        points = ", ".join(f"{name} {', '.join(numbers)}" for name, *numbers in self.rows)
        return f"{self.title}. {series}{f' in {self.unit}' if self.unit else ''}: {points}."


def figure(block: Block) -> Figure:
    """Lay out a `data_visualization` block."""
    chart = block["chart"]
    return _pie(block) if chart["type"] == "pie" else _plot(block)


@dataclass(frozen=True)
class _Scale:
    """Convert numbers to pixels, downwards."""

    step: float
    least: float
    most: float
    span: float = field(default=HEIGHT - _TOP - _BOTTOM)

    def y(self, value: float) -> float:
        share = (value - self.least) / (self.most - self.least)
        return round(_TOP + self.span * (1 - share), 2)

    def ticks(self) -> list[float]:
        count = round((self.most - self.least) / self.step)
        return [self.least + self.step * number for number in range(count + 1)]


def _scale(values: Sequence[float]) -> _Scale:
    lowest, highest = min(0.0, *values), max(0.0, *values)
    step = round_step(highest - lowest, _TICKS)
    return _Scale(step, math.floor(lowest / step) * step, max(math.ceil(highest / step), 1) * step)


def _plot(block: Block) -> Figure:
    chart, axes = block["chart"], block["chart"]["axis_config"]
    names = [clean(series["name"]) for series in chart["series"]]
    values = [_values(series, axes["categories"]) for series in chart["series"]]
    categories = [clean(category) for category in axes["categories"]]
    scale = _scale([value for each in values for value in each])
    slot = (WIDTH - _LEFT - _RIGHT) / len(categories)
    middles = [_LEFT + slot * (number + 0.5) for number in range(len(categories))]
    is_bars = chart["type"] == "bar"
    return Figure(
        title=clean(block["title"]),
        unit=clean(axes.get("y_label", "")),
        head=[clean(axes.get("x_label", "")), *names],
        rows=[(name, *(_written(each[number]) for each in values)) for number, name in enumerate(categories)],
        legend=list(enumerate(names)) if len(names) > 1 else [],
        grid=[(scale.y(tick), _written(tick)) for tick in scale.ticks()],
        labels=list(_labels(middles, categories)),
        bars=_bars(values, categories, slot, scale) if is_bars else [],
        lines=[] if is_bars else _lines(values, middles, scale, is_area=chart["type"] == "area"),
    )


def _labels(middles: Sequence[float], categories: Sequence[str]) -> Iterator[tuple[float, str]]:
    """Leave out what would run into the label before it."""
    free = 0.0
    for x, name in zip(middles, categories, strict=True):
        half = len(name) * _LETTER / 2
        if x - half >= free:
            free = x + half + _LETTER
            yield x, name


def _values(series: Block, categories: Sequence[str]) -> list[float]:
    values = {point["label"]: point["value"] for point in series["data"]}
    return [values[name] for name in categories]


def _bars(
    values: Sequence[Sequence[float]], categories: Sequence[str], slot: float, scale: _Scale
) -> list[Bar]:
    width, ground = slot * 0.7 / len(values), scale.y(0)
    bars = []
    for series, numbers in enumerate(values):
        for number, value in enumerate(numbers):
            x, y = _LEFT + slot * (number + 0.15) + series * width, scale.y(value)
            words = f"{categories[number]}: {_written(value)}"
            bars.append(
                Bar(round(x, 2), min(y, ground), round(width, 2), round(abs(ground - y), 2), series, words)
            )
    return bars


def _lines(
    values: Sequence[Sequence[float]], middles: Sequence[float], scale: _Scale, *, is_area: bool
) -> list[Line]:
    drawn = []
    for series, numbers in enumerate(values):
        points = [(x, scale.y(value)) for x, value in zip(middles, numbers, strict=True)]
        ends = [(middles[0], scale.y(0)), (middles[-1], scale.y(0))]
        around = [ends[0], *points, ends[1]] if is_area else points
        drawn.append(Line(" ".join(f"{x:g},{y:g}" for x, y in around), series, is_area))
    return drawn


def _pie(block: Block) -> Figure:
    segments = block["chart"]["segments"]
    total = sum(segment["value"] for segment in segments)
    middle, radius, begun = (WIDTH / 2, HEIGHT / 2), HEIGHT / 2 - 8, 0.0
    slices, rows = [], []
    for number, segment in enumerate(segments):
        share = segment["value"] / total
        rows.append((clean(segment["label"]), _written(segment["value"]), f"{share:.0%}"))
        words = f"{rows[-1][0]}: {share:.0%}"
        slices.append(Slice(_wedge(middle, radius, begun, begun + share), number, words))
        begun += share
    legend = [(number, f"{name} {share}") for number, (name, _, share) in enumerate(rows)]
    return Figure(
        title=clean(block["title"]),
        unit="",
        head=["", "Value", "Share"],
        rows=rows,
        legend=legend,
        slices=slices,
    )


def _wedge(middle: Point, radius: float, begin: float, end: float) -> str:
    """Draw a wedge clockwise from noon; a whole pie stops just short, or nothing would be drawn."""
    end = min(end, begin + 0.9999)
    (x0, y0), (x1, y1) = _on_circle(middle, radius, begin), _on_circle(middle, radius, end)
    large = int(end - begin > 0.5)
    return (
        f"M{middle[0]:g} {middle[1]:g}L{x0:.2f} {y0:.2f}A{radius:g} {radius:g} 0 {large} 1 {x1:.2f} {y1:.2f}Z"
    )


def _on_circle(middle: Point, radius: float, share: float) -> Point:
    angle = 2 * math.pi * share
    return middle[0] + radius * math.sin(angle), middle[1] - radius * math.cos(angle)


def _written(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
