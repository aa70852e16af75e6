"""How a digest's total compares: with what is usual, or with the period before."""

from decimal import Decimal

from digests.numbers.digest_report import Digest
from digests.numbers.report import Report
from digests.words import phrases, wording
from digests.words.change.causes import cause_facts
from providers.period import DAY, WEEK, Period


def compared_facts(numbers: Digest) -> dict[str, object]:
    """Return how the total compares: with what is usual, or with the period before."""
    report, level = numbers.report, numbers.usual
    like, estimated = like_of(report), report.basis != "billed"
    facts: dict[str, object] = {
        "is_loud": numbers.is_loud,
        "is_usual": level is not None and (level.is_loud or level.is_known),
        "is_high": level is not None and level.is_loud and report.total.cost > level.cost,
        "cause": cause_facts(numbers.cause, like=like, estimated=estimated) if numbers.cause else None,
    }
    if level and level.is_loud:
        than = f"than usual for {_kind(numbers.period)}" if level.is_known else f"than {like}"
        words = f"{_amount_off(report.total.cost - level.cost)} {than}"
        return {**facts, "compared": words, "compared_spoken": words}
    if level and level.is_known:
        words = f"usual for {_kind(numbers.period)}"
        since, spoken = _difference(report), _difference(report, spoken=True)
        is_shown = bool(since) and 0 in level.periods  # an outlier is no measure
        return {
            **facts,
            "compared": f"{words} ({since} vs {like})" if is_shown else words,
            "compared_spoken": f"{words}, {spoken} than {like}" if is_shown else words,
        }
    return {**facts, **_with_change(report, like)}


def _with_change(report: Report, like: str) -> dict[str, str]:
    """Return the change since the period before, where nothing is known to be usual."""
    change, spoken = phrases.change(report), phrases.change_spoken(report)
    since, since_spoken = _difference(report), _difference(report, spoken=True)
    words = f"{change} vs {like}{f' ({since})' if since else ''}" if change else ""
    if change == "new":
        return {"compared": words, "compared_spoken": f"up from nothing {like}"}
    told = f"{spoken}{f' ({since_spoken})' if since_spoken else ''} vs {like}" if spoken else ""
    return {"compared": words, "compared_spoken": told}


def _difference(report: Report, *, spoken: bool = False) -> str:
    """Return the change in dollars since the period before, "" if part of it is estimated."""
    before = report.previous.total
    if before is None or report.basis != "billed" or before == report.total.cost:
        return ""
    difference = report.total.cost - before
    return wording.added_spoken(difference) if spoken else wording.added(difference)


def _amount_off(difference: Decimal) -> str:
    return f"{wording.about(abs(difference))} {'more' if difference > 0 else 'less'}"


def _kind(days: Period) -> str:
    """Name the kind of a period: `a Monday`, `Friday to Sunday`, `a week`, `a month`."""
    if days.length == 1:
        return f"a {days.start:%A}"
    if days.length < WEEK.days:
        return f"{days.start:%A} to {days.end - DAY:%A}"
    return "a week" if days.length == WEEK.days else "a month"


def rest_of(numbers: Digest) -> str:
    """Return what everything but the cause cost, with its change; "" without a cause."""
    found = numbers.cause
    if found is None:
        return ""
    estimated = numbers.report.basis != "billed"
    rest = wording.estimated(found.rest) if estimated else wording.billed(found.rest)
    change = wording.change(found.rest, found.usual_rest)
    return rest if change == wording.UNKNOWN else f"{rest}{wording.REMARK}{change}"


def like_of(report: Report) -> str:
    """Name the comparison period of a digest in the middle of a sentence."""
    days = report.previous.period
    if days.length == WEEK.days:
        return "the week before"
    if days.length == 1:
        return f"last {days.start:%A}"
    return wording.period(days, today=report.question.period.end - DAY)
