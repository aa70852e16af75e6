"""The result of a sync: what it read, what failed and why, which bills changed, when the rest is retried."""

from collections.abc import Iterable
from datetime import datetime

from digests.layout import blocks
from digests.layout.blocks import button
from digests.layout.message import Message, notice
from digests.messages import status as messages_status
from digests.numbers import light
from digests.numbers.light import Light
from digests.numbers.report import Oddity, Status, SyncResult
from digests.words import completeness, oddities, phrases, wording
from digests.words.failures import REPORTS, by_cause, in_our_words, shortened
from digests.words.incidents import WHAT_IS_WRONG, doubted

_SHOWN, _FAILED = 10, 4  # changes, failures: one screen
_BILL = "the bill"


def synced(done: SyncResult, *, status: Status, now: datetime, zone: str) -> Message:
    """Return the result of a sync. `status` is the state after it."""
    today, refused = phrases.day_of(now, zone), bool(done.refused) or _needs_key(status)
    is_lost = any(incident.kind == "key_lost" for incident in status.incidents)
    failed = by_cause(done.failed)
    lacking = {*_names(done.failed), *_names(done.not_offered)}
    read = [name for name in _names(done.reports) if name not in lacking]
    paused = "" if refused or done.is_doubted else _moment_if_ahead(done.paused_until, now=now, zone=zone)
    return notice(
        "synced",
        *_buttons(refused=refused, is_whole=not failed and not paused and not done.is_doubted),
        organization=wording.short(status.organization),
        light=_light(done, status, now=now),
        refused=refused,
        doubted=doubted(done.paused_until, now=now, zone=zone) if done.is_doubted else "",
        nothing_read=bool(failed) and not read,
        some_failed=bool(failed),
        wrong=[WHAT_IS_WRONG[incident.kind] for incident in status.incidents],
        paused=paused,
        is_over=done.is_over,
        state=messages_status.state(status, now=now),
        read=read,
        failed=[{"what": ", ".join(each.names), "why": shortened(each.why)} for each in failed[:_FAILED]],
        unreadable=oddities.unreadable(status, today=today) if read else [],
        not_offered=_names(done.not_offered),
        is_refused_again=bool(done.refused) and not is_lost,
        reason="" if is_lost else shortened(in_our_words(done.refused)),
        is_lost=is_lost,
        again=_moment_if_ahead(done.paused_until or done.retry_at, now=now, zone=zone),
        bill_read=_BILL in read and not any(_is_unreadable_bill(each) for each in status.oddities),
        changes=phrases.restated(done.changes[:_SHOWN], today=today),
        more=wording.number(len(done.changes) - _SHOWN) if len(done.changes) > _SHOWN else "",
        reading=messages_status.backfill_progress(status),
        doubts=phrases.doubts(status, today),
        missing=completeness.missing(status.gaps, now=now, zone=zone),
    )


def _light(done: SyncResult, status: Status, *, now: datetime) -> Light:
    if done.failed or done.refused:
        return "red"
    shown = light.of(status, now=now)
    is_whole = done.is_over and not (done.paused_until and done.paused_until > now)
    return shown if is_whole or shown == "red" else "yellow"


def _is_unreadable_bill(oddity: Oddity) -> bool:
    return oddity.is_unreadable and oddity.report == "charges"


def _needs_key(status: Status) -> bool:
    return any(incident.needs_a_key for incident in status.incidents)


def _moment_if_ahead(at: datetime | None, *, now: datetime, zone: str) -> str:
    return wording.moment(at, now=now, zone=zone) if at and at > now else ""


def _names(kinds: Iterable[str]) -> list[str]:
    wanted = set(kinds)
    return list(dict.fromkeys(name for kind, name in REPORTS.items() if kind in wanted))


def _buttons(*, refused: bool, is_whole: bool) -> list[blocks.Block]:
    return [
        *([button("Add a new key", "connect", primary=True)] if refused else []),
        *([button("Try again", "sync")] if refused or not is_whole else []),
    ]
