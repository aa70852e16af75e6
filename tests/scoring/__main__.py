"""`python -m tests.scoring`: how good forecasts and detection are, as the tables of docs/scoring.md.

The first run installs the open series into a folder, without their dependencies; nothing else needs them.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from digests.numbers.alerts.anomaly import CREEP, SPIKE
from digests.numbers.forecast import HOLDS
from tests.scoring import detection, forecasts
from tests.scoring.series import Series, every_series, install

SEED = 1
FOLDER = Path(".scoring")


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.scoring", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="of what is simulated")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the open series are installed")
    options = parser.parse_args()
    install(options.folder)
    series = every_series(options.folder, options.seed)
    for part in (_named(series), *_forecasts(series), *_detection(series)):
        sys.stdout.write(f"{part}\n\n")
    return 0


def _named(series: Mapping[str, Series]) -> str:
    return "Series: " + ", ".join(f"{name} ({len(days):,} days)" for name, days in series.items()) + "."


def _forecasts(series: Mapping[str, Series]) -> Iterator[str]:
    parts = {
        "days 1 to 13": forecasts.EARLY,
        "days 14 to 25": forecasts.LATE,
        **{f"day {day}": (day,) for day in (*forecasts.EARLY, *forecasts.LATE)},
    }
    rules = [*forecasts.RULES, forecasts.OURS]
    rows = []
    for name, days in parts.items():
        scores = forecasts.scores(series, days)
        best = min(scores[rule].error for rule in forecasts.RULES)
        ours = scores[forecasts.OURS]
        rows.append(
            [
                name,
                *(f"{scores[rule].error:.2f}" for rule in rules),
                f"{ours.error / best - 1:+.0%}",
                f"{ours.held:.0%}",
            ]
        )
    yield _table(["made on", *rules, "beside the best", f"band holds ({HOLDS:.0%})"], rows)


def _detection(series: Mapping[str, Series]) -> Iterator[str]:
    head = ["rule", "false alarms a month", *(f"×{factor}" for factor in detection.FACTORS)]
    head += [f"×{factor}, weekends" for factor in detection.FACTORS]
    rows = []
    for rule, beside in detection.spikes(series).items():
        pairs = beside.recall.values()
        rows.append(
            [
                rule,
                f"{beside.alarms:.2f}",
                *(f"{theirs.whole:.0%} / {ours.whole:.0%}" for theirs, ours in pairs),
                *(f"{theirs.weekends:.0%} / {ours.weekends:.0%}" for theirs, ours in pairs),
            ]
        )
    yield _table(head, rows)
    yield f"At the score that the product uses ({SPIKE:g}): {detection.false_alarms(series):.2f} a month."
    rows = [
        [rule, f"{each.recall:.0%}", f"{each.delay:.0f} days", f"{each.alarms:.2f}"]
        for rule, each in detection.creeps(series).items()
    ]
    yield _table([f"a creep of {detection.GROWTH:.0%} a day", "found", "after", "false alarms a month"], rows)
    yield f"Ours at the sum that the product uses ({CREEP:g})."


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
