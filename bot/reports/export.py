"""An export to a file: read and written a day at a time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TextIO

from bot.reports import cost
from bot.reports.split import amounts, filters
from bot.sync import spans
from digests.files import export_file
from digests.files.export_file import Tally
from digests.files.export_rows import Account, Row, of_charge, of_day
from digests.layout import blocks
from digests.layout.message import Message, Rendered, message
from digests.numbers.report import AsFile, Dimension, Filter, Question, Report
from providers.directory import Directory
from providers.money import dollars
from providers.period import Period
from providers.spend import Sum
from storage.engine.database import snapshot
from storage.facts import bills, charges, coverage, directory, spend
from storage.state.connections import Connection

_NO_QUANTITIES = (0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class ExportRequest:
    """The content of an export; `shows_names` says if the reader may see engineers and keys by name.

    `own` is the address of the person who asks.
    """

    connection: Connection
    period: Period
    file: AsFile
    shows_names: bool
    now: datetime
    filters: tuple[Filter, ...] = ()
    own: str = ""

    @property
    def days(self) -> Period:
        """The days of the file: the bill's own lines and cells are by UTC days, whatever the calendar."""
        in_utc = Period(self.period.start, self.period.end)
        if self.file.by is None or amounts.needs_cells(self.question(self.period, self.file.by)):
            return in_utc
        return self.period

    def question(self, days: Period, by: Dimension) -> Question:
        """Return the question that the rows of some days answer."""
        return Question(days, by, filters=filters.with_own(self.filters, self.own))

    @property
    def length(self) -> int:
        """The approximate number of rows."""
        if self.file.by is None:
            return charges.count(self.connection.id, self.days)
        return spend.count(self.connection.id, cost.STORED[self.file.by], self.days)


@dataclass(frozen=True)
class ExportedFile:
    """A written file: its name, its sums, and the words that go with it."""

    name: str
    tally: Tally
    rendered: Rendered

    @property
    def message(self) -> Message:
        """The words as a Slack message."""
        return message(
            self.rendered, blocks.section(self.rendered.headline), blocks.context(self.rendered.footnote)
        )


def write(request: ExportRequest, out: TextIO) -> ExportedFile:
    """Write all rows from one snapshot of the database."""
    by, form, shows_names = request.file.by, request.file.form, request.shows_names
    with snapshot():
        report = _report(request)
        unfinished = {} if report.extent.kind == "running" else report.extent.unfinished
        rows = _rows(request, unfinished)
        tally = export_file.write(out, rows, form, report=report, by=by, shows_names=shows_names)
    rendered = export_file.note(
        tally, report=report, by=by, form=form, shows_names=shows_names, now=request.now
    )
    return ExportedFile(export_file.name(report, by, form), tally, rendered)


def _report(request: ExportRequest) -> Report:
    """Return the facts beside the rows."""
    by = "day" if not request.filters else request.file.by or "day"
    question = replace(request.question(request.days, by), filters=request.filters)
    report = cost.cost(request.connection, question, now=request.now, own=request.own)
    return replace(report, currency=_currency(request))


def _currency(request: ExportRequest) -> str | None:
    """Return the currency of a period's bills, None if there are several."""
    currencies = set(charges.currencies(request.connection.id, _billed_by(request.days)).values()) or {"USD"}
    return next(iter(currencies)) if len(currencies) == 1 else None


def _rows(request: ExportRequest, unfinished: Mapping[date, datetime]) -> Iterator[Row]:
    """Yield the bill's own lines if the request is for these and they exist, else the sums of each day."""
    connection, by = request.connection, request.file.by
    names = directory.read(connection.id)
    account = Account(connection.organization_id, connection.organization_name, names, request.shows_names)
    billed = coverage.days(connection.id, "charges", _billed_by(request.days))
    provisional = bills.provisional_days(connection.id, _billed_by(request.days))
    currencies = charges.currencies(connection.id, _billed_by(request.days))
    for date_ in request.days.days():
        if by is None and date_ in billed:
            for charge in charges.by_day(connection.id, Period.day(date_)).get(date_, ()):
                yield of_charge(charge, account)
            continue
        day = Period.day(date_, request.days.zone)
        in_utc = list(_billed_by(day).days())
        shown = by or "model"
        yield from of_day(
            day,
            _sums(request, names, day, shown),
            shown,
            account,
            billed=not billed.isdisjoint(in_utc),
            provisional=not provisional.isdisjoint(in_utc),
            until=unfinished.get(date_),
            list_cost=_list_cost(connection.id, day) if by == "day" else None,
            currency=next((currencies[each] for each in in_utc if each in currencies), "USD"),
        )


def _sums(request: ExportRequest, names: Directory, day: Period, by: Dimension) -> list[Sum]:
    """Return the sums of a day by the stored id of a dimension, of what the filters choose."""
    number, question = request.connection.id, request.question(day, by)
    if not question.filters:
        return spend.totals_by(number, cost.STORED[by], day)
    stored = amounts.stored_amounts(number, question, names, tokens=True)
    return [
        Sum(id_, dollars(each.cost), dollars(each.estimated), each.quantities or _NO_QUANTITIES)
        for (id_,), each in stored
    ]


def _billed_by(period: Period) -> Period:
    """Return the UTC days whose bills hold a period."""
    return spans.days_overlapping(period.starts_at, period.ends_at)


def _list_cost(connection_id: int, day: Period) -> Decimal | None:
    """Return the cost of a day before discounts, if the provider reports it for all of the day's dollars."""
    listed = {each.id: each.cost for each in spend.totals_by(connection_id, "listed", day)}
    is_whole = listed.get(spend.PAID) == spend.total(connection_id, day).cost
    return listed.get(spend.LIST) if is_whole else None
