"""One invented organization, for the tests of what is said about it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import attrgetter

from digests.numbers.build import cost_report, engineers_report
from digests.numbers.cause import Cause
from digests.numbers.digest_report import Digest, Mover, Movers, Part
from digests.numbers.engineer_lines import (
    EngineerActivity,
    EngineerLine,
    EngineerLines,
    EngineerSpend,
    ModelLine,
    ToolLine,
)
from digests.numbers.lines import Line
from digests.numbers.report import (
    Dimension,
    Doubt,
    EngineersReport,
    Extent,
    Filter,
    Forecast,
    Gap,
    Horizon,
    Incident,
    PastEstimate,
    Previous,
    Question,
    Report,
    Restatement,
    Status,
    Summary,
)
from digests.numbers.usual import Usual
from providers.money import billionths
from providers.period import Period
from providers.spend import Amounts, Basis, Id, Sum

NOW = datetime(2026, 11, 22, 13, 42, tzinfo=UTC)
TODAY, FRIDAY = date(2026, 11, 22), date(2026, 11, 20)
BERLIN = "Europe/Berlin"
FIELDS = EngineerLine.__struct_fields__

BILLED, ESTIMATED = frozenset[Basis]({"billed"}), frozenset[Basis]({"estimated"})
RUNNING = Extent("running", NOW - timedelta(minutes=6), is_over=False)
DOUBT = Doubt(FRIDAY, Decimal("5504.08"), Decimal(0))
NOT_PUBLISHED = Gap("charges", Period.day(FRIDAY), "not published yet")
MODELS = {
    "claude-opus-5-5": ("3504.20", "3128.75"),
    "claude-sonnet-5-5": ("1511.76", "1386.94"),
    "claude-haiku-5-5": ("301.12", "310.43"),
    "claude-fable-5-2": ("187.00", "0"),
}
HOSTILE = {
    "ping": "<!channel> & <@U1>",
    "markup": "*bold* _sly_ ~gone~ `code` ci_nightly",
    "direction": "evil\u202egnp.exe\u200f\n\x07second line",
    "long": "x" * 200,
    "emoji": "👩🏽‍💻 team 🚀",
    "empty": "",
    "blank": " \u200b ",
}


def summed(id_: str | None, cost: str, *, estimated: str = "0", tokens: int = 1_200_000) -> Sum:
    return Sum(id_, Decimal(cost), Decimal(estimated), (tokens, 0, 0, 2 * tokens, tokens // 10, 0))


def amounts(sums: Iterable[Sum]) -> dict[Id, Amounts]:
    """The same as whole numbers."""
    return {
        each.id: Amounts(*each.quantities, billionths(each.cost), billionths(each.estimated)) for each in sums
    }


def costs(sums: Iterable[Sum]) -> dict[Id, int]:
    """Of the same the cost alone."""
    return {id_: each.cost for id_, each in amounts(sums).items()}


def models(*, column: int = 0, estimated: bool = False) -> list[Sum]:
    costs = {id_: both[column] for id_, both in MODELS.items()}
    return [summed(id_, cost, estimated=cost if estimated else "0") for id_, cost in costs.items()]


def friday(*, estimated: bool = False) -> Report:
    return cost_report(
        Question(Period.day(FRIDAY)),
        amounts(models(estimated=estimated)),
        Horizon(
            rests_on=ESTIMATED if estimated else BILLED,
            gaps=(NOT_PUBLISHED,) if estimated else (),
            as_of=NOW - timedelta(minutes=6),
        ),
        organization="Acme",
        before=costs(models(column=1)),
        names=str,
    )


def provisional() -> Report:
    """That Friday while its bill is not whole."""
    gap = Gap("charges", Period.day(FRIDAY), "not whole yet")
    return replace(
        friday(estimated=True), gaps=(gap,), rests_on=frozenset[Basis]({"provisional"}), band=Decimal("0.013")
    )


def in_doubt() -> Report:
    """That Friday after its bill fell to nothing."""
    gap = Gap("charges", Period.day(FRIDAY), "in doubt")
    return replace(friday(), gaps=(gap,), doubts=(DOUBT,))


def today() -> Report:
    return cost_report(
        Question(Period.day(TODAY, BERLIN)),
        amounts(models(estimated=True)),
        Horizon(
            extent=RUNNING,
            rests_on=ESTIMATED,
            as_of=NOW - timedelta(minutes=1),
            band=Decimal("0.013"),
            band_days=28,
        ),
        organization="Acme",
        before=costs(models(column=1)),
        previous_until=NOW - timedelta(days=7),
        names=str,
    )


def month() -> Report:
    mostly_billed = [replace_sum(each, cost=each.cost * 15, estimated=each.cost) for each in models()]
    return cost_report(
        Question(Period(date(2026, 11, 1), date(2026, 11, 23))),
        amounts(mostly_billed),
        Horizon(
            extent=RUNNING,
            rests_on=BILLED | ESTIMATED,
            gaps=(Gap("charges", Period(date(2026, 11, 21), TODAY), "not published yet"),),
            as_of=NOW - timedelta(minutes=1),
            band=Decimal("0.013"),
            band_days=28,
        ),
        organization="Acme",
        before=costs(
            replace_sum(each, cost=each.cost * 16, estimated=Decimal(0)) for each in models(column=1)
        ),
        names=str,
    )


def total_line(cost: str) -> Line:
    """A total."""
    return Line(None, "", Decimal(cost), Decimal(0), None, None)


def replace_sum(each: Sum, *, cost: Decimal, estimated: Decimal) -> Sum:
    return Sum(each.id, cost, estimated, each.quantities)


WEEKS = ("2026-11-02", "2026-11-09", "2026-11-16")


def by(dimension: Dimension, names: dict[str, str]) -> Report:
    """Lines of given ids and names, all of them hostile if need be."""
    sums = [summed(id_, f"{1000 - n}.25") for n, id_ in enumerate(names)]
    return cost_report(
        Question(Period.day(FRIDAY), dimension),
        amounts(sums),
        Horizon(as_of=NOW),
        organization="Acme <!here>",
        before=None,
        names=lambda id_: names[id_],
    )


def of_a_part() -> Report:
    """What one engineer spent on Opus, by model and day, of which finished days alone are compared."""
    filters = (Filter("model", ("opus",)), Filter("engineer", ("mina@acme.example",)))
    week = Period(date(2026, 11, 16), date(2026, 11, 23))
    until = datetime(2026, 11, 22, 10, 26, tzinfo=UTC)
    sums = [summed("claude-opus-5-5", "812.40"), summed("claude-opus-4-8", "88.10")]
    report = cost_report(
        Question(week, "model", filters=filters, limit=5),
        amounts(sums),
        Horizon(as_of=NOW, extent=replace(RUNNING, until=until), rests_on=frozenset({"billed", "estimated"})),
        organization="Acme",
        names=str,
        before={"claude-opus-5-5": 400 * 10**9},
        previous_until=datetime(2026, 11, 15, tzinfo=UTC),
    )
    lines = replace(report.lines, before=None)
    named = ("Opus", "Mina <!here> Okafor")
    return replace(report, filter_names=named, compared=Decimal(800), lines=lines)


def two_periods() -> Report:
    """October compared with July, by workspace."""
    october, july = Period.month(date(2026, 10, 1)), Period.month(date(2026, 7, 1))
    return cost_report(
        Question(october, "workspace", compare=july),
        amounts([summed("wrkspc_1", "16995.65"), summed("wrkspc_2", "358.22"), summed(None, "134.40")]),
        Horizon(as_of=NOW),
        organization="Acme",
        before={"wrkspc_1": 19535200000000, "wrkspc_2": 400200000000, None: 137800000000},
        names=lambda id_: {"wrkspc_1": "Production", "wrkspc_2": "Research"}[id_],
    )


def two_members() -> Report:
    """Opus compared with Sonnet in October, by workspace."""
    question = Question(
        Period.month(date(2026, 10, 1)),
        "workspace",
        filters=(Filter("model", ("opus",)),),
        compare=Filter("model", ("sonnet",)),
    )
    report = cost_report(
        question,
        amounts([summed("wrkspc_1", "16995.65"), summed("wrkspc_2", "358.22")]),
        Horizon(as_of=NOW),
        organization="Acme",
        before={"wrkspc_1": 9535200000000, None: 137800000000},
        names=lambda id_: {"wrkspc_1": "Production", "wrkspc_2": "Research"}[id_],
    )
    return replace(report, filter_names=("Opus",), versus_name="Sonnet")


def by_two() -> Report:
    """The dearest pairs of engineer and model."""
    names = {"mina@acme.example\x1fclaude-opus-5-5": "Mina Okafor × Opus 5.5", "\x1fclaude-x": "Nobody × X"}
    sample = by("engineer", names)
    return replace(sample, question=replace(sample.question, second="model", limit=1))


def by_week() -> Report:
    """Three weeks of which the first and the last are not whole."""
    days = Period(date(2026, 11, 5), date(2026, 11, 18))
    return cost_report(
        Question(days, "week"),
        amounts(summed(day, cost) for day, cost in zip(WEEKS, ("90", "210.5", "80"), strict=True)),
        Horizon(as_of=NOW),
        organization="Acme",
        before=costs([summed("2026-10-26", "100"), summed("2026-11-02", "50")]),
        names=str,
    )


def by_day(count: int) -> Report:
    days = Period.last_days(count, until=FRIDAY)
    return cost_report(
        Question(days, "day"),
        amounts(summed(day.isoformat(), f"{1000 + 10 * day.day}") for day in days.days()),
        Horizon(as_of=NOW),
        organization="Acme",
        before=costs(summed(day.isoformat(), "900") for day in days.before().days()),
        names=str,
    )


def engineer(name: str, cost: str, *, seat: str = "0", commits: int = 14, id_: str = "") -> EngineerLine:
    return EngineerLine(
        id=id_ or f"{name.casefold().replace(' ', '.')}@acme.example",
        name=name,
        cost=Decimal(cost),
        code_cost=Decimal(cost) * 3 / 4,
        estimated_cost=Decimal(cost) * 4 / 5,
        links={"claude_code_key": Decimal(cost) * 3 / 4, "creator": Decimal(cost) / 4},
        subscription_cost=Decimal(seat),
        tokens=3_100_000,
        sessions=21,
        lines_added=4210,
        lines_removed=1300,
        commits=commits,
        pull_requests=commits // 4,
        accepted=82,
        rejected=18,
    )


def people(lines: Iterable[EngineerLine]) -> EngineerLines:
    """Engineers as whole numbers."""
    by_id = {line.id: line for line in lines}
    links = {link for line in by_id.values() for link in line.links}
    spend, estimates, counts = attrgetter(*FIELDS[2:5]), attrgetter(*FIELDS[5:7]), attrgetter(*FIELDS[7:-1])
    return EngineerLines(
        ids=list(by_id),
        name_of=lambda id_: by_id[id_].name,
        spend={id_: EngineerSpend(*map(billionths, spend(line))) for id_, line in by_id.items()},
        activity={
            id_: EngineerActivity(*map(billionths, estimates(line)), *counts(line))
            for id_, line in by_id.items()
        },
        links={
            link: {id_: billionths(line.links[link]) for id_, line in by_id.items() if link in line.links}
            for link in links
        },
    )


def engineers(count: int = 4) -> EngineersReport:
    somebody = [
        engineer("Mina Okafor", "212.40"),
        engineer("Jonas Weber", "198.15", commits=9),
        engineer("Ines Duarte", "164.90", seat="20", commits=21),
        engineer("Ravi Shah", "0", seat="35.10", commits=0),
    ]
    nobody = [
        EngineerLine(id=None, name="Not attributed", cost=Decimal("31.20")),
        EngineerLine(id="=code_execution", name="Code execution", cost=Decimal("4.10")),
    ]
    somebody += [engineer(f"Engineer {n}", f"{100 - n / 100}", commits=2) for n in range(count - 4)]
    return engineers_report(
        Period.last_days(7, until=FRIDAY),
        people([*somebody[:count], *nobody] if count else []),
        Horizon(as_of=NOW - timedelta(minutes=31)),
        organization="Acme",
        models=[
            ModelLine(model="claude-opus-5-5", estimated_cost=Decimal("411.20"), tokens=9_100_000),
            ModelLine(model="claude-haiku-5-5", estimated_cost=Decimal("8.05"), tokens=2_400_000),
        ],
        tools=[
            ToolLine(tool="edit_tool", accepted=812, rejected=44),
            ToolLine(tool="tool_of_tomorrow", accepted=3, rejected=9),
        ],
        previous_cost=Decimal(500),
    )


def status() -> Status:
    return Status(
        organization="Acme",
        key_hint="wQAA",
        connected_by="U0MINA",
        connected_at=datetime(2026, 9, 30, 8, 0, tzinfo=UTC),
        first_day=date(2025, 9, 30),
        last_billed_day=date(2026, 11, 21),
        total=Decimal("183204.17"),
        freshness={
            "usage": NOW - timedelta(minutes=6),
            "claude_code": NOW - timedelta(minutes=31),
            "spend": NOW - timedelta(hours=2, minutes=42),
        },
        gaps=(),
        backfill=None,
        incidents=(),
        accuracy=(Decimal("0.009"), 28),
        record=(
            PastEstimate(date(2026, 11, 21), Decimal("2240.10"), Decimal("2219.87")),
            PastEstimate(date(2026, 11, 20), Decimal("5480.00"), Decimal("5504.08")),
            PastEstimate(date(2026, 11, 19), Decimal("0.20"), Decimal(0)),
        ),
        hourly_spend="offered",
        hourly_days=326,
        discount=Decimal("0.08"),
        differences={date(2026, 11, 18): Decimal("3.10")},
        restatements=(Restatement(date(2026, 11, 18), Decimal("5089.00"), Decimal("5092.10")),),
    )


def refused() -> Incident:
    return Incident("key_refused", NOW - timedelta(hours=4), "/v1/organizations/me: 401 invalid x-api-key")


def summary() -> Summary:
    yesterday = replace(friday(), question=Question(Period.day(date(2026, 11, 21))))
    return Summary(today(), yesterday, month(), Forecast(Decimal("121402.71"), Decimal("3894.2")), status())


def daily() -> Digest:
    days = Period.last_days(14, until=FRIDAY).days()
    costs = [2240, 1980, 4532, 4803, 4622, 5056, 4942, 1540, 1445, 4992, 5158, 5089, 5340, 5504]
    return Digest(
        report=friday(),
        month=replace(month(), total=total_line("81230.44"), gaps=()),
        forecast=Forecast(Decimal("121402.71"), Decimal("3894.2")),
        engineers=engineers(48),
        history=[(day, Decimal(cost)) for day, cost in zip(days, costs, strict=True)],
        restatements=status().restatements,
        set_up_by="U0MINA",
        zone=BERLIN,
        first=True,
    )


def quiet() -> Digest:
    """That Friday among four like it."""
    return replace(daily(), usual=Usual(Decimal("5120.50"), [0, 1, 2, 3], is_loud=False), first=False)


def loud() -> Digest:
    """That Friday with a key that ran away, which the rule calls loud."""
    runaway = Cause(
        {"key": "apikey_ci", "model": "claude-opus-5-5", "workspace": None},
        cost=billionths(Decimal("3302.10")),
        before=3 * billionths(Decimal("4.20")),
        whole=billionths(Decimal("5504.08")),
        whole_before=3 * billionths(Decimal("2010.40")),
        periods=3,
        names={"key": "ci_nightly_", "model": "claude-opus-5-5", "workspace": "Default workspace"},
    )
    return replace(
        daily(), usual=Usual(Decimal("2010.40"), [0, 2, 3], is_loud=True), cause=runaway, first=False
    )


def weekly() -> Digest:
    """The week of that Friday, with what moved in it."""
    week = Question(Period(date(2026, 11, 16), date(2026, 11, 23)))
    report = replace(
        friday(), question=week, previous=Previous(week.period.before(), Decimal("30201.10"), None)
    )
    return replace(
        daily(),
        report=report,
        first=False,
        models=Movers(
            up=[
                Mover("claude-opus-5-5", Decimal(3504), Decimal(3100)),
                Mover("claude-haiku-5-5", Decimal(9), Decimal(1)),
            ],
            down=[Mover("claude-sonnet-5-5", Decimal(1200), Decimal(1511))],
            new=[Mover("claude-fable-5-2", Decimal(187), Decimal(0))],
            gone=[Mover("claude-opus-4-1", Decimal(0), Decimal(12))],
        ),
        people=Movers(up=[Mover("Mina Okafor", Decimal(212), Decimal(180))]),
        keys=Movers(new=[Mover(f"ci-{n}", Decimal(9 - n), Decimal(0)) for n in range(5)]),
    )


def monthly() -> Digest:
    """The October before."""
    october = Question(Period.month(date(2026, 10, 1)))
    previous = Previous(october.period.before(), Decimal("5200.00"), None)
    months = [(date(2026, month, 1), Decimal(4000 + 200 * month)) for month in range(5, 11)]
    report = replace(friday(), question=october, previous=previous)
    return replace(daily(), report=report, month=None, forecast=None, history=months, first=False)


def since_friday() -> Digest:
    """The digest of a Monday, on working days only."""
    days = Period(FRIDAY, date(2026, 11, 23))
    previous = Previous(Period(date(2026, 11, 13), date(2026, 11, 16)), Decimal("5000.00"), None)
    return replace(daily(), report=replace(friday(), question=Question(days), previous=previous), first=False)


def of_team() -> Digest:
    """One about a user group, by its engineers."""
    names = {"mina@acme.example": "Mina Okafor", "jonas@acme.example": "Jonas Weber"}
    return replace(
        daily(),
        report=replace(by("engineer", names), organization="Acme"),
        engineers=None,
        month=replace(month(), total=total_line("41230.44"), gaps=()),
        forecast=Forecast(Decimal("58210.30"), Decimal("2104.2")),
        first=False,
        people=Movers(up=[Mover("Mina Okafor", Decimal("1000.25"), Decimal("900.25"))]),
        keys=Movers(new=[Mover("ci-nightly", Decimal(4), Decimal(0))]),
        part=Part("group", ["platform"], Decimal(8000), count=4, unknown=1),
    )
