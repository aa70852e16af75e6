"""An export as a file, written row by row to bound memory, and the message beside it."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TextIO

from digests.files.export_rows import COLUMNS, Row
from digests.files.json_form import as_json, json_text
from digests.files.spreadsheet import cell
from digests.layout.message import Rendered, render_template
from digests.numbers.report import NAMING, Dimension, Form, Report
from digests.words import phrases, wording
from providers.spend import Basis

_HEAD = ("provider", "organization", "period", "currency")
_FOOT = ("coverage", "unpriced", "data_until", "as_of")


@dataclass
class Tally:
    """The sums of the rows written so far."""

    rows: int = 0
    cost: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)

    @property
    def estimated(self) -> Decimal:
        """The part that is not billed yet."""
        return self.cost - self.billed

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield rows and add them up."""
        for row in rows:
            self.rows += 1
            self.cost += _money(row["EffectiveCost"])
            self.billed += _money(row["BilledCost"])
            yield row


def _money(value: object) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def write(
    out: TextIO, rows: Iterable[Row], form: Form, *, report: Report, by: Dimension | None, shows_names: bool
) -> Tally:
    """Write rows and return their sums; `report` covers the same period, for the facts beside the rows."""
    tally = Tally()
    if form == "csv":
        _write_csv(out, tally.count(rows))
    else:
        facts = _facts(report, by, shows_names=shows_names)
        _write_json(out, tally.count(rows), tally, facts, basis=report.basis)
    return tally


def _write_csv(out: TextIO, rows: Iterable[Row]) -> None:
    """Write CSV by RFC 4180, numbers without separators."""
    table = csv.writer(out)
    table.writerow(COLUMNS)
    table.writerows([_cell(row[column]) for column in COLUMNS] for row in rows)


def _cell(value: str | Decimal | int | None) -> str:
    if value is None:
        return ""
    return cell(value) if isinstance(value, str) else _number(value)


def _number(value: Decimal | int) -> str:
    return wording.exact(value) if isinstance(value, Decimal) else str(value)


def _facts(report: Report, by: Dimension | None, *, shows_names: bool) -> dict[str, Any]:
    values = as_json(report)
    return {
        **{name: values[name] for name in _HEAD},
        "dimension": by,
        "filters": values["filters"],
        "names": shows_names,
        **{name: values[name] for name in _FOOT},
    }


def _write_json(
    out: TextIO, rows: Iterable[Row], tally: Tally, facts: Mapping[str, Any], *, basis: Basis
) -> None:
    """Write one object, a row per line, the sums after the rows."""
    out.write(f"{json_text(facts)[:-1]},\n")
    out.write('"rows": [')
    for number, row in enumerate(rows):
        line = {name: _plain(value) for name, value in row.items()}
        out.write(f"{',' if number else ''}\n{json_text(line)}")
    sums = {
        "total": wording.exact(tally.cost),
        "billed": wording.exact(tally.billed),
        "estimated": wording.exact(tally.estimated),
        "basis": basis,
    }
    out.write(f"\n],\n{json_text(sums)[1:]}\n")


def _plain(value: str | Decimal | int | None) -> str | int | None:
    return wording.exact(value) if isinstance(value, Decimal) else value


def name(report: Report, by: Dimension | None, form: Form) -> str:
    """Return the name of the file: `stackspend-2026-10-01-2026-10-31-by-key.csv`."""
    days = phrases.period_text(report.question.period).partition(" ")[0].replace("..", "-")
    cut = f"-by-{by.replace(' ', '-')}" if by else ""
    return f"stackspend-{days}{cut}.{form}"


def note(
    tally: Tally, *, report: Report, by: Dimension | None, form: Form, shows_names: bool, now: datetime
) -> Rendered:
    """Return the message on what a file contains and what it lacks."""
    days = report.question.period
    today, calendar = phrases.day_of(now, days.zone), phrases.zone_of(days)
    return render_template(
        "export",
        organization=wording.short(report.organization),
        when=wording.period(days, today=today),
        total=wording.spend(tally.cost, tally.estimated),
        by=by or "",
        calendar=calendar[0].upper() + calendar[1:],
        rows=wording.counted(tally.rows, "row" if by else "invoice line"),
        form=form.upper(),
        basis=phrases.basis(report, now, "UTC"),
        doubts=phrases.doubts(report, today),
        missing=phrases.missing_from(report, now=now, zone="UTC"),
        withheld=by in NAMING and not shows_names,
        as_of=phrases.freshness(report, now=now, zone="UTC"),
    )
