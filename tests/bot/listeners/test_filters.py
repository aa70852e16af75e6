"""A part of the costs in Slack: the headline says which, the buttons keep it, and names are for some."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, FINOPS, MEMBER, SPEND
from demo.slack.transcript import Entry
from storage.engine.database import session, transaction
from storage.state import access, audit
from storage.state.access import Access, Audience
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

pytestmark = ON_SQLITE
ONLY_FINANCE = Access(names=Audience(FINOPS, "finance"))


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def pressed(harness: Harness, entry: Entry, label: str, *, user: str = MEMBER) -> Entry:
    return harness.after(harness.press(user, entry, label), "edit", "ephemeral")


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(harness.team_id)]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("opus last month", "Opus"),
        ("cost last month ci-nightly", "ci-nightly"),
        ("mina last month", "Mina Okafor"),
        ('last month by engineer "Messages API"', "Messages API"),
        ("default workspace last month opus", "Default workspace · Opus"),
    ],
)
def test_the_headline_says_which_part_it_is(harness: Harness, text: str, part: str) -> None:
    shown = harness.ask(MEMBER, text, SPEND).words
    assert "$310.00" in shown
    for each in part.split(" · "):
        assert each in shown.splitlines()[0]


def test_buttons_and_files_and_shares_keep_the_part(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "sonnet last month by engineer", SPEND)
    assert "310" not in answer.words
    by_workspace = pressed(harness, answer, "By workspace")
    assert "Sonnet" in by_workspace.words
    assert "310" not in by_workspace.words
    opus = harness.ask(MEMBER, "opus last month by engineer", SPEND)
    harness.after(harness.press(MEMBER, opus, "Export CSV"), "ephemeral")
    (upload,) = harness.slack.workspace.files.values()
    rows = list(csv.DictReader(io.StringIO(upload.data.decode("utf-8-sig"), newline="")))
    assert sum(Decimal(row["EffectiveCost"]) for row in rows) == 310
    share = harness.press(MEMBER, opus, "share")
    assert "Opus" in harness.after(share, "message").words


def test_two_dimensions_are_pairs_with_the_same_total(harness: Harness) -> None:
    shown = harness.ask(MEMBER, "cost last month by engineer and model", SPEND).words
    assert "Mina Okafor × Opus 5.5" in shown
    assert "$310.00" in shown


@pytest.mark.parametrize("text", ["cost ci-nightly last month", "mina last month", "last month @mina"])
def test_a_name_is_no_word_for_those_who_cannot_see_names(harness: Harness, text: str) -> None:
    decide(harness, ONLY_FINANCE)
    shown = harness.ask(MEMBER, text, SPEND).words
    assert "$" not in shown
    assert "Okafor" not in shown


def test_a_button_that_names_somebody_stops_working_when_names_are_closed(harness: Harness) -> None:
    answer = harness.ask(MEMBER, "mina last month", SPEND)
    decide(harness, ONLY_FINANCE)
    refused = harness.after(harness.press(MEMBER, answer, "By workspace"), "edit", "ephemeral")
    assert "Only @finance and admins can see" in refused.words
    assert "$310.00" not in refused.words
    assert (MEMBER, "refused", "cost") in log(harness)


def test_whoever_looks_at_one_engineer_alone_is_logged(harness: Harness) -> None:
    decide(harness, ONLY_FINANCE)
    assert "$310.00" in harness.ask(COLLEAGUE, "opus last month utc mina", SPEND).words
    assert log(harness) == [
        (
            COLLEAGUE,
            "engineers viewed",
            'cost 2026-10-01..2026-10-31 utc by model engineer "mina@acme.example" model "opus"',
        )
    ]


@pytest.mark.parametrize("text", ["me last month by model", "me last month opus", f"<@{ADMIN}> last month"])
def test_ones_own_is_always_open_split_or_in_part(harness: Harness, text: str) -> None:
    decide(harness, Access(cost=Audience("admins"), names=Audience("admins")))
    own = harness.ask(ADMIN, text, SPEND)
    assert "$310.00" in own.words
    assert "$310.00" not in harness.ask(MEMBER, text, SPEND).words


def test_costs_of_one_engineer_go_only_where_engineers_can_be_named(harness: Harness) -> None:
    answer = harness.ask(ADMIN, "mina last month", SPEND)
    for settings in (Access(), Access(naming=frozenset())):  # a guest is in the channel
        decide(harness, settings)
        share = harness.press(ADMIN, answer, "share")
        assert "$310.00" not in harness.after(share, "ephemeral", "dm").words
    decide(harness, Access(naming=frozenset({SPEND})))
    share = harness.press(ADMIN, answer, "share")
    assert "Mina Okafor" in harness.after(share, "message").words


def test_two_periods_and_two_members_are_compared(harness: Harness) -> None:
    periods = harness.ask(MEMBER, "october vs 2026-11-01..2026-11-10", SPEND)
    assert "*$210 more* than Nov 1–10" in periods.words
    again = pressed(harness, periods, "By workspace")
    assert "*$210 more* than Nov 1–10" in again.words
    members = harness.ask(MEMBER, "opus vs sonnet last month", SPEND)
    assert "*$310 more* than Sonnet" in members.words
    assert "*$310 more* than Sonnet" in pressed(harness, members, "By engineer").words


def test_nobody_compares_themselves_with_somebody_whom_they_cannot_see(harness: Harness) -> None:
    answer = harness.ask(MEMBER, f"<@{MEMBER}> vs mina last month", SPEND)
    assert "Mina Okafor" in answer.words
    decide(harness, ONLY_FINANCE)
    assert "$310" not in harness.ask(MEMBER, f"<@{MEMBER}> vs mina last month", SPEND).words
    assert "$310" not in pressed(harness, answer, "By workspace").words
