"""The biggest change of a month in a sentence, with the button that explains it."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from digests.layout import blocks
from digests.layout.message import Rendered, render_template
from digests.messages.change import spike_days, usual_words
from digests.numbers.cause import Aspect, Cause
from digests.numbers.change.report import Change
from digests.words import phrases, wording
from digests.words.change import effects

_LEAST = Decimal(20)  # dollars: a smaller change is nobody's business, as in digests/numbers/usual.py
_SHARE = Decimal("0.05")  # of the month before: a smaller one is how months differ
_KINDS: Mapping[Aspect, str] = {"key": "API key", "engineer": ""}
_NAMELESS: Mapping[Aspect, str] = {"key": "one API key", "engineer": "one engineer"}


def biggest(change: Change | None, *, today: date, named: bool) -> Rendered | None:
    """Return the sentence; None if nothing explains most of the change, or it is small.

    Keys and engineers have names only if they are `named`.
    """
    if change is None or change.period.start.month != today.month:
        return None
    return because(change, today=today, named=named, title="Biggest change this month")


def because(change: Change, *, today: date, named: bool, title: str = "Why") -> Rendered | None:
    """Return what explains most of a change, in a sentence; None if nothing does, or it is small."""
    cause = change.cause
    if change.lack or cause is None:
        return None
    moved = cause.spent - cause.usual
    if abs(moved) < max(_LEAST, _SHARE * abs(change.previous)):
        return None
    aspect = next(iter(cause.members))
    is_hidden = aspect in _NAMELESS and not named
    who = _NAMELESS[aspect] if is_hidden else _who(cause, change, aspect)
    amount = wording.moved(moved, estimated=change.is_estimated)
    return render_template(
        "biggest",
        title=title,
        kind="" if is_hidden else _KINDS.get(aspect, ""),
        who=wording.Code(who) if aspect == "key" and not is_hidden else who,
        who_spoken=who,
        within=_model(cause) if aspect in _NAMELESS else "",
        moved=amount,
        moved_spoken=wording.added_spoken(moved),
        days=spike_days(change.spike, change.period, today),
        usual=usual_words(change.spike, today),
    )


def block(sentence: Rendered, change: Change) -> blocks.Block:
    """Return the sentence with *Show why* beside it."""
    why = blocks.button("Show why", "view:why", value=f"why {phrases.period_text(change.asked)}")
    return {**blocks.section(sentence.headline), "accessory": why}


def _who(cause: Cause, change: Change, aspect: Aspect) -> str:
    return effects.member(aspect, cause.members[aspect], change.names, named=True)


def _model(cause: Cause) -> str:
    model = cause.members.get("model")
    return wording.named(model, "model") if model else ""
