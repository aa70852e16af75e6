"""A turn leaves nothing that only the garbage collector finds: an error would keep all pages before it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.sync.turn import Call, Turn
from tests.bot.conftest import DAY, ON_SQLITE, TODAY, Company
from tests.garbage import garbage

pytestmark = ON_SQLITE
FAULTS: dict[str, Callable[[Company], object]] = {
    "none": lambda _company: None,
    "not offered": lambda company: company.api.faults.refuse("usage_report", status=404),
    "unavailable": lambda company: company.api.faults.down("usage_report", status=529),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_turn_that_is_over_is_gone(company: Company, fault: str) -> None:
    FAULTS[fault](company)
    company.connect(first_day=TODAY - 3 * DAY)
    worker = company.worker()
    with ThreadPoolExecutor(4) as threads, garbage() as left:
        worker.fetching = threads
        worker.tick()
    assert not [each for each in left if isinstance(each, Turn | Call | BaseException)]
