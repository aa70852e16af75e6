"""What the Home tab tells at a glance, in one line each."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from demo.blockkit.messages import problems_in_view
from digests.layout.blocks import Block
from digests.messages import home_summary
from digests.numbers.report import Extent, Report
from providers.money import billionths
from providers.spend import Amounts, BriefAmounts
from tests.digests import samples

TODAY, MONTH = date(2026, 11, 21), date(2026, 11, 1)
FRIDAY = datetime(2026, 11, 20, tzinfo=UTC)


def words(block: Block | None) -> str:
    assert block
    return str(block["text"]["text"])


def of(*costs: str, estimated: str = "0") -> Report:
    """A report by day of days that cost so much; a day of "" has no line."""
    report = samples.by_day(len(costs))
    spent = {
        line.id: BriefAmounts(0, billionths(Decimal(cost)), billionths(Decimal(estimated)))
        for line, cost in zip(report.lines, costs, strict=True)
        if cost
    }
    return replace(report, lines=replace(report.lines, ids=list(spent), amounts=spent))


def test_days_are_drawn_in_their_order_with_the_dearest_and_the_cheapest_in_words() -> None:
    line = words(home_summary.trend(of("10", "0", "80", "45"), TODAY))
    assert line == "*Last 4 days*  `▂▁█▅`  ·  most $80.00 on Thu, Nov 19  ·  least $0.00 on Wed, Nov 18"


def test_a_day_without_a_line_cost_nothing_and_one_that_is_not_read_is_reported() -> None:
    report = of("10", "", "80", "")
    unread = Extent("cut", FRIDAY, unfinished={date(2026, 11, 20): FRIDAY})
    line = words(home_summary.trend(replace(report, extent=unread), TODAY))
    assert "`▂▁█·`" in line
    assert "least $0.00 on Wed, Nov 18" in line
    assert line.endswith("1 day without data yet")


def test_days_that_are_alike_have_no_dearest() -> None:
    assert words(home_summary.trend(of("10", "10"), TODAY)) == "*Last 2 days*  `██`  ·  $10.00 each"


def test_an_estimate_says_so() -> None:
    assert "most ≈ $80 on Fri" in words(home_summary.trend(of("10", "80", estimated="1"), TODAY))


def test_too_few_days_are_no_trend() -> None:
    report = of("10", "")
    unread = Extent("cut", FRIDAY, unfinished={date(2026, 11, 20): FRIDAY})
    assert home_summary.trend(replace(report, extent=unread), TODAY) is None


def test_the_dearest_are_named_with_their_share_and_the_rest_counted() -> None:
    report = samples.by("engineer", {f"p{n}@acme.example": f"Person {n}" for n in range(8)})
    line = words(home_summary.top_spenders(MONTH, report.lines)).splitlines()
    assert line[0] == "*Engineers, November so far*"
    assert line[1].startswith("Person ")
    assert len(line) == 7
    assert line[-1] == "3 others"


def test_who_only_used_claude_code_is_counted_and_what_cost_nothing_is_not() -> None:
    report = samples.by("engineer", {f"p{n}@acme.example": f"Person {n}" for n in range(8)})
    free = {**report.lines.amounts, "p7@acme.example": Amounts(1, *[0] * 7)}
    active = {"p0@acme.example", "seat@acme.example", "key ci", "svac_1", None}
    shown = home_summary.top_spenders(MONTH, replace(report.lines, amounts=free), active)
    assert words(shown).splitlines()[-1] == "3 others"


def test_what_nobody_is_named_for_and_service_accounts_are_no_engineers() -> None:
    report = samples.by("engineer", {"=code_execution": "Code execution", "svac_1": "Nightly"})
    assert home_summary.top_spenders(MONTH, report.lines) is None


@pytest.mark.parametrize("name", samples.HOSTILE.values(), ids=list(samples.HOSTILE))
def test_slack_takes_any_name(name: str) -> None:
    report = samples.by("engineer", {f"{name}{n}@x": f"{name}{n}" for n in range(8)})
    shown = home_summary.top_spenders(MONTH, report.lines)
    assert problems_in_view({"type": "home", "blocks": [shown]}) == []
    assert "<!channel>" not in str(shown)
