"""What a no costs: one report's is that report's, the key's is asked about twice, a person is told once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.cli.doctor import anthropic
from bot.reports import horizon
from bot.reports import status as reports_status
from bot.services import Services
from bot.sync import backfill, jobs
from demo.admin_api.faults import ADMIN_KEY, Faults
from demo.slack.people import TEAM
from digests import render
from digests.numbers import light
from digests.numbers.report import SyncResult
from providers.period import Period
from providers.provider import ChargesReported, NotOffered, Organization, Provider, ProviderRefused
from storage.engine.database import transaction
from storage.facts import coverage
from storage.state import connections, incidents, posts, report_offers
from storage.state import jobs as due
from storage.state.connections import Connection
from storage.state.subjects import IncidentChange
from tests.bot.conftest import (
    DAY,
    FIRST,
    HOUR,
    MINUTE,
    NOW,
    ON_SQLITE,
    TODAY,
    Company,
    walk_until_stopped,
)

OTHER_KEY = "sk-ant-admin01-acme-another-9Zk2"
ABSURD = date(2026, 11, 5)
NOS = pytest.mark.parametrize("status", [403, 404])


def alerts() -> list[str]:
    """What the outbox tells of incidents, in their order."""
    subjects = [post.subject for post in posts.by_key_prefix(TEAM, "incident:")]
    return [subject.change for subject in subjects if isinstance(subject, IncidentChange)]


def open_kinds(company: Company) -> list[str]:
    return [each.kind for each in incidents.open_ones(company.connection.id)]


def withheld(company: Company) -> list[str]:
    """What is not offered; spend by the hour is not in this organization."""
    return [
        each.report for each in report_offers.not_offered(company.connection.id) if each.report != "spend"
    ]


# --- one report's no


@NOS
def test_a_report_that_is_not_offered_costs_nothing_but_itself(walked: Company, status: int) -> None:
    walked.api.faults.refuse("claude_code", status=status)
    walked.live(NOW + HOUR, step=2 * MINUTE)
    assert len(walked.calls("claude_code")) == 1
    assert len(walked.calls("messages")) >= 20
    assert (walked.connection.state, open_kinds(walked), alerts()) == ("active", [], [])
    assert withheld(walked) == ["claude_code"]
    assert [each.report for each in reports_status.status(walked.connection, now=NOW).not_offered] == [
        "claude_code"
    ]


def test_a_single_failure_is_no_reason_in_status_and_those_after_it_are(walked: Company) -> None:
    def reasons() -> list[str]:
        return list(reports_status.status(walked.connection, now=walked.clock()).failing.values())

    def live_until(tries: int) -> None:
        while not any(each == tries for *_, each in due.failing(walked.connection.id)):
            walked.live(walked.clock() + MINUTE / 4, step=MINUTE / 4)

    walked.api.faults.refuse("messages", status=401)
    live_until(1)
    assert reasons() == []
    live_until(2)
    assert len(reasons()) == 1


@pytest.mark.parametrize("endpoint", ["claude_code", "messages"])
def test_history_ends_as_fast_without_a_report_that_is_not_offered(company: Company, endpoint: str) -> None:
    company.api.faults.refuse(endpoint, status=404)
    company.connect()
    company.sync()
    assert company.connection.first_day == FIRST
    assert company.remembered(FIRST) == company.billed(FIRST)
    assert len(company.calls(endpoint)) <= 2
    assert open_kinds(company) == []


def test_what_is_offered_later_is_read_as_far_back_as_history_goes(company: Company) -> None:
    company.api.faults.refuse("claude_code", status=403)
    company.connect()
    company.sync()
    assert not company.knows("claude_code", FIRST)
    company.api.faults.clear()
    company.live(NOW + 25 * HOUR, step=HOUR)
    assert company.knows("claude_code", FIRST)
    assert withheld(company) == []


class Wrapped:
    """A provider with something of its own before some calls."""

    def __init__(self, provider: Provider, before: Callable[[str, tuple[Any, ...]], None]) -> None:
        self._provider, self._before = provider, before

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._provider, name)
        if not callable(method):
            return method

        def call(*arguments: Any, **named: Any) -> Any:
            self._before(name, arguments)
            return method(*arguments, **named)

        return call


def wrap(company: Company, before: Callable[[str, tuple[Any, ...]], None]) -> None:
    """Let something happen before each call of a provider, with its name and arguments."""
    real = company.open_provider
    company.open_provider = lambda key: Wrapped(real(key), before)  # type: ignore[method-assign, assignment, return-value]


def test_old_days_that_alone_are_kept_from_us_stop_no_others(company: Company) -> None:
    def old_days_are_not_offered(name: str, arguments: tuple[Any, ...]) -> None:
        if name == "activity" and arguments[0] < date(2026, 11, 1):
            raise NotOffered("claude_code: 404 not found", reason="not_found_error")

    wrap(company, old_days_are_not_offered)
    company.connect()
    company.sync()
    whole = Period(date(2026, 11, 1), TODAY)
    assert coverage.days(company.connection.id, "claude_code", whole) == set(whole.days())
    assert company.connection.first_day == FIRST
    assert (withheld(company), open_kinds(company)) == ([], [])
    (oddity,) = reports_status.status(company.connection, now=NOW).oddities
    assert (oddity.report, oddity.is_unreadable) == ("claude_code", True)
    assert oddity.days[0] == FIRST


# --- credit, and an organization on hold


def test_too_little_credit_is_reported_as_such_and_asked_about_hourly(walked: Company) -> None:
    walked.api.faults.refuse(status=402)
    walked.live(NOW + 5 * HOUR, step=5 * MINUTE)
    assert (walked.connection.state, open_kinds(walked), alerts()) == ("active", ["balance"], ["opened"])
    assert len(walked.api.requests) <= 6


def test_once_it_is_paid_it_heals_by_itself_and_says_so(walked: Company) -> None:
    walked.api.faults.refuse(status=402)
    walked.live(NOW + 2 * HOUR, step=5 * MINUTE)
    walked.api.faults.clear()
    walked.live(NOW + 4 * HOUR, step=5 * MINUTE)
    assert (open_kinds(walked), alerts()) == ([], ["opened", "closed"])
    assert walked.knows("usage", FIRST, TODAY + DAY)


def test_whoever_has_paid_and_presses_sync_is_not_kept_waiting_for_the_hour(walked: Company) -> None:
    walked.api.faults.refuse(status=402)
    walked.sync_at(NOW + HOUR)
    walked.api.faults.clear()
    walked.clock.advance(MINUTE)
    sync_now(walked)
    assert open_kinds(walked) == []


@ON_SQLITE
def test_an_organization_on_hold_is_reported_as_such_asked_about_hourly_and_heals_by_itself(
    walked: Company,
) -> None:
    calls: list[str] = []
    is_on_hold = [True]

    def on_hold(name: str, _arguments: tuple[Any, ...]) -> None:
        calls.append(name)
        if is_on_hold:
            raise ProviderRefused("403 This organization is on hold.", why="hold")

    wrap(walked, on_hold)
    walked.live(NOW + 5 * HOUR, step=5 * MINUTE)
    (incident,) = incidents.open_ones(walked.connection.id)
    assert (incident.kind, incident.detail) == ("hold", "403 This organization is on hold.")
    assert (walked.connection.state, walked.connection.refused_at, alerts()) == ("active", None, ["opened"])
    assert len(calls) <= 6
    is_on_hold.clear()
    walked.clock.advance(MINUTE)
    assert sync_now(walked).is_over
    assert (open_kinds(walked), alerts()) == ([], ["opened", "closed"])


def sync_now(company: Company) -> SyncResult:
    return jobs.sync_now(company.connection, Services(**{**vars(company.services), "wake": company.sync}))


# --- the key


def test_a_single_401_at_the_edge_changes_nothing(walked: Company) -> None:
    walked.api.faults.refuse("messages", status=401, times=1)
    walked.live(NOW + 10 * MINUTE, step=MINUTE)
    assert (walked.connection.state, walked.connection.refused_at, alerts()) == ("active", None, [])
    assert coverage.until(walked.connection.id, "usage") == NOW + 4 * MINUTE


def test_a_report_that_says_401_for_ever_while_the_key_is_good_costs_that_report(walked: Company) -> None:
    walked.api.faults.refuse("messages", status=401)
    walked.live(NOW + 2 * HOUR, step=5 * MINUTE)
    assert (walked.connection.state, open_kinds(walked)) == ("active", ["sync_failing"])
    assert walked.calls("cost_report")
    assert walked.calls("claude_code")


def test_a_key_that_is_refused_once_is_asked_about_a_minute_later(walked: Company) -> None:
    walked.api.faults.refuse(status=401)
    walked.sync_at(NOW + HOUR)
    assert (walked.connection.state, alerts()) == ("active", [])
    walked.api.faults.clear()
    walked.sync_at(NOW + HOUR + MINUTE)
    assert (walked.connection.state, walked.connection.refused_at, alerts()) == ("active", None, [])
    assert walked.knows("usage", FIRST, TODAY + DAY)


def test_the_first_refusal_outlives_a_restart(walked: Company) -> None:
    walked.api.faults.revoke()
    walked.clock.advance(HOUR)
    walked.worker("first").tick()
    walked.clock.advance(MINUTE)
    walked.worker("another process").tick()
    assert walked.connection.state == "refused"


def test_pressing_sync_within_the_minute_gives_no_key_up(walked: Company) -> None:
    walked.api.faults.revoke()
    walked.clock.advance(HOUR)
    for _ in range(5):
        sync_now(walked)
        walked.clock.advance(timedelta(seconds=10))
    assert walked.connection.state == "active"


def given_up(company: Company) -> None:
    company.api.faults.revoke()
    company.sync_at(company.clock() + HOUR)
    company.sync_at(company.clock() + MINUTE)
    assert company.connection.state == "refused"
    company.api.requests.clear()


def test_a_key_that_was_given_up_is_tried_hourly_for_a_day_and_then_daily(walked: Company) -> None:
    given_up(walked)
    walked.live(walked.clock() + DAY, step=10 * MINUTE)
    assert walked.api.requests.calls() == {"me": 24}
    walked.api.requests.clear()
    walked.live(walked.clock() + 3 * DAY, step=10 * MINUTE)
    assert walked.api.requests.calls() == {"me": 3}


def test_a_key_that_is_accepted_again_goes_on_by_itself_and_history_catches_up(walked: Company) -> None:
    given_up(walked)
    walked.clock.advance(40 * DAY)
    walked.api.faults.accept(ADMIN_KEY)
    walked.live(walked.clock() + HOUR)
    assert (walked.connection.state, open_kinds(walked), alerts()) == ("active", [], ["opened", "closed"])
    assert walked.knows("usage", FIRST, walked.clock().date())
    assert walked.knows("charges", FIRST, walked.clock().date())


def test_pressing_sync_tries_a_key_that_was_given_up_at_once(walked: Company) -> None:
    given_up(walked)
    walked.api.faults.accept(ADMIN_KEY)
    walked.clock.advance(MINUTE)
    assert sync_now(walked).refused == ""
    assert (walked.connection.state, open_kinds(walked)) == ("active", [])


@ON_SQLITE
def test_a_clock_that_goes_back_keeps_no_doubt_for_longer_than_a_minute(walked: Company) -> None:
    walked.api.faults.revoke()
    walked.sync_at(NOW + 30 * DAY)
    with transaction():
        connections.clear_pause(walked.connection.id)
    walked.sync_at(NOW + HOUR)
    walked.sync_at(NOW + HOUR + MINUTE)
    assert walked.connection.state == "refused"


def test_a_key_of_another_organization_brings_no_figures_of_it(walked: Company) -> None:
    walked.api.faults.refuse("messages", status=401)
    real = walked.open_provider

    def open_another(key: str) -> Any:
        provider = real(key)
        provider.organization = lambda: Organization("org-other", "Umbrella")  # type: ignore[method-assign]
        return provider

    walked.open_provider = open_another  # type: ignore[method-assign]
    walked.live(NOW + 30 * MINUTE, step=MINUTE)
    (incident,) = incidents.open_ones(walked.connection.id)
    assert (walked.connection.state, incident.detail) == (
        "refused",
        "the key belongs to Umbrella, not to Acme",
    )


# --- the bill


@NOS
def test_a_bill_that_may_not_be_read_is_reported_once_and_the_rest_goes_on(
    walked: Company, status: int
) -> None:
    walked.api.faults.refuse("cost_report", status=status)
    walked.live(NOW + 4 * HOUR, step=5 * MINUTE)
    assert (walked.connection.state, open_kinds(walked), alerts()) == ("active", ["permission"], ["opened"])
    assert len(walked.calls("cost_report")) <= 5
    assert len(walked.calls("messages")) >= 40
    walked.api.faults.clear()
    walked.live(NOW + 6 * HOUR, step=5 * MINUTE)
    assert (open_kinds(walked), alerts()) == ([], ["opened", "closed"])


def test_a_new_connection_that_may_not_read_the_bill_shows_estimates(company: Company) -> None:
    company.api.faults.refuse("cost_report", status=403)
    company.connect()
    company.live(NOW + 2 * HOUR, step=10 * MINUTE)
    assert open_kinds(company) == ["permission"]
    assert len(company.calls("cost_report")) <= 3
    assert company.knows("usage", TODAY, TODAY + DAY)


@NOS
def test_without_the_bill_history_is_read_to_the_oldest_thing_listed(company: Company, status: int) -> None:
    company.api.faults.refuse("cost_report", status=status)
    company.connect()
    company.sync()
    assert company.connection.first_day == FIRST
    assert reports_status.status(company.connection, now=NOW).backfill is None
    assert company.knows("usage", FIRST)
    assert company.knows("claude_code", FIRST)


def test_a_bill_that_is_refused_in_mid_walk_ends_the_walk_without_it(company: Company) -> None:
    company.connect()
    walk_until_stopped(company, 2)
    company.api.faults.refuse("cost_report", status=403)
    company.live(NOW + HOUR, step=10 * MINUTE)
    assert company.connection.first_day == FIRST
    assert company.knows("usage", FIRST)


def test_once_the_bill_may_be_read_history_is_walked_by_it(company: Company) -> None:
    company.api.faults.refuse("cost_report", status=403)
    company.connect()
    company.sync()
    company.clock.advance(DAY)
    company.api.faults.clear()
    company.live(NOW + DAY + 3 * HOUR, step=30 * MINUTE)
    today = company.clock().date()
    assert company.connection.first_day == FIRST
    assert company.knows("charges", FIRST, today)
    assert company.remembered(FIRST, today) == company.billed(FIRST, today)


@pytest.mark.parametrize("refused", [("cost_report", "messages"), ("cost_report", "messages", "claude_code")])
def test_a_walk_ends_however_little_may_be_read(company: Company, refused: tuple[str, ...]) -> None:
    for endpoint in refused:
        company.api.faults.refuse(endpoint, status=403)
    company.connect()
    company.sync()
    assert company.connection.first_day == (FIRST if "claude_code" not in refused else TODAY)


# --- the light, where usage is not offered


def test_where_usage_is_not_offered_figures_are_as_fresh_as_what_is_read(walked: Company) -> None:
    walked.api.faults.refuse("messages", status=404)
    walked.live(NOW + 6 * HOUR, step=10 * MINUTE)
    now = walked.clock()
    message = render.status(reports_status.status(walked.connection, now=now), now=now, zone="UTC")
    assert light.of(reports_status.status(walked.connection, now=now), now=now) == "green"
    assert reports_status.outdated(walked.connection, now=now) is None
    assert "Usage (today's estimate) not offered" in message.text
    assert anthropic.age(walked.connection, now=now).state == "ok"


def test_where_usage_is_not_offered_and_nothing_is_read_any_more_figures_are_old(walked: Company) -> None:
    walked.api.faults.refuse("messages", status=404)
    walked.live(NOW + 2 * HOUR, step=10 * MINUTE)
    now = NOW + DAY
    assert light.of(reports_status.status(walked.connection, now=now), now=now) == "yellow"
    assert reports_status.outdated(walked.connection, now=now) is not None
    assert anthropic.age(walked.connection, now=now).state == "wrong"


# --- an old key's answers


NEWS: dict[str, Callable[[Faults], None]] = {
    "401": lambda faults: faults.revoke(ADMIN_KEY),
    "402": lambda faults: faults.refuse(status=402),
    "403": lambda faults: faults.refuse(status=403),
    "429": lambda faults: faults.rate_limit(None, retry_after=600),
    "500": lambda faults: faults.down(status=500),
    "figures": lambda _: None,
}


@pytest.mark.parametrize("news", NEWS)
def test_what_comes_back_for_an_old_key_changes_nothing_of_the_new_one(walked: Company, news: str) -> None:
    fresh: list[Connection] = []

    def replaced(*_: object) -> None:
        if not fresh:  # while the first call with the old key is under way
            walked.api.faults.accept(OTHER_KEY)
            fresh.append(walked.connect(key=OTHER_KEY))
            NEWS[news](walked.api.faults)

    walked.clock.advance(HOUR)
    wrap(walked, replaced)
    walked.sync()
    assert [walked.connection] == fresh
    assert (alerts(), due.failing(walked.connection.id)) == ([], [])
    assert coverage.until(walked.connection.id, "usage") == NOW - 5 * MINUTE


def test_what_is_disconnected_and_connected_anew_in_mid_turn_gets_nothing_of_before(walked: Company) -> None:
    fresh: list[Connection] = []

    def replaced(*_: object) -> None:
        if not fresh:
            with transaction():
                connections.disconnect(walked.connection.id, keep_history=False)
            walked.api.faults.accept(OTHER_KEY)
            fresh.append(walked.connect(key=OTHER_KEY))

    walked.clock.advance(HOUR)
    wrap(walked, replaced)
    walked.sync()
    assert [walked.connection] == fresh
    assert coverage.until(walked.connection.id, "usage") is None


def test_providers_are_safe_between_the_threads_of_many_connections(walked: Company) -> None:
    worker = walked.worker()
    several = [replace(walked.connection, organization_name=str(n)) for n in range(4)]
    with ThreadPoolExecutor(16) as threads:
        opened = list(threads.map(worker.provider_of, several * 200))
    assert len(set(map(id, opened))) == 1


def test_what_is_not_offered_is_reported_as_such_and_not_as_yet_to_be_read(company: Company) -> None:
    company.api.faults.refuse("claude_code", status=403)
    company.connect()
    company.sync()
    month = Period(date(2026, 11, 1), TODAY)
    gaps = horizon.gaps(company.connection, month, ["charges", "claude_code"], now=NOW)
    assert [(gap.report, gap.why) for gap in gaps] == [("claude_code", "not offered")]


def test_a_figure_beyond_what_can_be_kept_costs_its_day_alone(company: Company) -> None:
    real = company.open_provider

    def open_absurd(key: str) -> Any:
        provider: Any = real(key)
        fetch = provider.charges

        def charges(period: Period) -> ChargesReported:
            reported = fetch(period)
            lines = [
                replace(line, billed_cost=line.billed_cost + 2 * 10**9) if line.day == ABSURD else line
                for line in reported.charges
            ]
            return ChargesReported(reported.days, lines, reported.notes)

        provider.charges = charges
        return provider

    company.open_provider = open_absurd  # type: ignore[method-assign]
    company.connect()
    company.sync()
    assert company.connection.first_day == FIRST
    assert not company.knows("charges", ABSURD, ABSURD + DAY)
    assert company.remembered(FIRST, ABSURD) == company.billed(FIRST, ABSURD)
    (oddity,) = reports_status.status(company.connection, now=NOW).oddities
    assert (oddity.report, oddity.days, oddity.is_unreadable) == ("charges", (ABSURD,), True)
    assert open_kinds(company) == []


def test_a_walk_through_history_ends_without_what_is_not_offered(company: Company) -> None:
    company.api.faults.refuse("claude_code", status=404)
    company.connect()
    company.sync()
    assert reports_status.status(company.connection, now=NOW).backfill is None
    assert backfill.progress(company.connection, now=NOW).days_read == (TODAY - FIRST).days


def test_a_fault_of_ours_is_reported_as_ours_without_a_word_of_python(walked: Company) -> None:
    def broken(name: str, _arguments: tuple[Any, ...]) -> None:
        if name == "usage":
            raise OverflowError("Python int too large")

    wrap(walked, broken)
    walked.live(NOW + HOUR, step=MINUTE)
    (incident,) = incidents.open_ones(walked.connection.id)
    assert (incident.kind, incident.detail) == (
        "fault",
        "A StackSpend error in syncing usage; details are in the log.",
    )
    assert walked.calls("cost_report")
