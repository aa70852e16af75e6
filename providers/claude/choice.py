"""Requests or metrics: what one session reports by both is counted once, by the one that reports more.

Long sessions have been seen to lose their events while their metrics went on, and others the reverse. So we
choose for each stretch of a session that its metrics cover, not by the hour: a request at 10:59:50 is in the
export of 11:00:40.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from providers.claude.records import NANOSECONDS
from providers.claude.use import Use

TOLERANCE = 2  # per cent that requests may tell less than metrics, and still count: they are exact
_AFTER = NANOSECONDS  # an event is written some milliseconds after its metric; an export may lie between


class Stretch(NamedTuple):
    """The exports of a session that overlap each other, and the requests within."""

    windows: Sequence[Use]
    requests: list[Use]

    @property
    def are_requests_whole(self) -> bool:
        """Whether the requests tell as much as the metrics, in tokens, else in dollars."""
        metrics, requests = (sum(sum(use.tokens) for use in each) for each in self)
        if not metrics:
            metrics, requests = (sum(use.client_cost or 0 for use in each) for each in self)
        return bool(self.requests) and requests * (100 + TOLERANCE) >= metrics * 100


def keys_left_out(uses: Iterable[Use]) -> set[str]:
    """Return the keys of a session's uses whose tokens and dollars others of them report better."""
    return {
        use.key
        for stretch in stretches(uses)
        for use in (stretch.windows if stretch.are_requests_whole else stretch.requests)
    }


def stretches(uses: Iterable[Use]) -> list[Stretch]:
    """Return the stretches of a session that metrics with tokens or dollars cover."""
    every = list(uses)
    windows = [use for use in every if not use.is_request and (any(use.tokens) or use.client_cost)]
    result = [Stretch(each, []) for each in _overlapping(sorted(windows, key=_start))]
    starts = [stretch.windows[0].started for stretch in result]
    for use in every:
        place = bisect_right(starts, use.ended) - 1
        if use.is_request and place >= 0 and use.ended <= _end(result[place].windows) + _AFTER:
            result[place].requests.append(use)
    return result


def _start(use: Use) -> tuple[int, int, str]:
    return use.started, use.ended, use.key


def _end(windows: Iterable[Use]) -> int:
    return max(use.ended for use in windows)


def _overlapping(windows: Iterable[Use]) -> list[list[Use]]:
    """Group windows in the order of their starts; one that begins as another ends is the next."""
    groups: list[list[Use]] = []
    end = 0
    for window in windows:
        if groups and window.started < end:
            groups[-1].append(window)
        else:
            groups.append([window])
        end = max(end, window.ended)
    return groups
