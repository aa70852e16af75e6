"""What is said, compared with files that a person can read."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
from msgspec import structs

from digests import render
from digests.layout import chart
from digests.messages.outdated import Outdated
from digests.numbers.digest_report import Digest
from digests.numbers.report import (
    EngineersReport,
    Extent,
    Gap,
    Incident,
    Progress,
    Report,
    Status,
    SyncResult,
)
from providers.period import Period
from providers.spend import Basis
from storage.state.access import Access, Audience
from tests.digests import changes, outlooks, samples
from tests.digests.snapshot import matches

NOW, BERLIN = samples.NOW, samples.BERLIN
FINANCE_ONLY = Access(cost=Audience("S0FINANCE1", "finance <!here>"))


def mine() -> EngineersReport:
    """One person's own."""
    report = samples.engineers(1)
    return replace(report, lines=report.lines[:1], total=report.lines[0], previous_cost=None)


HALF = Progress(days_read=180, days_total=418, first_day=date(2026, 5, 25), cost=Decimal("83204.17"))


def synced(done: SyncResult, status: Status | None = None) -> render.Message:
    return render.synced(done, status=status or samples.status(), now=NOW, zone=BERLIN)


def outdated(why: Any, *, admin: bool) -> render.Message:
    message = render.cost(samples.today(), now=NOW, buttons=False)
    old = Outdated(NOW - timedelta(hours=22), why)
    return render.outdated(message, old, admin=admin, now=NOW, zone=BERLIN)


def details(digest: Digest) -> render.Message:
    message = render.digest_details(digest)
    assert message
    return message


def in_text(message: render.Message) -> render.Message:
    return chart.instead(message, chart.in_text)


MESSAGES: dict[str, Callable[[], render.Message]] = {
    "cost-day": lambda: render.cost(samples.friday(), now=NOW),
    "cost-of-a-part": lambda: render.cost(samples.of_a_part(), now=NOW),
    "cost-of-two-periods": lambda: render.cost(samples.two_periods(), now=NOW),
    "cost-of-two-members": lambda: render.cost(samples.two_members(), now=NOW),
    "cost-by-two": lambda: render.cost(samples.by_two(), now=NOW),
    "cost-by-week": lambda: render.cost(samples.by_week(), now=NOW),
    "cost-provisional": lambda: render.cost(samples.provisional(), now=NOW),
    "cost-in-doubt": lambda: render.cost(samples.in_doubt(), now=NOW),
    "cost-today": lambda: render.cost(samples.today(), now=NOW),
    "cost-month": lambda: render.cost(samples.month(), now=NOW),
    "cost-by-day": lambda: render.cost(samples.by_day(7), now=NOW),
    "cost-by-day-long": lambda: render.cost(samples.by_day(30), now=NOW),
    "cost-by-token-type": lambda: render.cost(
        samples.by("token type", {k: k for k in ("cache_write_5m", "output", "brand_new")}), now=NOW
    ),
    "cost-hostile": lambda: render.cost(samples.by("key", samples.HOSTILE), now=NOW),
    "cost-many": lambda: render.cost(
        samples.by("key", {str(n): f"key {n:02}" for n in range(40)}), now=NOW, buttons=False
    ),
    "engineers": lambda: render.engineers(samples.engineers(), now=NOW, zone=BERLIN),
    "engineers-many": lambda: render.engineers(samples.engineers(60), now=NOW, zone=BERLIN),
    "engineers-own": lambda: render.engineers(mine(), now=NOW, zone=BERLIN, own=True),
    "engineers-own-shared": lambda: render.engineers(
        mine(), now=NOW, zone=BERLIN, share=False, own=True, owner="Mina Okafor"
    ),
    "why": lambda: render.why(changes.change(), now=NOW, zone=BERLIN, named=True),
    "why-nameless": lambda: render.why(changes.change(), now=NOW, zone=BERLIN, named=False),
    "why-fallen": lambda: render.why(changes.fallen(), now=NOW, zone=BERLIN, named=True, share=False),
    "why-spread": lambda: render.why(changes.spread(), now=NOW, zone=BERLIN, named=True, shown=False),
    "why-not-in": lambda: render.why(
        replace(changes.spread(), lack="before not in", lines=None), now=NOW, zone=BERLIN, named=True
    ),
    "forecast": lambda: render.forecast(outlooks.month(), now=NOW, zone=BERLIN),
    "forecast-replayed": lambda: render.forecast(outlooks.replayed(), now=NOW, zone=BERLIN, share=False),
    "forecast-over": lambda: render.forecast(outlooks.over(), now=NOW, zone=BERLIN),
    "forecast-not-yet": lambda: render.forecast(outlooks.not_yet(), now=NOW, zone=BERLIN, shown=False),
    "summary": lambda: render.summary(samples.summary(), now=NOW, zone=BERLIN),
    "status": lambda: render.status(samples.status(), now=NOW, zone=BERLIN),
    "status-refused": lambda: render.status(
        replace(samples.status(), incidents=(samples.refused(),), backfill=HALF), now=NOW, zone=BERLIN
    ),
    "summary-in-doubt": lambda: render.summary(
        replace(samples.summary(), month=replace(samples.month(), doubts=(samples.DOUBT,))),
        now=NOW,
        zone=BERLIN,
    ),
    "status-in-doubt": lambda: render.status(
        replace(samples.status(), doubts=(samples.DOUBT,), gaps=samples.in_doubt().gaps), now=NOW, zone=BERLIN
    ),
    "engineers-in-doubt": lambda: render.engineers(
        replace(samples.engineers(3), doubts=(samples.DOUBT,)), now=NOW, zone=BERLIN
    ),
    "synced-in-doubt": lambda: synced(
        SyncResult(reports=("charges",)), replace(samples.status(), doubts=(samples.DOUBT,))
    ),
    "help": lambda: render.help_text(admin=False),
    "help-admin": lambda: render.help_text(admin=True),
    "did-you-mean": lambda: render.did_you_mean(
        ["csot", "<!here>"], unused=["csot", "<!here>"], nearest=["cost"]
    ),
    "did-you-mean-unused": lambda: render.did_you_mean(
        ["cost", "<@U0JONAS01|jonas>", "opus", "last", "week"],
        unused=["<@U0JONAS01|jonas>", "opus"],
        nearest=["cost last week", "cost last week by model", "cost last week by engineer"],
    ),
    "not-understood": lambda: render.did_you_mean(["`fish`"], unused=["`fish`"], nearest=[]),
    "refusal": render.refusal,
    "admins-only": lambda: render.admins_only(["U0ADMIN001", "U0ADMIN002"]),
    "not-connected": lambda: render.not_connected(admin=False),
    "not-connected-admin": lambda: render.not_connected(admin=True),
    "key-in-text": render.key_in_text,
    "nothing-yet": lambda: render.nothing_yet(HALF),
    "progress": lambda: render.progress("Acme", HALF, done=False),
    "progress-done": lambda: render.progress("Acme", replace(HALF, days_read=418), done=True),
    "daily": lambda: render.digest(samples.daily(), set_up_by="Mina Okafor"),
    "daily-text-chart": lambda: in_text(render.digest(replace(samples.daily(), first=False))),
    "daily-estimated": lambda: render.digest(
        replace(samples.daily(), report=samples.friday(estimated=True), first=False)
    ),
    "daily-provisional": lambda: render.digest(
        replace(samples.daily(), report=samples.provisional(), first=False)
    ),
    "daily-in-doubt": lambda: render.digest(replace(samples.daily(), report=samples.in_doubt(), first=False)),
    "daily-quiet": lambda: render.digest(samples.quiet(), subscription_id=7),
    "daily-loud": lambda: render.digest(samples.loud(), set_up_by="Mina Okafor", subscription_id=7),
    "daily-loud-nameless": lambda: render.channel_digest(samples.loud(), names=False),
    "daily-details": lambda: details(samples.quiet()),
    "weekly-details": lambda: details(samples.weekly()),
    "weekly": lambda: render.digest(samples.weekly(), subscription_id=7),
    "monthly": lambda: render.digest(samples.monthly()),
    "monthly-text-chart": lambda: in_text(render.digest(samples.monthly())),
    "since-friday": lambda: render.digest(samples.since_friday()),
    "digest-team": lambda: render.channel_digest(samples.of_team(), names=True),
    "digest-team-initials": lambda: render.channel_digest(samples.of_team(), names=True, naming="initials"),
    "digest-team-totals": lambda: render.channel_digest(samples.of_team(), names=True, naming="totals"),
    "weekly-initials": lambda: render.channel_digest(samples.weekly(), names=True, naming="initials"),
    "alert-key-refused": lambda: render.alert(
        samples.refused(), organization="Acme", key_hint="wQAA", now=NOW, zone=BERLIN
    ),
    "alert-sync-failing": lambda: render.alert(
        Incident("sync_failing", NOW - timedelta(days=1), "/v1/organizations/cost_report: 529 overloaded"),
        organization="Acme",
        key_hint="wQAA",
        now=NOW,
        zone=BERLIN,
    ),
    "alert-over": lambda: render.alert_over(samples.refused(), NOW, organization="Acme"),
    "digest-problem": lambda: render.digest_problem(
        "C0SPEND", "outside", error="not_in_channel", subscription_id=7
    ),
    "digest-barred": lambda: render.digest_problem("C0SPEND", "barred", error="barred", subscription_id=7),
    "digest-held-shared": lambda: render.digest_held(
        "C0SPEND", Period.day(samples.FRIDAY), "shared", subscription_id=7
    ),
    "digest-held-public": lambda: render.digest_held(
        "C0SPEND", Period.day(samples.FRIDAY), "public", subscription_id=7
    ),
    "digest-fault": lambda: render.digest_fault(
        "C0SPEND", subscription_id=7, days=Period.day(samples.FRIDAY), post_id=9
    ),
    "digest-broken": lambda: render.digest_fault("C0SPEND", subscription_id=7),
    "digest-uncorrected": lambda: render.digest_uncorrected(
        "C0SPEND", Period.day(samples.FRIDAY), "cant_update_message"
    ),
    "digest-uncorrected-fault": lambda: render.digest_uncorrected(
        "C0SPEND", Period(date(2026, 11, 16), date(2026, 11, 23)), "fault"
    ),
    "digest-unconnected": lambda: render.digest_unconnected(
        "C0SPEND", Period.day(samples.FRIDAY), instead="", subscription_id=7
    ),
    "digest-of-another": lambda: render.digest_unconnected(
        "C0SPEND", Period.day(samples.FRIDAY), instead="Umbrella", subscription_id=7
    ),
    "untold": lambda: render.untold(
        [("Anthropic no longer accepts the Admin key", ""), (render.untold_digest("held"), "C0SPEND")]
    ),
    "digest-nameless": lambda: render.digest_nameless("C0SPEND", subscription_id=7),
    "daily-nameless": lambda: render.channel_digest(samples.daily(), names=False, set_up_by="Mina Okafor"),
    "withheld-costs": lambda: render.withheld(FINANCE_ONLY, names=False),
    "withheld-names": lambda: render.withheld(FINANCE_ONLY, names=True),
    "withheld-unknown": lambda: render.withheld(FINANCE_ONLY, names=True, unknown="other"),
    "withheld-scope": lambda: render.withheld(FINANCE_ONLY, names=True, unknown="scope"),
    "not-in-this-channel": lambda: render.not_in_this_channel(names=False),
    "not-named-in-this-channel": lambda: render.not_in_this_channel(names=True),
    "digest-unsent": lambda: render.digest_unsent(
        "C0SPEND", Period.day(samples.FRIDAY), "internal_error", post_id=9
    ),
    "digest-uncertain": lambda: render.digest_uncertain("C0SPEND", Period.day(samples.FRIDAY), post_id=9),
    "synced": lambda: synced(
        SyncResult(samples.status().restatements, reports=("charges", "usage", "directory"))
    ),
    "synced-failed": lambda: synced(
        SyncResult(
            reports=("charges", "usage"),
            failed={"usage": "GET /v1/organizations/usage_report/messages: 529 overloaded"},
            retry_at=NOW + timedelta(minutes=2),
        )
    ),
    "synced-refused": lambda: synced(
        SyncResult(
            refused="GET /v1/organizations/me: 401 invalid x-api-key", paused_until=NOW + timedelta(hours=1)
        ),
        replace(samples.status(), incidents=(samples.refused(),)),
    ),
    "outdated-refused": lambda: outdated("key_refused", admin=True),
    "outdated-behind": lambda: outdated("behind", admin=False),
    "disconnected": lambda: render.disconnected("Acme", kept=True),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_reads_as_its_snapshot(name: str) -> None:
    assert matches(name, MESSAGES[name]())


def test_days_of_another_zone_are_named() -> None:
    friday = samples.friday()
    question = replace(friday.question, period=replace(friday.question.period, zone=BERLIN))
    assert "days in Berlin time" in text_of(replace(friday, question=question))


def test_a_model_without_a_price_is_named() -> None:
    report = replace(samples.today(), unpriced=("claude-saga-6",))
    assert "Saga 6 isn't in the total: Anthropic hasn't billed it yet, so there's no price" in text_of(report)


def text_of(report: Report) -> str:
    blocks = render.cost(report, now=NOW, buttons=False).blocks
    return str(blocks[-1]["elements"][0]["text"])


def test_an_answer_and_a_digest_count_the_same_engineers() -> None:
    robot = structs.replace(samples.engineer("Nightly", "90"), id="svac_1")
    nobody = structs.replace(samples.engineer("Code execution", "4"), id="=code_execution")
    lines = samples.people(
        [samples.engineer(f"Engineer {n}", f"{90 - n}") for n in range(7)] + [robot, nobody]
    )
    report = replace(samples.engineers(), lines=lines)
    answer = render.engineers(report, now=NOW, zone="UTC")
    numbers = replace(samples.daily(), engineers=report)
    digest, details = render.digest(numbers), render.digest_details(numbers)
    assert "7 engineers" in str(answer.blocks)
    assert "4 others $342.00" in str(digest.blocks)
    assert "7 active" in str(details)
    assert not any(wrong in f"{answer} {digest}" for wrong in ("8 engineers", "8 active"))


def test_by_day_what_is_finished_is_cost_and_only_the_running_day_is_so_far() -> None:
    report = samples.by_day(7)
    until = Period.day(samples.FRIDAY).ends_at - timedelta(hours=9)
    running = replace(report, extent=Extent("running", until, is_over=False))
    (table,) = [block for block in render.cost(running, now=until).blocks if block["type"] == "table"]
    words = [str(cell) for row in table["rows"] for cell in row]
    assert "'Spend'" in words[1]
    assert [word for word in words if "so far" in word.casefold()] == [
        str({"type": "raw_text", "text": "Fri, Nov 20, so far"})
    ]


@pytest.mark.parametrize("kind", ["cut", "gappy"])
def test_a_day_that_is_in_to_some_hour_is_not_said_to_run_as_well(kind: Literal["cut", "gappy"]) -> None:
    until = Period.day(samples.FRIDAY).starts_at + timedelta(hours=9)
    extent = Extent(kind, until, is_over=False, unfinished={samples.FRIDAY: until})
    message = str(
        render.cost(replace(samples.by_day(7), extent=extent), now=until + timedelta(days=2)).blocks
    )
    assert "Fri, Nov 20 to 9:00 AM" in message
    assert "so far" not in message.partition("Nov 20 to 9:00 AM")[2].partition("'")[0]


def test_what_is_not_in_is_no_data_yet_and_nothing_so_far() -> None:
    today = samples.today()
    extent = Extent("running", today.question.period.starts_at, is_over=False)
    nothing = replace(today, lines=today.lines[:0], extent=extent)
    message = render.cost(nothing, now=NOW)
    assert "*No data today yet*\n" in f"{message.blocks[0]['text']['text']}\n"
    assert message.text == "No data yet on what Claude cost Acme today."


def test_a_summary_names_no_period_that_nothing_is_compared_with() -> None:
    def lonely(report: Report) -> Report:
        return replace(report, previous=replace(report.previous, total=None))

    whole = samples.summary()
    alone = replace(
        whole, today=lonely(whole.today), yesterday=lonely(whole.yesterday), month=lonely(whole.month)
    )
    shown = str(render.summary(alone, now=NOW, zone="UTC").blocks)
    assert " vs " not in shown
    month = str(render.summary(replace(alone, month=whole.month), now=NOW, zone="UTC").blocks)
    assert month.count(" vs ") == month.count("vs the same days in October") == 1


def test_what_fails_for_one_cause_is_one_line_with_the_names_of_reports() -> None:
    failing = {
        "late_claude_code": "/v1/organizations/usage_report/claude_code: no answer in time",
        "claude_code": "/v1/organizations/usage_report/claude_code: no answer in time",
        "charges_of_week": "/v1/organizations/cost_report: no answer in time",
        "gaps": "A StackSpend error in syncing gaps; details are in the log.",
    }
    message = str(render.status(replace(samples.status(), failing=failing), now=NOW, zone="UTC").blocks)
    assert message.count("*Out of date*") == 2
    assert "*Out of date*: the bill, Claude Code: no answer in time" in message
    assert "late" not in message
    assert "StackSpend's own totals: A StackSpend error" in message


def test_chart_and_table_show_the_same_days_and_say_of_how_many() -> None:
    message = render.cost(samples.by_day(90), now=NOW)
    (chart_,) = [block for block in message.blocks if block["type"] == "data_visualization"]
    (table,) = [block for block in message.blocks if block["type"] == "table"]
    assert chart_["title"] == "15 of 90 days"
    assert len(chart_["chart"]["series"][0]["data"]) == 15 == len(table["rows"]) - 3  # head, earlier, all


def test_a_single_day_does_not_list_the_keys_that_come_and_go() -> None:
    week = samples.weekly()
    day = replace(week, report=replace(week.report, question=samples.friday().question))
    assert "New: model Fable 5.2; keys ci-0" in words(details(week))
    assert "New:" not in words(details(day))
    assert "What changed" in words(details(day))


NO_DOLLARS = "it is in EUR, and StackSpend reads US dollars only"
NOT_ALLOWED = Gap(
    "charges",
    Period.day(samples.FRIDAY),
    "reading fails",
    since=datetime(2026, 11, 19, 9, 5, tzinfo=UTC),
    detail="/v1/organizations/cost_report: 403 not allowed",
)
EUROS = Gap("charges", Period.day(samples.FRIDAY), "unreadable", detail=NO_DOLLARS)


@pytest.mark.parametrize(
    ("gap", "why"),
    [
        (EUROS, NO_DOLLARS),
        (
            NOT_ALLOWED,
            "syncing has failed since Thu, Nov 19, 10:05 AM: Anthropic doesn't let this key read it (403)",
        ),
        (
            replace(NOT_ALLOWED, why="key refused"),
            "Anthropic has rejected the key since Thu, Nov 19, 10:05 AM",
        ),
    ],
)
def test_a_digest_says_why_there_is_no_bill(gap: Gap, why: str) -> None:
    report = replace(samples.friday(estimated=True), gaps=(gap,))
    message = render.digest(replace(samples.daily(), report=report))
    assert f"Estimated: the bill isn't in, because {why}. We'll update" in words(message)
    assert f"estimated because the bill isn't in ({why})" in message.text
    assert "not in yet" not in words(message) + message.text


def test_a_digest_of_a_week_says_how_much_of_it_is_estimated() -> None:
    week = samples.weekly()
    total = structs.replace(week.report.total, estimated=Decimal("12.00"))
    late = replace(samples.NOT_PUBLISHED, days=Period.day(week.period.end - timedelta(days=1)))
    mixed = replace(
        week.report, total=total, gaps=(late,), rests_on=frozenset[Basis]({"billed", "estimated"})
    )
    message = render.digest(replace(week, report=mixed))
    assert "Includes $12 estimated" in words(message)
    assert "Estimated from usage" not in words(message)
    assert "Partly estimated. We'll update this message when the bill arrives." in words(message)
    assert "partly estimated because the bill isn't in yet" in message.text


def words(message: render.Message) -> str:
    return "\n".join(str(block) for block in message.blocks)
