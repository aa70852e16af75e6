"""Exports in Slack, through signed HTTP: a file in the direct message, or why there is none."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from demo.slack.people import ADMIN, FINOPS, GUEST, MEMBER, SPEND
from demo.slack.server import Entry
from demo.slack.workspace import File
from providers.money import billionths
from providers.period import Period
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import session, transaction
from storage.facts import charges, coverage, spend
from storage.state import access, audit, connections
from storage.state.access import Access, Audience
from tests.bot.harness import NOW, Harness, connect, fill, open_harness
from tests.storage.samples import charge

DAY = timedelta(days=1)


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(harness.team_id)]


def ask(harness: Harness, text: str, user: str = MEMBER) -> Entry:
    """What is said where it was asked."""
    return harness.after(harness.slack.command(user, text, channel=SPEND).index, "ephemeral")


def file(harness: Harness) -> File:
    (upload,) = harness.slack.workspace.files.values()
    return upload


def rows(harness: Harness) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file(harness).data.decode("utf-8-sig"), newline="")))


def test_a_file_comes_in_the_direct_message_with_what_is_in_it(harness: Harness) -> None:
    answer = ask(harness, "export last month by key")
    assert "to your messages with StackSpend" in answer.words
    assert "$310.00" in answer.words
    assert (file(harness).name, file(harness).channels) == (
        "stackspend-2026-10-01-2026-10-31-by-key.csv",
        [f"D{MEMBER[1:]}"],
    )
    assert {(row["ResourceName"], row["x_Engineer"]) for row in rows(harness)} == {
        ("ci-nightly", "mina@acme.example")
    }
    assert sum(Decimal(row["BilledCost"]) for row in rows(harness)) == 310
    (message,) = harness.slack.workspace.dms(MEMBER)
    assert "$310.00" in message.text
    assert "UTC days, as Anthropic bills them" in message.text


def test_without_a_dimension_it_is_the_lines_of_the_bill(harness: Harness) -> None:
    connection, day = connections.of_team(harness.team_id), NOW.date() - DAY
    assert connection
    with transaction():
        charges.replace(connection.id, [day], [charge("4", day), charge("6", day)], at=NOW)
    assert "2 invoice lines" in ask(harness, "export yesterday").words
    assert [row["BilledCost"] for row in rows(harness)] == ["4.00", "6.00"]


@pytest.mark.parametrize(
    ("text", "begins"),
    [("export last month by key", b"\xef\xbb\xbfBilling"), ("export last month by key json", b"{")],
)
def test_a_file_that_a_spreadsheet_opens_says_which_code_it_is_in(
    harness: Harness, text: str, begins: bytes
) -> None:
    ask(harness, text)
    assert file(harness).data.startswith(begins)


def test_it_is_written_down_who_exported_what(harness: Harness) -> None:
    ask(harness, "export last month by engineer json")
    assert log(harness) == [
        (MEMBER, "exported", "export 2026-10-01..2026-10-31 utc by engineer json"),
    ]


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("cost last month by key", "2026-10-01-2026-10-31-by-key"),
        ("engineers 7d", "2026-11-16-2026-11-22-by-engineer"),
    ],
)
def test_every_answer_has_a_button_for_it(harness: Harness, text: str, button: str) -> None:
    shown = harness.ask(MEMBER, text, SPEND)
    reply = harness.after(harness.press(MEMBER, shown, "Export CSV"), "ephemeral")
    assert "to your messages with StackSpend" in reply.words
    assert button in file(harness).name


def test_the_file_is_of_the_days_of_the_answer_above_it(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "cost 2026-11-20 america/new_york by model", SPEND)
    harness.after(harness.press(MEMBER, shown, "export"), "ephemeral")
    (row,) = rows(harness)
    assert (row["ChargePeriodStart"], row["ChargePeriodEnd"]) == (
        "2026-11-20T05:00:00Z",
        "2026-11-21T05:00:00Z",
    )


def test_who_may_not_see_names_gets_the_file_without_them(harness: Harness) -> None:
    decide(harness, Access(names=Audience(FINOPS, "finance")))
    assert "Engineer and key names are left out" in ask(harness, "export last month by engineer").words
    content = file(harness).data.decode()
    assert ("mina" in content.casefold(), "ci-nightly" in content) == (False, False)
    assert "Engineer and API key names are left out" in content
    assert sum(Decimal(row["BilledCost"]) for row in rows(harness)) == 310
    assert log(harness)[0][2].endswith("by engineer csv, without names")


def test_who_may_not_see_cost_gets_no_file(harness: Harness) -> None:
    decide(harness, Access(cost=Audience("admins")))
    assert "Only admins can see spend here" in ask(harness, "export last month").words
    assert (harness.slack.workspace.files, log(harness)) == ({}, [(MEMBER, "refused", "export")])


def test_guests_get_nothing(harness: Harness) -> None:
    assert "isn't available to you here" in ask(harness, "export last month", GUEST).words
    assert harness.slack.workspace.files == {}


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
@pytest.mark.parametrize("error", ["missing_scope", "storage_limit_reached"])
def test_where_slack_takes_no_file_it_is_said_with_what_to_do(
    harness: Harness, method: str, error: str
) -> None:
    harness.slack.workspace.faults.refuse(method, error)
    text = ask(harness, "export last month by key").words
    assert error in text
    assert ("files:write" in text) is (error == "missing_scope")
    assert "stackspend export 2026-10-01..2026-10-31 utc by key csv" in text


def test_without_the_permission_the_stand_in_refuses_as_slack_would(harness: Harness) -> None:
    harness.slack.workspace.scopes.discard("files:write")
    assert "files:write" in ask(harness, "export last month by key").words


def test_nothing_to_export_sends_no_file(harness: Harness) -> None:
    text = ask(harness, "export 2026-01 by model").words
    assert "No spend in January 2026" in text
    assert harness.slack.workspace.files == {}


def test_a_long_one_is_announced_before_it_is_written(harness: Harness) -> None:
    connection, days = connections.of_team(harness.team_id), Period.last_days(11, until=NOW.date() - DAY)
    assert connection
    with transaction():
        for day in days.days():
            hour = Period.day(day).starts_at
            lines = [
                Spend(
                    hour,
                    None,
                    f"apikey_{n}",
                    "claude-opus-5-5",
                    "messages_api",
                    billionths(Decimal(1)),
                    (1,) * 6,
                )
                for n in range(2000)
            ]
            spend.replace(
                connection.id,
                day,
                Attribution(lines, [KindSpend(hour, "output", billionths(Decimal(2000)), 1)]),
                estimated=False,
            )
            coverage.mark(connection.id, "charges", [day], at=NOW)
    command = harness.slack.command(MEMBER, f"export {days.start}..{NOW.date() - DAY} by key", channel=SPEND)
    announced = harness.after(command.index, "ephemeral", contains="Exporting about 22,000 rows")
    assert "$22,000.00" in harness.after(announced.index, "ephemeral").words
    assert len(rows(harness)) == 22_000


def test_before_anything_is_connected_it_says_how(store: str) -> None:
    del store
    with open_harness() as opened:
        assert "connect" in ask(opened, "export").words
