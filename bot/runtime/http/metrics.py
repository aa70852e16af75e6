"""The metrics of Prometheus: what is late, how old figures are, what became of posts."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from storage.facts import coverage
from storage.state import connections, jobs, posts

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4


def exposition(now: datetime) -> str:
    """Return the metrics in Prometheus' text format. Needs a session."""
    return generate_latest(_Metrics(now)).decode()


class _Metrics(Collector):
    """The metrics at a moment, in a registry of their own: the library's has those of the process, too."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield self._late()
        yield self._fresh()
        yield self._posts()

    def _late(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "stackspend_late_seconds",
            "How long the oldest due work of a connection has been waiting.",
            labels=["connection"],
        )
        overdue = jobs.overdue_since(self._now)
        for connection in connections.every():
            since = overdue.get(connection.id, self._now)
            family.add_metric([str(connection.id)], (self._now - since).total_seconds())
        return family

    def _fresh(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "stackspend_fresh_seconds", "Age of the newest tokens that are known.", labels=["connection"]
        )
        for connection in connections.every():
            if until := coverage.until(connection.id, "usage"):
                family.add_metric([str(connection.id)], (self._now - until).total_seconds())
        return family

    def _posts(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily("stackspend_posts", "Messages by what became of them.", labels=["state"])
        for state, number in posts.counts().items():
            family.add_metric([state], number)
        return family
