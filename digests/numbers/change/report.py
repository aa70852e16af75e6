"""The numbers of an answer to why a cost changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from digests.numbers.cause import Cause
from digests.numbers.change.effect_lines import EffectLines, Subject
from digests.numbers.change.spike import Spike
from providers.period import Period

Lack = Literal["", "nothing before", "not in", "before not in", "not split", "not added up"]
"""What an explanation lacks: an earlier period, its data, or dollars by key and model."""


class Part(NamedTuple):
    """What a filter chooses, as people read it."""

    dimension: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """The change of a cost since the comparison period, and what caused it.

    `period` has whole UTC days only: those of `asked` that are over, or the day before if none is. `lines`
    is None where the explanation lacks something. `names` are those of the subjects and of the cause.
    """

    organization: str
    asked: Period
    period: Period
    part: tuple[Part, ...] = ()  # what it is about alone; none: the whole organization
    lack: Lack = ""
    total: Decimal = Decimal(0)
    previous: Decimal = Decimal(0)
    is_estimated: bool = False  # whether any part of either total is not billed
    lines: EffectLines | None = None
    cause: Cause | None = None
    spike: Spike | None = None
    names: Mapping[Subject, str] = field(default_factory=dict)
    as_of: datetime | None = None

    @property
    def difference(self) -> Decimal:
        """How much more it cost."""
        return self.total - self.previous

    @property
    def is_clipped(self) -> bool:
        """Whether days that were asked for are left out, because they are not over."""
        return (self.asked.start, self.asked.end) != (self.period.start, self.period.end)
