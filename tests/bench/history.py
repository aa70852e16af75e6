"""Years of one organization, written by the engine itself: as many usage facts as wanted, with their rollups.

It grows in time alone: what is asked about a month has the same lines however much came before.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta

from providers.directory import Entry
from providers.period import DAY, Period
from providers.usage import QUANTITIES
from storage.engine.database import transaction
from storage.engine.fields import to_day
from storage.engine.secrets import Vault, new_key
from storage.facts import coverage, directory, text_ids
from storage.facts.rollups import NUMBERS, Dimension, renew_blocks
from storage.state import connections
from storage.state.connections import Connection
from tests.bench.ground import driver

CALLERS, MODELS, AT_WORK = 200, 3, 76  # so many keys, of which so many are used in any one hour
HOURS = 24
A_DAY = HOURS * AT_WORK * MODELS
MEASURES = ", ".join((*QUANTITIES, "cost", "estimated"))
COUNTS = ", ".join(QUANTITIES)
SUMS = ", ".join(f"SUM({name})" for name in QUANTITIES)
PRICE = f"3000 * ({' + '.join(QUANTITIES)})"  # billionths of a dollar
COLUMNS: tuple[Dimension, ...] = ("caller", "model")
ADDED_UP: dict[Dimension, str] = {"total": "0", "workspace": "0", "kind": ":label", "product": ":label"}
FACTS = f"""
INSERT INTO usage ({COUNTS}, connection_id, hour, caller, model, workspace, tier, context_window, geo)
WITH RECURSIVE
  hours(h) AS (SELECT 0 UNION ALL SELECT h + 1 FROM hours WHERE h + 1 < :hours),
  callers(c) AS (SELECT 0 UNION ALL SELECT c + 1 FROM callers WHERE c + 1 < {AT_WORK}),
  models(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM models WHERE m + 1 < {MODELS})
SELECT 1000 + c, 0, 50, 9000 + h % 977, 300 + m, 0,
       :connection, :first + h, :caller + (h * 7 + c) % {CALLERS}, :model + m, 0, :label, :label, :label
FROM hours CROSS JOIN callers CROSS JOIN models
"""
BY_HOUR = f"""
INSERT INTO hour_rollup ({MEASURES}, connection_id, dimension, hour, member)
SELECT {SUMS}, SUM({PRICE}), 0, connection_id, {{dimension}}, hour, {{column}}
FROM usage WHERE connection_id = :connection GROUP BY hour, {{column}}
"""
SUMMED = f"""
INSERT INTO hour_rollup ({MEASURES}, connection_id, dimension, hour, member)
SELECT {SUMS}, SUM(cost), SUM(estimated), connection_id, {{dimension}}, hour, {{member}}
FROM hour_rollup WHERE connection_id = :connection AND dimension = {{source}} GROUP BY hour
"""
BY_DAY = f"""
INSERT INTO day_rollup ({MEASURES}, connection_id, dimension, day, member)
SELECT {SUMS}, SUM(cost), SUM(estimated), connection_id, dimension, hour / {HOURS}, member
FROM hour_rollup GROUP BY dimension, hour / {HOURS}, member
"""


def write(facts: int, *, now: datetime, vault: Vault | None = None) -> Connection:
    """Write about so many facts of finished days, and today's, into the open and empty SQLite database."""
    first = now.date() - max(facts // A_DAY, 1) * DAY
    with transaction():
        connection = connections.connect(
            "local",
            "org",
            "Acme",
            key="sk-ant-admin01-bench",
            vault=vault or Vault([new_key()]),
            by="",
            at=now,
        )
        directory.remember(connection.id, list(_entries(now)))
        _cover(connection.id, Period(first, now.date()), now)
        connections.set_first_day(connection.id, first)
        numbers = _labels(connection.id)
    hours = (now - datetime.combine(first, time(), UTC)) // timedelta(hours=1)
    _fill({**numbers, "first": to_day(first) * HOURS, "hours": hours})
    with transaction():
        renew_blocks(connection.id, Period(first, now.date() + DAY).days())
    return connections.by_id(connection.id)


def _entries(now: datetime) -> Iterator[Entry]:
    for number in range(CALLERS):
        owner = f"user_{number}"
        yield Entry(owner, "user", f"Person {number}", created_at=now, email=f"p{number}@acme.example")
        yield Entry(f"apikey_{number}", "api_key", f"key {number}", created_at=now, owner_id=owner)


def _labels(connection_id: int) -> dict[str, int]:
    """The first number of each kind of text; the texts of a kind follow each other."""
    numbers = {"connection": connection_id}
    for kind, prefix, count in (
        ("model", "claude-", MODELS),
        ("caller", "apikey_", CALLERS),
        ("label", "", 1),
    ):
        texts = [f"{prefix}{number:03d}" for number in range(count)]
        numbers[kind] = min(text_ids.ids(connection_id, texts)[text] for text in texts)
    return numbers


def _fill(numbers: Mapping[str, int]) -> None:
    """Facts, what is added up from them, and what is added up from that."""
    wire = driver()
    wire.execute("PRAGMA journal_mode = off")
    wire.execute(FACTS, numbers)
    for column in COLUMNS:
        wire.execute(BY_HOUR.format(dimension=NUMBERS[column], column=column), numbers)
    for dimension, member in ADDED_UP.items():
        add = SUMMED.format(dimension=NUMBERS[dimension], member=member, source=NUMBERS["model"])
        wire.execute(add, numbers)
    wire.execute(BY_DAY)
    wire.execute("PRAGMA journal_mode = wal")


def _cover(connection_id: int, finished: Period, now: datetime) -> None:
    days = list(finished.days())
    coverage.mark(connection_id, "charges", days, at=now)
    for report in ("usage", "claude_code"):
        coverage.mark(connection_id, report, [*days, now.date()], at=now, until=now)
