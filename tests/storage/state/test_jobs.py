"""What is due, in which order, and what becomes of it."""

from datetime import date

import pytest

from providers.period import Period
from storage.state import connections, jobs
from storage.state.jobs import Job
from tests.storage.samples import DAY, HOUR, MINUTE, NOW, connected
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")
ONE, TWO = 1, 2
WINDOW = Period(date(2026, 10, 1), date(2026, 11, 1))


def due(connection: int = ONE, limit: int = 9) -> list[Job]:
    return jobs.due(connection, NOW, limit=limit)


def kinds(*, minutes: int = 0) -> list[str]:
    return [job.kind for job in jobs.due(ONE, NOW + minutes * MINUTE, limit=9)]


def test_the_most_urgent_comes_first_then_the_longest_waiting() -> None:
    jobs.schedule(ONE, "late", due=NOW - HOUR, priority=2)
    jobs.schedule(ONE, "later", due=NOW - MINUTE, priority=2)
    jobs.schedule(ONE, "urgent", due=NOW, priority=1)
    jobs.schedule(ONE, "tomorrow", due=NOW + HOUR, priority=0)
    assert kinds() == ["urgent", "late", "later"]
    assert len(due(limit=1)) == 1


def test_connections_wait_the_longest_waiting_first() -> None:
    one, two, three = (connected(f"T{number}").id for number in range(3))
    jobs.schedule(one, "usage", due=NOW - MINUTE, priority=1)
    jobs.schedule(two, "usage", due=NOW - HOUR, priority=4)
    jobs.schedule(three, "usage", due=NOW + HOUR, priority=1)
    assert jobs.waiting(NOW) == [two, one]


def test_whoever_only_walks_through_history_waits_behind_whatever_is_urgent() -> None:
    walking, both, resting = (connected(f"T{number}").id for number in range(3))
    for connection in (walking, both):
        jobs.add_window(connection, "charges", WINDOW, due=NOW - 24 * HOUR, priority=5)
        jobs.schedule(connection, "accuracy", due=NOW - 24 * HOUR, priority=63)
    jobs.schedule(resting, "usage", due=NOW - HOUR, priority=1)
    jobs.schedule(both, "usage", due=NOW - MINUTE, priority=1)
    assert jobs.waiting(NOW) == [resting, both, walking]


def test_whoever_has_a_turn_a_pause_or_no_key_that_works_does_not_wait() -> None:
    held, paused, refused = (connected(f"T{number}") for number in range(3))
    for connection in (held, paused, refused):
        jobs.schedule(connection.id, "usage", due=NOW, priority=1)
    connections.lease("a", now=NOW, length=HOUR, due=[held.id])
    connections.pause(paused, NOW + HOUR)
    connections.refuse(refused, since=NOW, until=NOW + 2 * HOUR)
    assert jobs.waiting(NOW) == []
    assert jobs.waiting(NOW + HOUR) == [held.id, paused.id]
    assert jobs.waiting(NOW + 2 * HOUR) == [held.id, paused.id, refused.id]


def test_scheduling_again_makes_it_due_no_later() -> None:
    jobs.schedule(ONE, "usage", due=NOW, priority=1)
    jobs.schedule(ONE, "usage", due=NOW + HOUR, priority=1)
    assert kinds() == ["usage"]
    jobs.done(due()[0], next_due=NOW + HOUR)
    assert kinds() == []
    jobs.schedule(ONE, "usage", due=NOW, priority=1)
    assert kinds() == ["usage"]


def test_a_window_is_there_once_and_never_again_when_done() -> None:
    for _ in range(2):
        jobs.add_window(ONE, "charges", WINDOW, due=NOW, priority=5)
    (job,) = due()
    assert (job.window, jobs.windows_left(ONE, ["charges"])) == (WINDOW, 1)
    jobs.done(job, next_due=None)
    assert (due(), jobs.windows_left(ONE, ["charges"])) == ([], 0)


def test_a_report_and_a_window_of_it_are_two_things() -> None:
    jobs.schedule(ONE, "charges", due=NOW, priority=1)
    jobs.add_window(ONE, "charges", WINDOW, due=NOW, priority=5)
    assert [job.window for job in due()] == [None, WINDOW]


def test_a_failed_window_stays_due_later_and_says_why() -> None:
    jobs.add_window(ONE, "charges", Period.day(DAY), due=NOW, priority=5)
    jobs.postpone(due()[0], until=NOW + MINUTE, error="529 Overloaded")
    assert kinds() == []
    assert jobs.failing(ONE) == [("charges", "529 Overloaded", 1)]
    (job,) = jobs.due(ONE, NOW + MINUTE, limit=9)
    jobs.postpone(job, until=NOW, error="still")
    assert jobs.failing(ONE) == [("charges", "still", 2)]


def test_success_forgets_the_failures() -> None:
    jobs.schedule(ONE, "usage", due=NOW, priority=1)
    jobs.postpone(due()[0], until=NOW, error="reset")
    jobs.done(due()[0], next_due=NOW)
    assert jobs.failing(ONE) == []
    assert due()[0].attempts == 0


def test_one_connection_can_be_hurried() -> None:
    for connection in (ONE, TWO):
        jobs.schedule(connection, "usage", due=NOW + HOUR, priority=1)
    jobs.make_due(ONE, NOW, kinds={"usage": NOW + HOUR})
    assert (kinds(), due(TWO)) == (["usage"], [])


def test_what_is_due_only_later_than_that_is_not_hurried_unless_it_failed() -> None:
    for kind in ("usage", "charges"):
        jobs.schedule(ONE, kind, due=NOW, priority=1)
    usage, charges = due()
    jobs.done(usage, next_due=NOW + HOUR)
    jobs.postpone(charges, until=NOW + HOUR, error="529")
    jobs.make_due(ONE, NOW, kinds={"usage": NOW + HOUR - MINUTE, "charges": NOW})
    assert kinds() == ["charges"]


def test_many_processes_that_schedule_the_same_make_one() -> None:
    at_once(lambda _worker: jobs.schedule(ONE, "usage", due=NOW, priority=1))
    assert kinds() == ["usage"]
