from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from digests.numbers.build import cost_report, engineers_report
from digests.numbers.report import Dimension, Extent, Horizon, Question, Report
from providers.period import Period
from providers.spend import AnyAmounts, BriefAmounts, Id, Sum
from tests.digests.samples import FRIDAY, NOW, amounts, costs, engineer, friday, people, summed

UNTIL = NOW - timedelta(days=2)
RUNNING = Extent("running", UNTIL, is_over=False, unfinished={FRIDAY: UNTIL})


def built(
    sums: list[Sum],
    *,
    previous: list[Sum] | None = None,
    by: Dimension = "model",
    days: int = 1,
    running: bool = False,
    spent: Mapping[Id, AnyAmounts] | None = None,
) -> Report:
    return cost_report(
        Question(Period.last_days(days, until=FRIDAY), by),
        amounts(sums) if spent is None else spent,
        Horizon(extent=RUNNING if running else Extent(), as_of=NOW),
        organization="Acme",
        before=None if previous is None else costs(previous),
        names=lambda id_: {"a": "Alpha", "b": "Beta", "z": ""}.get(id_, id_),
    )


def test_the_dearest_line_comes_first_and_ties_go_by_name() -> None:
    report = built([summed("b", "5"), summed("a", "5"), summed("c", "9")])
    assert [line.name for line in report.lines] == ["c", "Alpha", "Beta"]


def test_days_come_in_the_order_of_the_calendar() -> None:
    report = built([summed("2026-11-20", "5"), summed("2026-11-19", "1")], by="day", days=2)
    assert [line.id for line in report.lines] == ["2026-11-19", "2026-11-20"]


def test_lines_sum_to_the_total_to_the_billionth() -> None:
    report = built([summed(str(n), f"0.{n:09}", estimated="0.000000001") for n in range(1, 900)])
    assert sum(line.cost for line in report.lines) == report.total.cost
    assert sum(line.estimated for line in report.lines) == report.total.estimated
    assert sum((line.quantities or (0,))[0] for line in report.lines) == (report.total.quantities or (0,))[0]


def test_a_part_of_the_lines_sums_to_what_it_holds() -> None:
    report = built(
        [summed(str(n), f"0.{n:09}", tokens=n) for n in range(1, 900)],
        previous=[summed(str(n), f"{n}") for n in range(1, 900, 2)],
    )
    hidden, shown = report.lines[15:].as_one_line(), list(report.lines[:15])
    assert hidden.cost == report.total.cost - sum(line.cost for line in shown)
    assert hidden.previous == sum(line.previous or 0 for line in report.lines[15:])
    assert hidden.quantities == tuple(
        map(sum, zip(*(line.quantities or () for line in report.lines[15:]), strict=True))
    )


def test_lines_of_which_tokens_were_not_read_tell_none() -> None:
    report = built(
        [], spent={"a": BriefAmounts(7, 5 * 10**9, 0), "b": BriefAmounts(7, 0, 0), "c": BriefAmounts(0, 0, 0)}
    )
    assert [(line.id, line.quantities) for line in report.lines] == [("a", None), ("b", None)]


def test_a_line_of_nothing_at_all_is_left_out() -> None:
    report = built([summed("a", "0", tokens=0), summed("b", "0", tokens=7), summed("c", "1")])
    assert [line.id for line in report.lines] == ["c", "b"]


def test_what_has_no_id_is_named_honestly() -> None:
    named = {by: built([summed(None, "1")], by=by).lines[0].name for by in ("engineer", "workspace", "model")}
    assert named == {
        "engineer": "Not attributed",
        "workspace": "Default workspace",
        "model": "Unknown model",
    }


def test_an_id_without_a_name_is_its_own() -> None:
    assert built([summed("z", "1")]).lines[0].name == "z"


def test_a_line_is_set_beside_the_like_period() -> None:
    report = built([summed("a", "5"), summed("b", "5")], previous=[summed("a", "4"), summed("gone", "2")])
    assert [line.previous for line in report.lines] == [Decimal(4), Decimal(0)]
    assert report.previous.total == Decimal(6)
    assert report.previous.period == Period.day(date(2026, 11, 13))


def test_nothing_is_compared_with_what_is_unknown() -> None:
    report = built([summed("a", "5")])
    assert report.previous.total is None
    assert report.lines[0].previous is None


def test_a_day_is_set_beside_the_same_weekday_before() -> None:
    sums = [summed(f"2026-11-{day}", str(day)) for day in range(11, 21)]
    report = built(sums, previous=[summed("2026-11-04", "4")], by="day", days=10)
    assert [line.previous for line in report.lines][:2] == [Decimal(4), Decimal(0)]
    assert report.lines[-1].previous == Decimal(13)


def test_a_day_that_still_runs_is_not_set_beside_a_whole_one() -> None:
    sums = [summed(f"2026-11-{day}", str(day)) for day in range(11, 21)]
    assert built(sums, previous=[], by="day", days=10, running=True).lines[-1].previous is None


def test_shares_add_up_even_with_a_credit() -> None:
    report = friday()
    assert round(sum(report.share(line.cost) for line in report.lines), 6) == 1
    assert built([summed("a", "5"), summed("b", "-5")]).share(Decimal(5)) == 0


def test_engineers_are_ranked_by_cost_and_sum_to_all() -> None:
    report = engineers_report(
        Period.day(FRIDAY),
        people(
            [engineer("Mina", "5"), engineer("Jo", "9"), engineer("Al", "0", seat="3"), engineer("Bo", "0")]
        ),
        Horizon(),
        organization="Acme",
        previous_cost=None,
    )
    assert [(line.name, line.cost) for line in report.lines] == [
        ("Jo", Decimal(9)),
        ("Mina", Decimal(5)),
        ("Al", Decimal(0)),
        ("Bo", Decimal(0)),
    ]
    assert (report.total.name, report.total.cost, report.total.commits) == ("All", Decimal(14), 56)
    rest = report.lines[1:].as_one_line()
    assert (rest.cost, rest.subscription_cost, rest.commits) == (Decimal(5), Decimal(3), 42)
    assert rest.links == {"claude_code_key": Decimal("3.75"), "creator": Decimal("1.25")}


def test_the_cost_of_a_commit_counts_what_a_subscription_used() -> None:
    assert engineer("Mina", "16", seat="2", commits=7).cost_per_commit == Decimal(2)
    assert engineer("Mina", "16", commits=0).cost_per_commit is None
    assert engineer("Mina", "16", commits=8).cost_per_pull_request == Decimal(6)
    assert engineer("Mina", "0").acceptance == Decimal("0.82")
