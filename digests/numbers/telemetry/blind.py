"""Who is blind: people and keys that use Claude and do not report it, since when, and why if that is known.

Only the bill and Claude Code's own report can say so, so each is compared with telemetry by whole UTC days.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, NamedTuple

from providers.claude.versions import Cause, cause_of

How = Literal["never", "silent", "partly"]
"""Telemetry never came; came, and stopped while the use went on; or tells much less than there was."""

PART = Decimal("0.5")  # of what was used; below, it is not a matter of whose prices, which differ by a third
NOTABLE = Decimal(1)  # dollars that a part must lack to be told: a request that spans midnight is less


class Evidence(NamedTuple):
    """What a person or a key used on finished days, in dollars, by report or bill; and what telemetry says.

    `is_api`: a key that programs use, for which only a telemetry destination of the API can report.
    """

    id: str
    name: str
    used: Mapping[date, Decimal]
    reported: Mapping[date, Decimal]
    last_event: datetime | None = None
    is_api: bool = False


@dataclass(frozen=True)
class Blind:
    """Somebody whose use is not reported since a day; `cost` is what they used from then on without a report.

    `version` is the last that they reported with, "" if that is not known.
    """

    id: str
    name: str
    how: How
    since: date
    cost: Decimal
    last_event: datetime | None
    is_api: bool = False
    version: str = ""

    @property
    def cause(self) -> Cause | None:
        """What is known of the version, None if nothing explains the silence."""
        return None if self.is_api else cause_of(self.version, reports_in_part=self.how == "partly")


def blind(evidence: Iterable[Evidence]) -> list[Blind]:
    """Return who is blind, the dearest first."""
    found = [each for each in map(_judge, evidence) if each]
    return sorted(found, key=lambda each: (-each.cost, each.name))


def gone_silent(every: Iterable[Blind]) -> list[Blind]:
    """Return those who reported before, and stopped while their use went on."""
    return [each for each in every if each.how == "silent"]


def _judge(one: Evidence) -> Blind | None:
    used = {day: cost for day, cost in one.used.items() if cost > 0}
    if not used:
        return None
    if one.last_event is None:
        return None if any(one.reported.values()) else _blind(one, "never", used)
    after = {day: cost for day, cost in used.items() if day > one.last_event.date()}
    if after:
        return _blind(one, "silent", after)
    total, reported = sum(used.values()), sum(one.reported.get(day, Decimal(0)) for day in used)
    lacks = total - reported
    return _blind(one, "partly", used) if reported < PART * total and lacks >= NOTABLE else None


def _blind(one: Evidence, how: How, days: Mapping[date, Decimal]) -> Blind:
    lacks = sum(days.values(), Decimal(0)) - sum(
        (one.reported.get(day, Decimal(0)) for day in days), Decimal(0)
    )
    return Blind(one.id, one.name, how, min(days), max(lacks, Decimal(0)), one.last_event, one.is_api)
