"""Many connections behind one worker, in simulated time: what their hour takes, and how often each asks."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.sync.worker import MAX_CONNECTIONS
from tests.bench.figures import Figure, Size, at_most, words
from tests.bench.ground import empty_database, engines
from tests.bot.many_connections import HOUR, ManyConnections

LATENCY = timedelta(seconds=0.5)  # of a call
MINUTE = timedelta(minutes=1)
A_MINUTE_EACH, OLDEST = 60, timedelta(minutes=10)


def measure(size: Size) -> Iterator[Figure]:
    """After everybody was connected at the same moment, an hour or less of rest."""
    for engine in engines():
        with empty_database(engine):
            many = ManyConnections(size.tenants, threads=MAX_CONNECTIONS, latency=LATENCY)
            many.connect()
            many.live(size.at_first * MINUTE)
            rested, worked = many.clock(), time.process_time()
            many.live(size.at_rest * MINUTE)
            yield from _figures(many, rested, time.process_time() - worked, engine)


def _figures(many: ManyConnections, rested: datetime, worked: float, engine: str) -> Iterator[Figure]:
    name, hours = f"{len(many.providers)} connections, {engine}", (many.clock() - rested) / HOUR
    busy = worked / hours
    yield Figure(
        name=f"{name}: processor in an hour", ours=words(busy), aim="≤ a fifth", holds=busy <= 3600 / 5
    )
    calls = sum(many.calls(rested).values()) / len(many.providers) / hours
    most = many.busiest_hour()
    yield Figure(
        name=f"{name}: calls of each in an hour",
        ours=f"{calls:.0f}, {most} at most",
        aim=f"≤ {A_MINUTE_EACH}",
        holds=most <= A_MINUTE_EACH,
    )
    oldest = many.oldest_usage(rested)
    yield at_most(f"{name}: oldest usage", oldest.total_seconds(), OLDEST.total_seconds())
