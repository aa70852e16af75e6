"""How often a walk computes a day: with its bill, so that totals are there early, and with what splits it."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bot.sync.bills import rebuild
from tests.bot.conftest import FIRST, ON_SQLITE, TODAY, Company

pytestmark = ON_SQLITE


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Counter[date]:
    """How often each day was attributed, reconciled or estimated."""
    count: Counter[date] = Counter()

    def counted(compute: Callable[..., Any]) -> Callable[..., Any]:
        def computing(day: date, *arguments: Any, **named: Any) -> Any:
            count[day] += 1
            return compute(day, *arguments, **named)

        return computing

    for name in ("attribute", "reconcile", "estimate"):
        monkeypatch.setattr(rebuild, name, counted(getattr(rebuild, name)))
    return count


@pytest.mark.parametrize(("generation", "times"), [("not enrolled", 2), ("enrolled", 3)])
def test_a_walk_computes_a_finished_day_once_for_each_report_that_changes_it(
    company: Company, computed: Counter[date], generation: str, times: int
) -> None:
    if generation == "enrolled":
        company.api.faults.enroll()
    company.connect()
    company.sync()
    finished = Counter(count for day, count in computed.items() if FIRST <= day < TODAY)
    assert finished == {times: (TODAY - FIRST).days}
