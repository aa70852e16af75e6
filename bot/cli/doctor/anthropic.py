"""Checks of Anthropic: whether it accepts a key, what the key can read, how old the data is."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from bot.cli.doctor.findings import Finding, not_set_up, ok, wrong
from bot.program import Program
from digests.numbers import light
from digests.words.incidents import WORDS
from digests.words.wording import counted
from providers.anthropic.client import opener
from providers.note import reason_in
from providers.period import DAY, Period
from providers.provider import NotOffered, Provider, ProviderError, ProviderRefused
from storage.engine.database import session
from storage.facts import answer_notes, coverage
from storage.state import connections, report_offers
from storage.state.connections import Connection

PATIENCE = 10.0  # seconds for each call; a person is waiting
SEE = "`stackspend status` lists every day that can't be read"
_STORED = {"bill": "charges", "usage": "usage", "Claude Code": "claude_code", "names": "directory"}
NEW_KEY = "create another Admin key in the Claude Console and add it with `stackspend connect`"


def examine(program: Program, connection: Connection, *, now: datetime) -> Iterator[Finding]:
    """Check a connection's key with one small call per report."""
    what = f"{connection.organization_name}, key …{connection.key_hint}"
    key = connections.key_of(connection.id, program.vault)
    provider = opener(program.settings.anthropic_base_url, patience=PATIENCE)(key)
    try:
        provider.organization()
    except ProviderRefused as error:
        yield _unpaid(what, error) or wrong(what, f"Anthropic rejects it: {error}", NEW_KEY)
        return
    except ProviderError as error:
        yield wrong(what, str(error), "try again in a minute; status.claude.com shows outages")
        return
    yield ok(what, "Anthropic accepts it")
    for name, is_needed, ask in _reports(provider, now):
        finding = _report(f"{what}: {name}", ask, is_needed=is_needed)
        yield _but_for_days(finding, connection, name) if finding.state == "ok" else finding


def _reports(provider: Provider, now: datetime) -> list[tuple[str, bool, Callable[[], object]]]:
    yesterday = now.date() - DAY
    hour = now.replace(minute=0, second=0, microsecond=0)
    return [
        ("bill", True, lambda: provider.charges(Period.day(yesterday))),
        ("usage", True, lambda: provider.usage(hour - timedelta(hours=1), hour, workspaces={})),
        ("Claude Code", False, lambda: provider.activity(yesterday)),
        ("names", False, provider.directory),
    ]


def _report(what: str, ask: Callable[[], object], *, is_needed: bool) -> Finding:
    try:
        reported = ask()
    except (NotOffered, ProviderRefused) as error:
        if isinstance(error, ProviderRefused) and (unpaid := _unpaid(what, error)):
            return unpaid
        if is_needed:
            return wrong(what, f"this key can't read it: {error}", NEW_KEY)
        return not_set_up(what, f"not offered to this key: {error}")
    except ProviderError as error:
        return wrong(what, str(error), "try again in a minute")
    unreadable = [note.what for note in getattr(reported, "notes", ()) if note.is_unreadable]
    if unreadable:
        return (wrong if is_needed else not_set_up)(what, f"can't be read: {reason_in(unreadable[0])}", SEE)
    return ok(what, "can be read")


def _but_for_days(finding: Finding, connection: Connection, name: str) -> Finding:
    """Add to a report that can be read how many of its days cannot."""
    with session():
        notes = answer_notes.of(connection.id)
    days = {each.day for each in notes if each.is_unreadable and each.report == _STORED[name]}
    if not days:
        return finding
    return ok(finding.what, f"can be read, except {counted(len(days), 'day')} of its history; {SEE}")


def _unpaid(what: str, error: ProviderRefused) -> Finding | None:
    """Return the finding that Anthropic refuses the organization, None if it refuses the key."""
    if error.why not in ("balance", "hold"):
        return None
    words = WORDS[error.why]
    return wrong(what, f"{words.what}: {error}", words.to_do)


def age(connection: Connection, *, now: datetime) -> Finding:
    """Return the age of the newest usage, or of the last read if usage is not offered."""
    what, is_offered = f"{connection.organization_name}: data", not _lacks_usage(connection)
    until = coverage.until(connection.id, "usage") if is_offered else coverage.fetched_at(connection.id)
    if until is None:
        return wrong(what, "no data yet", "run `stackspend sync`, or `stackspend run`")
    extent = f"up to {until:%Y-%m-%d %H:%M} UTC"
    extent = extent if is_offered else f"usage isn't offered to this key, the rest is in {extent}"
    if now - until > (light.FRESH if is_offered else light.SELDOM):
        return wrong(
            what, f"{extent}, {(now - until).total_seconds() / 3600:.0f} h old", "run `stackspend sync`"
        )
    return ok(what, extent)


def _lacks_usage(connection: Connection) -> bool:
    return "usage" in report_offers.not_offered_names(connection.id)
