"""The last days in a line: their bars, the highest in words, and what is not in yet."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from digests.messages.home_tab.sparkline import Sparkline, sparkline
from digests.numbers.report import Extent, Report
from providers.money import billionths
from providers.spend import BriefAmounts
from tests.digests import samples

TODAY = date(2026, 11, 21)
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)
UNREAD = Extent("cut", FRIDAY, unfinished={date(2026, 11, 20): FRIDAY})


def of(*costs: str, estimated: str = "0") -> Report:
    """A report by day of days that cost so much; a day of "" has no line."""
    report = samples.by_day(len(costs))
    spent = {
        line.id: BriefAmounts(0, billionths(Decimal(cost)), billionths(Decimal(estimated)))
        for line, cost in zip(report.lines, costs, strict=True)
        if cost
    }
    return replace(report, lines=replace(report.lines, ids=list(spent), amounts=spent))


def drawn(report: Report) -> Sparkline:
    line = sparkline(report, TODAY)
    assert line
    return line


def test_days_are_drawn_in_their_order_with_the_highest_in_words() -> None:
    line = drawn(of("10", "0", "80", "45"))
    assert line.block["text"]["text"] == "*Last 4 days*\n`▂▁█▅`  high $80 on Nov 19"


def test_a_day_without_a_line_cost_nothing_and_one_that_is_not_read_is_reported() -> None:
    line = drawn(replace(of("10", "", "80", ""), extent=UNREAD))
    assert line.bars == "▂▁█·"
    assert line.words == "high $80 on Nov 19  ·  1 day without data yet"


def test_the_chart_of_the_same_days_has_no_bar_for_a_day_that_is_not_read() -> None:
    native = drawn(replace(of("10", "", "80", ""), extent=UNREAD)).native
    assert native
    assert [point["value"] for point in native["chart"]["series"][0]["data"]] == [10.0, 0.0, 80.0]
    assert native["title"] == "Last 4 days, 1 without data yet"


def test_too_few_days_or_days_of_nothing_are_no_trend() -> None:
    assert sparkline(replace(of("10", ""), extent=UNREAD), TODAY) is None
    assert sparkline(of("0", "0", "0"), TODAY) is None
