"""Where a period will end, with a band, and the record of past forecasts."""

from datetime import date, datetime
from decimal import Decimal

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.numbers.forecast import HOLDS
from digests.numbers.outlook import Outlook, PastForecast, kind_of
from digests.numbers.report import Forecast
from digests.words import phrases, wording
from providers.period import DAY, Period

_KINDS = ("month", "quarter", "year")


def forecast(
    outlook: Outlook, *, now: datetime, zone: str, shown: bool = True, share: bool = True
) -> Message:
    """Return a period's forecast, the figures beside it, and how good past ones were."""
    today = phrases.day_of(now, "UTC")
    figures = _figures(outlook, today)
    ahead = None if outlook.is_over else outlook.forecast
    rendered = render_template(
        "forecast",
        organization=wording.short(outlook.organization),
        when=_named(outlook, today),
        is_over=outlook.is_over,
        so_far=wording.estimated(outlook.so_far) if outlook.is_estimated else wording.billed(outlook.so_far),
        middle=wording.rounded_forecast(ahead.cost) if ahead else "",
        range=wording.forecast(ahead) if ahead else "",
        range_spoken=wording.spoken(wording.forecast(ahead)) if ahead else "",
        is_band=ahead is not None and " to " in wording.forecast(ahead),
        holds=str(round(HOLDS * 10)),
        through=f"Whole days to {wording.date_short(today - DAY, today=today)}",
        figures=[wording.spoken(f"{label}: {figure}") for label, figure in figures],
        record=[_past(each, today) for each in outlook.record],
        as_of=phrases.as_of(outlook.as_of, now=now, zone=zone),
    )
    return message(
        rendered,
        blocks.section(rendered.headline),
        blocks.figures(*figures) if figures else None,
        blocks.section(rendered.body) if rendered.body else None,
        blocks.context(rendered.footnote),
        _buttons(outlook, today, share=share) if shown else None,
    )


def _named(outlook: Outlook, today: date) -> str:
    name = _name(outlook.period, today)
    return f"{', '.join(wording.short(each) for each in outlook.part)} in {name}" if outlook.part else name


def _name(period: Period, today: date) -> str:
    """Name a period at the start of a sentence: `November`, `The fourth quarter`, `2026`, `Nov 3–20`."""
    kind, year = kind_of(period), "" if period.start.year == today.year else f" {period.start.year}"
    if kind == "month":
        return f"{period.start:%B}{year}"
    if kind == "quarter":
        return f"Q{(period.start.month + 2) // 3}{year}"
    return str(period.start.year) if kind == "year" else wording.period(period, today=today)


def _figures(outlook: Outlook, today: date) -> list[tuple[str, str]]:
    so_far = wording.spend(outlook.so_far, Decimal(outlook.is_estimated))
    figures = [] if outlook.is_over else [(f"So far, {_elapsed(outlook)}", so_far)]
    if outlook.previous is not None:
        figures.append((_name(outlook.period.before(), today), wording.billed(outlook.previous)))
    if outlook.odd and outlook.forecast and not outlook.is_over:
        day = wording.date_short(outlook.odd.day, today=today)
        without = outlook.forecast.cost - outlook.odd.above
        figures.append((f"Without what stands out on {day}", f"≈ {wording.rounded_forecast(without)}"))
    if errors := [each.error for each in outlook.record if each.error is not None]:
        off = ", ".join(wording.percent(abs(error)) for error in errors)
        figures.append(("Last forecasts at this point", f"off by {off}"))
    return figures


def _elapsed(outlook: Outlook) -> str:
    if not outlook.days:
        return "no whole day yet"
    return f"{outlook.days} of {wording.counted(outlook.period.length, 'day')}"


def _past(past: PastForecast, today: date) -> str:
    """Return a past forecast beside what came: `On Oct 10 we said $9,800 to $10,400; it was $10,100.12.`."""
    band = Forecast((past.low + past.high) / 2, (past.high - past.low) / 2)
    on, came = wording.date_short(past.made_on, today=today), wording.billed(past.outcome)
    if past.is_replayed:
        return f"From the days before {on} we'd have said {wording.forecast(band)}; it was {came}."
    return f"On {on} we said {wording.forecast(band)}; it was {came}."


def _buttons(outlook: Outlook, today: date, *, share: bool) -> blocks.Block:
    about = "".join(f" {phrases.filter_text(each)}" for each in outlook.filters)
    days = f"{phrases.period_text(outlook.period)}{about}"
    running = Period(outlook.period.start, min(outlook.period.end, today + DAY)) if outlook.days else None
    kind, more = kind_of(outlook.period), []
    if running and outlook.previous and outlook.forecast:
        is_higher = outlook.forecast.cost > outlook.previous
        than = _name(outlook.period.before(), today)
        more.append(
            button(
                f"Why {'higher' if is_higher else 'lower'} than {than}?",
                "view:why",
                value=f"why {phrases.period_text(running)}{about}",
            )
        )
    others = [each for each in _KINDS if each != kind]
    return blocks.actions(
        *more,
        *(button(f"This {each}", f"view:{each}", value=f"forecast {each} utc{about}") for each in others),
        *([button("Share in channel", "share", value=f"forecast {days}")] if share else []),
    )
