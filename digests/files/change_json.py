"""The `--json` form of why a cost changed: effects that sum to the change, as exact decimal strings."""

from typing import Any

from digests.files.moments import rfc3339
from digests.numbers.cause import Cause
from digests.numbers.change.effect_lines import EffectLine, Subject
from digests.numbers.change.report import Change
from digests.numbers.change.spike import Spike
from digests.words.wording import exact
from providers.money import dollars
from providers.period import Period

_DIGITS = 6  # of a fraction: a ten-thousandth of a percent


def change_json(change: Change) -> dict[str, Any]:
    """Return a change as plain JSON values; what it lacks is null."""
    has_figures = change.lines is not None
    effects = change.lines.lines if change.lines else ()
    return {
        "organization": change.organization,
        "asked": _period(change.asked),
        "filters": [{"dimension": each.dimension, "value": each.name} for each in change.part],
        "period": _period(change.period),
        "previous": {
            **_period(change.period.before()),
            "total": exact(change.previous) if has_figures else None,
        },
        "currency": "USD",
        "total": exact(change.total) if has_figures else None,
        "change": exact(change.difference) if has_figures else None,
        "estimated": change.is_estimated,
        "lacks": change.lack or None,
        "effects": [_effect(line, change) for line in effects],
        "other": exact(dollars(change.lines.other)) if change.lines else None,
        "cause": _cause(change.cause, change) if change.cause else None,
        "spike": _spike(change.spike) if change.spike else None,
        "as_of": rfc3339(change.as_of) if change.as_of else None,
    }


def _effect(line: EffectLine, change: Change) -> dict[str, Any]:
    more = {
        **({"people": line.people} if line.kind == "people" else {}),
        **({"model": line.model} if line.kind == "mix" else {}),
    }
    return {
        **_subject(line.subject, change),
        "kind": line.kind,
        "change": exact(dollars(line.effect)),
        "began": line.began,
        "ended": line.ended,
        **more,
    }


def _subject(subject: Subject, change: Change) -> dict[str, Any]:
    return {"dimension": subject.dimension, "id": subject.id, "name": change.names.get(subject, subject.id)}


def _cause(cause: Cause, change: Change) -> dict[str, Any]:
    moved = cause.spent - cause.usual
    return {
        "members": [
            {"dimension": aspect, "id": id_, "name": id_}
            if aspect == "model"
            else _subject(Subject(aspect, id_), change)
            for aspect, id_ in cause.members.items()
        ],
        "total": exact(cause.spent),
        "previous": exact(cause.usual),
        "share": round(float(moved / change.difference), _DIGITS),
    }


def _spike(spike: Spike) -> dict[str, Any]:
    return {
        **_period(Period(spike.start, spike.end)),
        "total": exact(dollars(spike.cost)),
        "usual_day": exact(dollars(spike.usual)),
        "next_day": None if spike.next_day is None else exact(dollars(spike.next_day)),
    }


def _period(period: Period) -> dict[str, str]:
    return {"start": str(period.start), "end": str(period.end), "timezone": period.zone}
