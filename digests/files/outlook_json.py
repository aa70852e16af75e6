"""The `--json` form of a forecast, with the record of past ones: money as exact decimal strings."""

from decimal import Decimal
from typing import Any

from digests.files.moments import rfc3339
from digests.numbers.forecast import HOLDS
from digests.numbers.outlook import Outlook, PastForecast
from digests.words.wording import exact
from providers.period import Period

_CENT = Decimal("0.01")  # a forecast is no more exact than that
_DIGITS = 6  # of a fraction: a ten-thousandth of a percent


def outlook_json(outlook: Outlook) -> dict[str, Any]:
    """Return an outlook as plain JSON values; what is unknown is null."""
    ahead = outlook.forecast
    return {
        "organization": outlook.organization,
        "period": _period(outlook.period),
        "filters": [
            {"dimension": each.dimension, "value": name}
            for each, name in zip(outlook.filters, outlook.part, strict=True)
        ],
        "currency": "USD",
        "days_so_far": outlook.days,
        "so_far": exact(outlook.so_far),
        "estimated": outlook.is_estimated,
        "forecast": _cents(ahead.cost) if ahead else None,
        "low": _cents(ahead.cost - ahead.band) if ahead else None,
        "high": _cents(ahead.cost + ahead.band) if ahead else None,
        "holds": HOLDS,
        "previous": {
            **_period(outlook.period.before()),
            "total": None if outlook.previous is None else exact(outlook.previous),
        },
        "stands_out": outlook.odd and {"day": str(outlook.odd.day), "above_usual": _cents(outlook.odd.above)},
        "record": [_past(each) for each in outlook.record],
        "as_of": rfc3339(outlook.as_of) if outlook.as_of else None,
    }


def _past(past: PastForecast) -> dict[str, Any]:
    return {
        **_period(past.period),
        "made_on": str(past.made_on),
        "low": _cents(past.low),
        "high": _cents(past.high),
        "total": exact(past.outcome),
        "error": None if past.error is None else round(float(past.error), _DIGITS),
        "replayed": past.is_replayed,
    }


def _cents(cost: Decimal) -> str:
    return exact(cost.quantize(_CENT))


def _period(period: Period) -> dict[str, str]:
    return {"start": str(period.start), "end": str(period.end), "timezone": period.zone}
