"""Every answer as the bot makes it, from the connection to the message, of a year of a whole company."""

import resource
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from typing import NoReturn, get_args

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from bot.listeners.home_tab import home
from bot.questions import answer
from bot.questions.command import Command, Name
from bot.reports import digest
from bot.runtime.processes import freeze_gc
from bot.services import Services
from bot.slack.users import Viewer
from bot.teams.app import open_context
from digests import render
from digests.numbers.report import Dimension, Question
from providers.period import DAY, Period
from storage.engine.database import is_sqlite, session
from storage.engine.secrets import Vault, new_key
from storage.engine.tables import TABLES, database
from storage.state.connections import Connection
from tests.bench import company
from tests.bench.figures import Figure, Size, at, at_most, seconds_of, words
from tests.bench.ground import empty_database, engines

LIMIT = 0.050
SHARE = 3  # so many times fewer than other questions: there are many of them
NOW = datetime(2026, 11, 25, 16, 20, tzinfo=UTC)
TODAY = NOW.date()
MONTH = Period(TODAY.replace(day=1), TODAY + DAY)
PERIODS: Mapping[str, Period] = {
    "today": Period.day(TODAY),
    "month": MONTH,
    "last month": Period.month(date(2026, 10, 1)),
    "400d": Period.last_days(400, until=TODAY),
    "month in New York": Period(MONTH.start, MONTH.end, "America/New_York"),
    "month in Kolkata": Period(MONTH.start, MONTH.end, "Asia/Kolkata"),
}
ASKER = Viewer("U1", "Mina", "p7@acme.example", "UTC", is_full_member=True, is_admin=True)
Ask = Callable[[], object]


def measure(size: Size) -> Iterator[Figure]:
    """Each question again and again, on each engine; of one asked by every dimension, the slowest is told."""
    for engine in engines():
        with empty_database(engine):
            connection = company.write(size.days, size.staff, now=NOW)
            if not is_sqlite():
                database.execute_sql("ANALYZE")
            yield _stored(size, engine)
            freeze_gc()  # as the bot does before it listens
            for name, ways in _questions(connection).items():
                yield _slowest(f"{name}, {engine}", ways, max(size.repeats // SHARE, 1))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    yield Figure(name="memory of writing that year and answering", ours=f"{most} MB")


def _stored(size: Size, engine: str) -> Figure:
    rows = sum(table.select().count() for table in TABLES)
    name = f"{size.days} days of {size.staff:,} engineers, {engine}"
    return Figure(name=name, ours=f"{_bytes() // 2**20:,} MB", beside=f"{rows:,} rows")


def _bytes() -> int:
    if is_sqlite():
        pages, width = (
            database.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
        return int(pages * width)
    names = ", ".join(f"'{table._meta.table_name}'::regclass" for table in TABLES)
    sizes = f"SELECT SUM(pg_total_relation_size(name)) FROM UNNEST(ARRAY[{names}]) AS name"
    return int(database.execute_sql(sizes).fetchone()[0])


def _questions(connection: Connection) -> Mapping[str, Mapping[str, Ask]]:
    """By name; what differs by dimension alone is one question asked in several ways."""
    costs = {
        f"cost {name}": {f"by {by}": _command_of("cost", period, by) for by in get_args(Dimension)}
        for name, period in PERIODS.items()
    }
    return {
        **costs,
        "engineers month": {"": _command_of("engineers", MONTH)},
        "engineers, a whole month": {"": _command_of("engineers", PERIODS["last month"])},
        "engineers 400d": {"": _command_of("engineers", PERIODS["400d"])},
        "me": {"": _command_of("me", MONTH)},
        "summary": {"": _command_of("summary")},
        "status": {"": _command_of("status")},
        "Home tab": {f"by {by}": _opened(by) for by in get_args(Dimension)},
        "daily digest": {"": partial(_digest, connection)},
    }


def _command_of(name: Name, period: Period | None = None, by: Dimension = "model") -> Ask:
    command = Command(name, period, by)
    return lambda: answer.answer("local", ASKER, command, admin=True, now=NOW)


def _opened(by: Dimension) -> Ask:
    """The Home tab, its table split so."""
    idle = ThreadPoolExecutor(1)
    services = Services(Vault([new_key()]), _no_provider, frozenset(), lambda: NOW, idle, lambda: None)
    context = open_context(services, _Taking(), "local")
    return lambda: home.show(context, ASKER, Question(MONTH, by))


def _no_provider(key: str) -> NoReturn:
    raise AssertionError(key)


class _Taking(WebClient):
    """A Slack that takes every tab."""

    def views_publish(self, **_view: object) -> SlackResponse:
        """Take it."""
        return SlackResponse(
            client=self,
            http_verb="",
            api_url="",
            req_args={},
            data={"view": {"hash": ""}},
            headers={},
            status_code=200,
        )


def _digest(connection: Connection) -> object:
    """The digest of yesterday."""
    with session():
        gathered = digest.gather(connection, Period.day(TODAY - DAY), zone="UTC", now=NOW)
    return render.digest(gathered)


def _slowest(name: str, ways: Mapping[str, Ask], count: int) -> Figure:
    slowest = {way: _times(ask, count) for way, ask in ways.items()}
    way, times = max(slowest.items(), key=lambda each: at(each[1], 50))
    return at_most(
        " ".join(filter(None, (name, way))), at(times, 99), LIMIT, beside=f"p50 {words(at(times, 50))}"
    )


def _times(ask: Ask, count: int) -> Sequence[float]:
    ask()
    return [seconds_of(ask) for _ in range(count)]
