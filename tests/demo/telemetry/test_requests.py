"""What the simulated engineers report: their rows, in requests of the usual size, as bodies that we read."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from demo.company.organization import Organization
from demo.telemetry.requests import PROMPT, SILENT_DAYS, body, cast_of, on_call, requests
from demo.telemetry.senders import Senders
from providers.claude.counting import count
from providers.claude.decode import decode
from providers.claude.records import NANOSECONDS

DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, tzinfo=UTC)
END = START + timedelta(days=1)
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
def organization() -> Organization:
    return Organization(7, date(2026, 10, 1), 24)


def test_a_day_is_reported_whole_but_for_who_never_reports(organization: Organization) -> None:
    cast, coding = cast_of(organization), organization.roster.workspace_id("Claude Code")
    rows = [
        *(row for row in organization.usage(DAY) if row.workspace_id == coding and row.api_key_id),
        *organization.covered(DAY),
    ]
    expected = Counter[str]()
    for row in rows:
        if not row.refused and row.user_id and row.user_id != cast.never:
            expected[row.user_id] += sum(row.tokens)
    reported = Counter[str]()
    for each in requests(organization, START, END, now=NOW):
        reported[each.person.id] += sum(each.tokens)
    assert reported == expected
    assert cast.never not in reported
    assert cast.stopped in reported


def test_no_prompt_is_longer_than_usual(organization: Organization) -> None:
    every = requests(organization, START, END, now=NOW)
    assert max(sum(each.tokens[:4]) for each in every) <= PROMPT + 4  # rounded for each kind of token


def test_who_stopped_is_silent_since_then(organization: Organization) -> None:
    since = NOW - timedelta(days=SILENT_DAYS)
    after = requests(organization, since, NOW, now=NOW)
    assert cast_of(organization).stopped not in {each.person.id for each in after}


def test_time_is_reported_once_however_it_is_cut(organization: Organization) -> None:
    whole = requests(organization, START, END, now=NOW)
    noon = START + timedelta(hours=12, seconds=7)
    parts = [*requests(organization, START, noon, now=NOW), *requests(organization, noon, END, now=NOW)]
    assert [each.id for each in parts] == [each.id for each in whole]
    assert len({each.id for each in whole}) == len(whole)


def test_somebody_works_at_any_hour(organization: Organization) -> None:
    night = datetime(2026, 11, 29, 3, 0, 1, tzinfo=UTC)
    every = list(on_call(organization, night, night + timedelta(seconds=20)))
    assert len(every) == 4
    assert {each.plan for each in every} == {"team"}


def test_a_body_is_read_and_costs_what_the_books_say(organization: Organization) -> None:
    every = requests(organization, START, END, now=NOW)[:2000]
    batch = decode("logs", "json", body(every))
    totals = count([batch], received_at=int(NOW.timestamp()) * NANOSECONDS)
    assert (totals.requests, sum(totals.tokens)) == (len(every), sum(sum(each.tokens) for each in every))
    assert abs(totals.client_cost - sum(each.nanos for each in every)) <= len(every)
    assert len(totals.repositories) > 1


def test_what_was_not_taken_is_sent_again(organization: Organization) -> None:
    now, taken, answers = [NOW], list[bytes](), [False, True, True]

    def post(content: bytes) -> bool:
        taken.append(content)
        return answers.pop(0)

    senders = Senders(organization, lambda: now[0], post)
    now[0] += timedelta(seconds=15)
    senders.send_live()
    assert (senders.sent, taken.pop() != b"") == (0, True)
    senders.send_live()
    sent = senders.sent
    assert sent >= 3
    now[0] += timedelta(seconds=10)
    senders.send_live()
    assert senders.sent >= sent + 2
