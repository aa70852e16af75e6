"""The dependencies of the bot's parts, built once in `bot/program.py`."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot import clock
from bot.pools.in_flight import InFlight
from bot.pools.key_checks import KeyChecks
from bot.pools.lanes import Lanes
from bot.pools.sync_waiters import SyncWaiters
from bot.pools.watches import Watches
from providers.provider import Provider
from storage.engine.secrets import Vault

LEASE = timedelta(seconds=60)  # how long a crashed process delays others; renewed every 6 s


@dataclass(frozen=True)
class Services:
    """The services that the parts of the bot share.

    `open_provider` opens a provider with a key, `open_to_prove` one with a short time limit, to check a
    new key. `pool` runs slow tasks, `wake` starts due work now, `key_checks` runs checks of new keys,
    `in_flight` tracks requests that still owe an answer, `sync_waiters` people who wait for a sync,
    `watches` modals that wait for an event. `public_url` is the address for browsers and telemetry, ""
    without one. `elapsed` is a monotonic clock in seconds.
    """

    vault: Vault
    open_provider: Callable[[str], Provider]
    admins: frozenset[str]
    now: Callable[[], datetime]
    pool: Executor
    wake: Callable[[], None]
    public_url: str = ""
    elapsed: Callable[[], float] = clock.elapsed
    in_flight: InFlight = field(default_factory=InFlight)
    key_checks: KeyChecks = field(default_factory=KeyChecks)
    sync_waiters: SyncWaiters = field(default_factory=SyncWaiters)
    watches: Watches = field(default_factory=Watches)
    open_to_prove: Callable[[str], Provider] | None = None

    @cached_property
    def lanes(self) -> Lanes:
        """Limits of the pool by kind of work, team and person."""
        return Lanes(self.pool)
