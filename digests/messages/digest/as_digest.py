"""An answer as a digest: what it was about, and how often such days end."""

from collections.abc import Mapping

from digests.numbers.report import ME, Filter, Question
from digests.words import phrases
from providers.period import WEEK, Period
from storage.state.scopes import WHOLE, Scope
from storage.state.subscriptions import Kind

AS_DIGEST = "Get this as a digest…"


def menu_of(question: Question) -> Mapping[str, str]:
    """Return the entry of a menu, by value; none for a part that no digest can be about."""
    if scope_of(question.filters) is None:
        return {}
    return {f"digest {phrases.question_text(question)}": AS_DIGEST}


def scope_of(filters: tuple[Filter, ...]) -> Scope | None:
    """Return the scope of a digest about the same costs; None if there is none."""
    if not filters:
        return WHOLE
    if len(filters) > 1:
        return None
    (only,) = filters
    if only.dimension == "engineer":
        is_people = not only.name and ME not in only.members and all("@" in each for each in only.members)
        return Scope("engineers", only.members) if is_people else None
    if len(only.members) > 1:
        return None
    if only.dimension == "workspace":
        return Scope("workspace", tuple(filter(None, only.members)))  # the default one has no id
    is_family = only.dimension == "model" and "-" not in only.members[0]
    return Scope("model", only.members) if is_family else None


def kind_of(period: Period) -> Kind:
    """Return how often a digest of such a period comes."""
    if period.length == 1:
        return "daily"
    return "weekly" if period.length <= WEEK.days else "monthly"
