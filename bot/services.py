"""What the parts of the bot are handed: built once, in `bot/program.py`."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from bot import clock
from bot.pools.in_flight import Underway
from bot.pools.key_checks import Checks
from bot.pools.lanes import Lanes
from providers.provider import Provider
from storage.engine.secrets import Vault

LEASE = timedelta(seconds=60)  # what a process has taken is others' that long after its last sign of life


@dataclass(frozen=True)
class Services:
    """`open_provider` makes a provider of a key; `pool` runs what is slow; `wake` starts due work now.

    `checks` are the keys that are being proved; `open_to_prove` makes a provider of one, which answers soon
    or not at all. `public_url` is where browsers reach us, "" where they cannot. `elapsed` tells seconds by a
    clock that is never set, for ages. `underway` knows who waits for an answer.
    """

    vault: Vault
    open_provider: Callable[[str], Provider]
    admins: frozenset[str]
    now: Callable[[], datetime]
    pool: Executor
    wake: Callable[[], None]
    public_url: str = ""
    elapsed: Callable[[], float] = clock.elapsed
    underway: Underway = field(default_factory=Underway)
    checks: Checks = field(default_factory=Checks)
    open_to_prove: Callable[[str], Provider] | None = None

    @cached_property
    def lanes(self) -> Lanes:
        """Who works in the pool when."""
        return Lanes(self.pool)
