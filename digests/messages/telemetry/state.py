"""Telemetry in other messages: its state below `status`, and a line of live use in a digest."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from digests.layout import blocks
from digests.layout.message import Message, message, render_template
from digests.numbers.telemetry.state import LiveUse, PriceRatio, TelemetryState
from digests.words import wording

_MODELS = 3  # that are named; the table of a client is rarely wrong for more


def with_telemetry(status: Message, state: TelemetryState, *, now: datetime) -> Message:
    """Return a message with the state of telemetry above its buttons."""
    below = telemetry_state(state, now=now)
    at = next((n for n, block in enumerate(status.blocks) if block["type"] == "actions"), len(status.blocks))
    text = f"{status.text} {below.text}"
    shown = [*status.blocks[:at], *below.blocks, *status.blocks[at:]]
    return Message(text if len(text) <= blocks.TEXT else status.text, shown[: blocks.BLOCKS])


def telemetry_state(state: TelemetryState, *, now: datetime) -> Message:
    """Return the state of telemetry: when something last came, who does not report, what is odd."""
    rendered = render_template(
        "telemetry_state",
        tokens=wording.counted(state.tokens, "token"),
        last=wording.ago(state.last_event, now=now) if state.last_event else "",
        blind=wording.counted(state.blind, "person or key", "people and keys") if state.blind else "",
        verb="doesn't" if state.blind == 1 else "don't",
        cost=wording.estimated(state.silent_cost),
        odd=list(_odd(state)),
        prices=_prices(state.prices) if state.prices else "",
        destination=wording.short(state.destination) if state.destination else "",
    )
    return message(rendered, *blocks.sections(rendered.body))


def _odd(state: TelemetryState) -> Iterator[str]:
    if state.early:
        yield f"{wording.counted(state.early, 'record')} from clocks that are ahead"
    if state.late:
        yield f"not counted: {wording.counted(state.late, 'record')}, more than 30 days late"


def _prices(prices: PriceRatio) -> str:
    if not prices.models:
        return f"clients' own figures are {_times(prices.ratio)} list prices, as with contracted prices"
    off = [
        f"{wording.model(name)} at {_times(ratio)}" for name, ratio in list(prices.models.items())[:_MODELS]
    ]
    more = f" and {wording.number(len(prices.models) - _MODELS)} more" if len(prices.models) > _MODELS else ""
    return f"clients' prices are off: {', '.join(map(wording.short, off))}{more} the list price"


def _times(ratio: Decimal) -> str:
    return f"{ratio.quantize(Decimal('0.01'))} ×"


def live_line(live: LiveUse) -> str:
    """Return what telemetry says of a digest's days: `≈ $412 in 203 sessions of 41 people, …`."""
    cost, sessions = wording.estimated(live.cost), wording.counted(live.sessions, "session")
    people = wording.counted(live.people, "person", "people")
    plan = f", {wording.estimated(live.plan)} of it under subscriptions" if live.plan else ""
    return f"{cost} in {sessions} of {people}{plan}"


def blind_line(live: LiveUse) -> str:
    """Return how many do not report, "" if all do or it is not to be said."""
    if not live.blind:
        return ""
    verb = "doesn't" if live.blind == 1 else "don't"
    return f"{wording.counted(live.blind, 'person or key', 'people and keys')} {verb} report"
