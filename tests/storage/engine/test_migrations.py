"""The migrations, one after the other, make the tables that the program reads and writes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from providers.directory import Entry
from providers.period import Period
from storage.engine.database import is_sqlite, migrate, open_database, transaction
from storage.engine.tables import TABLES, database
from storage.facts import activity, directory, spend
from storage.state import access, incidents, posts, subscriptions
from storage.state.access import Audience
from tests.storage.releases import migrate_up_to
from tests.storage.samples import NOW, by_engineer

Before = Callable[[str], None]


def test_migrated_tables_are_those_of_the_program(database_url: str) -> None:
    open_database(database_url)
    migrate()
    with transaction():
        migrated = {table._meta.table_name: _shape(table._meta.table_name) for table in TABLES}
        database.drop_tables(TABLES)
        database.create_tables(TABLES)
        assert migrated == {table._meta.table_name: _shape(table._meta.table_name) for table in TABLES}


def _shape(table: str) -> tuple[object, ...]:
    columns = {(c.name, c.data_type, c.null, c.primary_key) for c in database.get_columns(table)}
    indexes = {(tuple(i.columns), i.unique) for i in database.get_indexes(table)}
    return columns, indexes, database.get_primary_keys(table)


def test_a_migration_imports_nothing_of_ours() -> None:
    folder = Path(__file__).parents[3] / "storage" / "migrations"
    for migration in folder.glob("0*.py"):
        text = migration.read_text(encoding="utf-8")
        assert "from storage" not in text
        assert "from providers" not in text


@pytest.fixture
def before(database_url: str, tmp_path: Path) -> Before:
    """What applies the migrations up to one, so that the rest are still to come."""
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    open_database(database_url)
    return lambda last: migrate_up_to(last, earlier)


def test_what_the_first_release_kept_is_there_after_all_migrations(before: Before) -> None:
    before("0001_initial")
    with transaction():
        database.execute_sql(
            "INSERT INTO directory (connection_id, id, kind, name) VALUES (1, 'apikey_1', 'api_key', 'ci')"
        )
    migrate()
    with transaction():
        assert directory.read(1).keys() == [Entry("apikey_1", "api_key", "ci")]


ACTIVITY = """
INSERT INTO activity (connection_id, day, email, api_key_name, customer_type, model, estimated_cost,
  input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens,
  sessions, lines_added, lines_removed, commits, pull_requests, accepted, rejected) VALUES
  (1, 20776, 'a@x', NULL, 'api', '', 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7),
  (1, 20776, 'a@x', NULL, 'api', 'opus', 1500000000, 10, 20, 30, 40, 0, 0, 0, 0, 0, 0, 0),
  (1, 20776, NULL, 'a@x', 'subscription', '', 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0),
  (1, 20771, 'a@x', NULL, 'api', '', 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0),
  (1, 20711, 'a@x', NULL, 'api', 'opus', 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (2, 20777, 'b@x', NULL, 'api', '', 0, 0, 0, 0, 0, 32, 0, 0, 0, 0, 9, 9)
"""  # 19 and 14 November, 15 September, and another's 20 November


def test_activity_is_carried_over_into_days_weeks_and_months(before: Before) -> None:
    before("0002_assignments")
    with transaction():
        database.execute_sql("INSERT INTO label (connection_id, text) VALUES (1, 'opus')")
        database.execute_sql(ACTIVITY)
    migrate()
    with transaction():
        november = Period.month(date(2026, 11, 1))
        for period in (november, Period(date(2026, 11, 3), date(2026, 11, 22))):
            deeds = {who: done for who, _plan, done in by_engineer(1, period)}
            assert {who: done["sessions"] for who, done in deeds.items()} == {"key a@x": 8, "a@x": 17}
            assert (deeds["a@x"]["estimated_cost"], deeds["a@x"]["accepted"]) == (1_500_000_000, 6)
            (model,) = activity.by_model(1, period)
            assert (model.model, model.estimated_cost, model.cache_creation_tokens) == (
                "opus",
                Decimal("1.5"),
                40,
            )
            (tool,) = activity.by_tool(1, period)
            assert (tool.tool, tool.accepted, tool.rejected, tool.sessions) == ("", 6, 7, 0)
        assert activity.by_model(1, november, email="a@x")[0].output_tokens == 20
        assert by_engineer(1, Period.month(date(2026, 9, 1)))[0][-1]["tokens"] == 1
        assert [done["sessions"] for _who, _plan, done in by_engineer(2, november)] == [32]
        ever = {
            who: done["sessions"]
            for who, _plan, done in by_engineer(1, Period.last_days(400, until=NOW.date()))
        }
        assert ever == {"key a@x": 8, "a@x": 17}


def test_replacing_a_day_that_was_carried_over_replaces_it_in_its_blocks_too(before: Before) -> None:
    before("0002_assignments")
    with transaction():
        database.execute_sql(ACTIVITY)
    migrate()
    with transaction():
        activity.replace(1, date(2026, 11, 19), [], at=NOW, until=NOW)
        november = by_engineer(1, Period.month(date(2026, 11, 1)))
        assert [done["sessions"] for _who, _plan, done in november] == [16]


SPEND = """
INSERT INTO day_rollup (connection_id, dimension, day, member, uncached_input, cache_write_5m, cache_write_1h,
  cache_read, output, web_search, cost, estimated) VALUES
  (1, 0, 20776, 0, 1, 0, 0, 0, 0, 0, 1000000000, 0),
  (1, 0, 20771, 0, 2, 0, 0, 0, 0, 0, 2000000000, 0),
  (1, 0, 20711, 0, 4, 0, 0, 0, 0, 0, 4000000000, 0),
  (1, 0, 20346, 0, 8, 0, 0, 0, 0, 0, 8000000000, 0),
  (2, 0, 20777, 0, 16, 0, 0, 0, 0, 0, 16000000000, 0)
"""  # the same days, 15 September a year earlier, and another's


def test_spend_is_carried_over_into_weeks_months_and_years(before: Before) -> None:
    before("0006_access")
    with transaction():
        database.execute_sql(SPEND)
    migrate()
    with transaction():
        for first, end, cost in (
            (date(2026, 11, 1), date(2026, 12, 1), 3),
            (date(2026, 11, 15), date(2026, 11, 22), 1),
            (date(2026, 1, 1), date(2027, 1, 1), 7),
            (date(2025, 9, 15), date(2026, 9, 16), 12),
            (date(2025, 9, 15), date(2026, 11, 20), 15),
        ):
            assert spend.total(1, Period(first, end)).cost == cost
        assert [spend.all_time(each) for each in (1, 2)] == [15, 16]


def test_activity_is_carried_over_into_years(before: Before) -> None:
    before("0002_assignments")
    with transaction():
        database.execute_sql(ACTIVITY)
    migrate()
    with transaction():
        year = Period(date(2026, 1, 1), date(2027, 1, 1))
        deeds = {who: done for who, _plan, done in by_engineer(1, year)}
        assert {who: done["sessions"] for who, done in deeds.items()} == {"a@x": 17, "key a@x": 8}
        assert deeds["a@x"]["tokens"] == 101


CONNECTION = """
INSERT INTO connection (id, team_id, provider, organization_id, organization_name, key_hint, connected_by,
  connected_at, state, announced, leased_by)
VALUES (1, 'T1', 'anthropic', 'o', 'Acme', '4Q7x', 'U1', 0, 'active', '', '')
"""


def test_names_carried_over_are_kept_in_memory(before: Before) -> None:
    before("0002_assignments")
    with transaction():
        database.execute_sql(CONNECTION)
    migrate()
    with transaction():
        assert directory.read(1) is directory.read(1)


ORGANIZATIONS = """
INSERT INTO connection (id, team_id, provider, organization_id, organization_name, key_hint, connected_by,
  connected_at, state, announced, leased_by, hourly_spend) VALUES
  (1, 'T1', 'anthropic', 'o', 'Acme', '4Q7x', 'U1', 0, 'active', '', '', ''),
  (2, 'T2', 'anthropic', 'old', 'Old', '4Q7x', 'U1', 100, 'disconnected', '', '', ''),
  (3, 'T2', 'anthropic', 'new', 'New', '4Q7x', 'U1', 500, 'active', '', '', '')
"""
DIGESTS = """
INSERT INTO subscription (id, team_id, channel_id, channel_name, time, zone, kind, weekday, month_day,
  working_days_only, scope, naming, set_up_by, next_at, paused) VALUES
  (1, 'T1', 'C1', 'c', '09:00', 'UTC', 'daily', 0, 1, {no}, 'whole', 'names', 'U1', 900, 'by hand'),
  (2, 'T1', 'C1', 'c', '10:00', 'UTC', 'daily', 0, 1, {no}, 'whole', 'names', 'U2', 900, ''),
  (3, 'T1', 'C1', 'c', '11:00', 'UTC', 'daily', 0, 1, {no}, 'whole', 'names', 'U3', 900, ''),
  (4, 'T1', 'C1', 'c', '11:00', 'UTC', 'weekly', 0, 1, {no}, 'whole', 'names', 'U3', 900, ''),
  (5, 'T2', 'C1', 'c', '11:00', 'UTC', 'daily', 0, 1, {no}, 'whole', 'names', 'U3', 900, 'by hand'),
  (6, 'T2', 'C1', 'c', '11:00', 'UTC', 'daily', 0, 1, {no}, 'whole', 'names', 'U3', 900, 'by hand')
"""
OUTBOX = """
INSERT INTO post (id, team_id, key, kind, subject, channel, due_at, give_up_waiting_at, state, estimated, ts,
  sent_to, attempts, claimed_by, claimed_until) VALUES
  (1, 'T1', 'digest:2:1', 'digest', '2 1970-01-01', 'C1', 9, 9, 'sent', {yes}, '1.1', 'C1', 0, '', NULL),
  (2, 'T2', 'digest:5:1', 'digest', '5 1970-01-01', 'C1', 9, 9, 'sent', {yes}, '1.1', 'C1', 0, '', NULL),
  (3, 'T2', 'digest:5:2', 'digest', '5 1970-01-02', 'C1', 900, 900, 'due', {no}, '', '', 3, '', NULL),
  (4, 'T1', 'digest:2:2', 'digest', '2 1970-01-02', 'C1', 9, 9, 'sending', {no}, '', '', 0, 'gone', 60),
  (5, 'T1', 'incident:1', 'alert', 'incident 1 opened', 'U1', 9, 9, 'due', {no}, '', '', 0, '', NULL)
"""
INCIDENT = """
INSERT INTO incident (id, connection_id, kind, detail, opened_at, closed)
VALUES (1, 1, 'key_refused', '401', 5, 0)
"""


@pytest.fixture
def released(before: Before) -> None:
    """A database of the release before, with digests, an outbox and an incident, brought up to date."""
    before("0009_all_time")
    with transaction():
        words = {"yes": "1", "no": "0"} if is_sqlite() else {"yes": "true", "no": "false"}
        for statement in (ORGANIZATIONS, DIGESTS, OUTBOX, INCIDENT):
            database.execute_sql(statement.format(**words))
    migrate()


DIGEST = """
INSERT INTO subscription (id, team_id, channel_id, channel_name, time, zone, kind, weekday, month_day,
  working_days_only, scope, naming, set_up_by, next_at, paused, audience, trouble) VALUES
  (1, 'T1', 'C1', 'c', '09:00', 'UTC', 'daily', 0, 1, {yes}, 'whole', 'names', 'U1', 900, '', 'public', '')
"""


def test_a_digest_set_up_before_is_posted_whatever_it_cost_and_without_a_thread(before: Before) -> None:
    before("0017_cells")
    with transaction():
        database.execute_sql(DIGEST.format(yes="1" if is_sqlite() else "true"))
    migrate()
    with transaction():
        (kept,) = subscriptions.of_team("T1")
    assert (kept.working_days_only, kept.minimum, kept.in_thread) == (True, 0, False)


@pytest.mark.usefixtures("released")
def test_of_equal_digests_one_that_comes_is_kept() -> None:
    with transaction():
        assert [each.id for each in subscriptions.of_team("T1")] == [2, 4]
        assert [each.id for each in subscriptions.of_team("T2")] == [5]


@pytest.mark.usefixtures("released")
def test_posts_are_of_the_organization_that_they_were_of_as_far_as_that_is_known() -> None:
    with transaction():
        every = [*posts.by_key_prefix("T1", ""), *posts.by_key_prefix("T2", "")]
        assert {post.id: post.organization_id for post in every} == {1: "o", 2: "", 3: "new", 4: "o", 5: ""}


@pytest.mark.usefixtures("released")
def test_teams_of_before_keep_names_open_and_new_ones_start_private() -> None:
    with transaction():
        kept, new = access.of_team("T1"), access.of_team("T9")
        assert (kept.names, kept.naming, kept.decided_at) == (Audience("everybody"), None, None)
        assert (new.names, new.naming) == (Audience("admins"), frozenset())
        assert {kept.calendar, new.calendar} == {"UTC"}


@pytest.mark.usefixtures("released")
def test_claims_and_incidents_go_on_after_a_migration() -> None:
    now = datetime.fromtimestamp(100, UTC)
    with transaction():
        taken = [posts.claim("w", now=now, length=timedelta(minutes=1)) for _ in range(3)]
        assert [post and (post.id, post.state) for post in taken] == [(4, "sending"), (5, "due"), None]
        assert [each.kind for each in incidents.open_ones(1)] == ["key_refused"]
