"""`make bench`: what StackSpend aims at, measured beside what it is compared with, as one table."""

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping

from tests.bench import (
    answer,
    backfill,
    bulk,
    cells,
    daily,
    memory,
    program,
    questions,
    reading,
    render,
    start,
    telemetry,
    tenants,
    why,
)
from tests.bench.figures import FULL, HEAD, SMALL, Figure, Size, line, widths

BENCHMARKS: Mapping[str, Callable[[Size], Iterator[Figure]]] = {
    "render": render.measure,
    "reading": reading.measure,
    "start": start.measure,
    "bulk": bulk.measure,
    "answer": answer.measure,
    "cells": cells.measure,
    "why": why.measure,
    "questions": questions.measure,
    "program": program.measure,
    "memory": memory.measure,
    "backfill": backfill.measure,
    "daily": daily.measure,
    "tenants": tenants.measure,
    "telemetry": telemetry.measure,
}
SIZES = {"small": SMALL, "full": FULL}


def main() -> int:
    """Measure what is asked for, say each figure as it comes, then the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--only", choices=BENCHMARKS, action="append", metavar="NAME", help=", ".join(BENCHMARKS)
    )
    parser.add_argument("--size", choices=SIZES, default="full")
    options = parser.parse_args()
    figures = []
    for name in options.only or BENCHMARKS:
        for figure in BENCHMARKS[name](SIZES[options.size]):
            figures.append(figure)
            sys.stderr.write(f"{figure.name}: {figure.ours}\n")
    sys.stdout.write(f"{table(figures)}\n")
    return 0


def table(figures: list[Figure]) -> str:
    """The figures below each other."""
    lines = [HEAD, *[figure.cells() for figure in figures]]
    return "\n".join(line(cells, widths(lines)) for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
