"""Why a cost changed: what explains most, and the effects that add up to the change."""

from datetime import date, datetime
from decimal import Decimal

from digests.layout import blocks, buttons
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.numbers.cause import Aspect, Cause
from digests.numbers.change.report import Change
from digests.numbers.change.spike import Spike
from digests.numbers.report import Filter
from digests.words import phrases, wording
from digests.words.change import effects
from providers.money import dollars
from providers.period import Period

_FIRST = {"key": "one API key", "engineer": "one engineer"}
_WITHIN: tuple[Aspect, ...] = ("model", "workspace")  # what says more about a key or an engineer
_CENT = 10**7  # billionths


def why(
    change: Change,
    *,
    now: datetime,
    zone: str,
    named: bool,
    shown: bool = True,
    share: bool = True,
    filters: tuple[Filter, ...] = (),
) -> Message:
    """Return what explains most of a change, its effects, and buttons if they are `shown`.

    Keys and engineers have names only if they are `named`. `filters` are those of the question.
    """
    today = phrases.day_of(now, "UTC")
    effects_of = _effects(change, named=named)
    rows = [(name, _moved(effect, change)) for name, effect in effects_of]
    rendered = render_template(
        "why",
        lack=change.lack,
        title=_title(change, today),
        when=wording.period(change.period, today=today),
        before=wording.period(change.period.before(), today=today),
        is_same=not change.difference,
        is_clipped=change.is_clipped,
        lines=[f"{name}, {_spoken(effect, change)}" for name, effect in effects_of],
        as_of=phrases.as_of(change.as_of, now=now, zone=zone),
        **_cause(change, today, named=named),
    )
    return message(
        rendered,
        None if change.lack else blocks.header(_title(change, today)),
        blocks.section(rendered.headline),
        blocks.table(["What changed", "Effect"], rows, ["Total", _moved(change.difference, change)])
        if rows
        else None,
        blocks.context(rendered.footnote),
        *(_buttons(change, filters, today, named=named, share=share and not change.lack) if shown else ()),
    )


def _title(change: Change, today: date) -> str:
    when = wording.period(change.period, today=today)
    before = wording.period(change.period.before(), today=today)
    if not change.difference:
        same = f"{when} cost the same as {before}"
        return f"{_part(change)}: {same}" if change.part else same
    amount = (
        wording.about(abs(change.difference))
        if change.is_estimated
        else wording.billed(abs(change.difference))
    )
    amount = f"about {amount}" if change.is_estimated else amount
    than = f"{amount} {'more' if change.difference > 0 else 'less'} than {before}"
    return f"{_part(change)}: why {when} cost {than}" if change.part else f"Why {when} cost {than}"


def _part(change: Change) -> str:
    return ", ".join(wording.short(each.name) for each in change.part)


def _effects(change: Change, *, named: bool) -> list[tuple[str, Decimal]]:
    """Return (what changed, its effect) line by line, and the rest."""
    if change.lines is None:
        return []
    lines = [
        (effects.effect_line(line, change.names, named=named), dollars(line.effect))
        for line in change.lines.lines
    ]
    rest = change.lines.other
    return [*lines, *([("Other", dollars(rest))] if lines and abs(rest) >= _CENT else [])]


def _moved(amount: Decimal, change: Change) -> str:
    return wording.moved(amount, estimated=change.is_estimated)


def _spoken(amount: Decimal, change: Change) -> str:
    """Return an amount for screen readers: `$562.31 more`, `about $3 less`."""
    if not change.is_estimated:
        return wording.added_spoken(amount)
    return f"about {wording.about(abs(amount))} {'less' if amount < 0 else 'more'}"


def _cause(change: Change, today: date, *, named: bool) -> dict[str, object]:
    """Return the facts of the sentence on what explains most."""
    cause = change.cause
    if cause is None:
        return {"cause": "", "members": [], "usual": ""}
    moved, rest = cause.spent - cause.usual, cause.rest - cause.usual_rest
    first, part = _first(cause, change, named=named), moved / change.difference
    within: list[Aspect] = [each for each in _WITHIN if each in cause.members]
    who = next(iter(cause.members))
    members = [
        effects.member(each, cause.members[each], change.names, named=named)
        for each in dict.fromkeys([who, *within])
        if who in _FIRST or each != who
    ]
    return {
        "cause": f"{first}{_on_one_day(change)}",
        "first": first,
        "share": wording.share(part) if part <= 1 else "",
        "members": list(filter(None, members)),
        "moved": _moved(moved, change),
        "moved_spoken": _spoken(moved, change),
        "rest": _moved(rest, change),
        "rest_spoken": _spoken(rest, change),
        "days": spike_days(change.spike, change.period, today),
        "usual": usual_words(change.spike, today),
    }


def _first(cause: Cause, change: Change, *, named: bool) -> str:
    aspect, id_ = next(iter(cause.members.items()))
    return _FIRST.get(aspect) or effects.member(aspect, id_, change.names, named=named)


def _on_one_day(change: Change) -> str:
    is_one = change.spike is not None and (change.spike.end - change.spike.start).days == 1
    return " on one day" if is_one and change.period.length > 1 else ""


def spike_days(spike: Spike | None, period: Period, today: date) -> str:
    """Return the days that stand out in a longer period: `on Mon, Nov 23`; "" if none do."""
    if spike is None or period.length == 1:
        return ""
    return f"on {wording.period(Period(spike.start, spike.end), today=today)}"


def usual_words(spike: Spike | None, today: date) -> str:
    """Say what is usual, and whether it is over."""
    if spike is None:
        return ""
    times = spike.times
    was = f"That's {wording.number(times)} times its usual day" if times else "It usually spends nothing"
    if spike.next_day is None:
        return f"{was}."
    after, cost = wording.day(spike.end, today=today), wording.about(dollars(spike.next_day))
    if spike.is_over:
        return f"{was}, and it was back to {cost} on {after}."
    return f"{was}, and it still spent {cost} on {after}."


def _buttons(
    change: Change, filters: tuple[Filter, ...], today: date, *, named: bool, share: bool
) -> list[blocks.Block]:
    about = "".join(f" {phrases.filter_text(each)}" for each in filters)
    figures = button("Show the figures", "view:cost", value=f"{phrases.period_text(change.period)}{about}")
    return [
        blocks.actions(*(_of_cause(change, about) if named else ()), figures),
        *buttons.navigation(
            lambda period: f"why {phrases.period_text(period)}{about}",
            change.period,
            today=today,
            share=share,
        ),
    ]


def _of_cause(change: Change, about: str) -> list[blocks.Block]:
    """Return the button to the days of the key or engineer behind a change."""
    aspect, id_ = next(iter(change.cause.members.items())) if change.cause else ("model", None)
    if id_ is None or aspect not in _FIRST:
        return []
    asked = (
        f"{phrases.period_text(change.period)} by day{about} {phrases.filter_text(Filter(aspect, (id_,)))}"
    )
    return [button(f"Show this {aspect}", f"view:{aspect}", value=asked)]
