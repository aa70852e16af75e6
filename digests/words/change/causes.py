"""The cause of a change in words: `One key, ci-nightly (Opus 5.5), spent $9,382.01 of it (usually $4)`."""

from collections.abc import Mapping

from digests.numbers.build import UNNAMED
from digests.numbers.cause import Aspect, Cause
from digests.numbers.engineer_lines import is_person
from digests.numbers.usual import ENOUGH
from digests.words import wording

_ONE: Mapping[Aspect, str] = {"key": "One key", "engineer": "One engineer"}
_NAMELESS: Mapping[Aspect, str] = {"key": "One API key", "engineer": "One engineer"}
_WITHIN: tuple[Aspect, ...] = ("product", "model", "workspace")  # what says more about a cause; the last two


def cause_facts(cause: Cause, *, like: str, estimated: bool) -> dict[str, object]:
    """Return a cause as facts for `cause.j2`; `like` names the period before, where there is no usual one."""
    first, *others = cause.members
    before = wording.about(cause.usual)
    return {
        "one": _one(cause, first),
        "who": _who(cause, first),
        "within": ", ".join([_who(cause, each) for each in _WITHIN if each in others][-2:]),
        "verb": "cost" if first in ("model", "product") else "spent",
        "spent": wording.estimated(cause.spent) if estimated else wording.billed(cause.spent),
        "is_more": cause.spent > cause.usual,
        "usual": f"usually {before}" if cause.periods >= ENOUGH else f"{like}: {before}",
    }


def _one(cause: Cause, aspect: Aspect) -> str:
    if aspect == "engineer" and not is_person(cause.members[aspect]):
        return "One service account"
    return (_ONE if aspect in cause.names else _NAMELESS).get(aspect, "")


def _who(cause: Cause, aspect: Aspect) -> str:
    """Return the name of a member, "" if it is not to be named."""
    name = cause.names.get(aspect)
    if name is None:
        return ""
    if aspect == "workspace":
        return name if name == UNNAMED["workspace"] else f"{wording.short(name)} workspace"
    named = wording.named(name, aspect)
    return wording.Code(named) if aspect == "key" else named
