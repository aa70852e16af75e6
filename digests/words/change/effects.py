"""Effects in words: whose, and what happened: `ci-nightly: more usage`, `Claude Code: moved to Fable 5.2`."""

from collections.abc import Mapping

from digests.numbers.build import REASONS, UNNAMED
from digests.numbers.cause import Aspect
from digests.numbers.change.effect_lines import EffectLine, Subject
from digests.numbers.change.explanation import Kind
from digests.words import wording
from providers.spend import Id

NAMELESS: Mapping[str, str] = {"key": "one API key", "engineer": "one engineer"}
"""What takes the place of names that the reader is not to see."""
_NAMELESS_FIRST: Mapping[str, str] = {"key": "One API key", "engineer": "One engineer"}  # in a sentence
_UP_OR_DOWN: Mapping[Kind, tuple[str, str]] = {
    "volume": ("more usage", "less usage"),
    "cache": ("less from the cache", "more from the cache"),
    "price": ("higher prices", "lower prices"),
    "tools": ("more tool use", "less tool use"),
}


def effect_line(line: EffectLine, names: Mapping[Subject, str], *, named: bool) -> str:
    """Return whose effect it is, and what happened."""
    reason = REASONS.get(line.subject.id or "")
    if reason:
        return reason
    whose = subject(line.subject, names, named=named)
    if not named:
        whose = _NAMELESS_FIRST.get(line.subject.dimension, whose)
    return f"{whose}: {_happened(line)}"


def _happened(line: EffectLine) -> str:
    up, down = _UP_OR_DOWN.get(line.kind, ("", ""))
    if line.kind == "people":
        return _people(line.people)
    if line.kind == "mix":
        return f"moved to {wording.named(line.model, 'model')}" if line.model else "other models"
    if line.kind == "volume" and line.began:
        return "new"
    if line.kind == "volume" and line.ended:
        return "no longer used"
    return up if line.effect > 0 else down


def _people(more: int) -> str:
    if not more:
        return "other engineers"
    return wording.counted(abs(more), f"{'more' if more > 0 else 'fewer'} engineer")


def subject(whose: Subject, names: Mapping[Subject, str], *, named: bool) -> str:
    """Return the name of a subject, or what it is if it is not to be named."""
    if whose.id is None:
        return UNNAMED[whose.dimension]
    if whose.dimension in NAMELESS and not named:
        return NAMELESS[whose.dimension]
    name = wording.named(names.get(whose, whose.id), whose.dimension)
    return f"{name} workspace" if whose.dimension == "workspace" else name


def member(aspect: Aspect, id_: Id, names: Mapping[Subject, str], *, named: bool) -> str:
    """Return a member behind a change in the middle of a sentence, "" if it is not to be named."""
    if aspect == "model":
        return wording.named(id_, "model") if id_ else UNNAMED["model"]
    if aspect in NAMELESS and not named:
        return ""
    return subject(Subject(aspect, id_), names, named=True)
