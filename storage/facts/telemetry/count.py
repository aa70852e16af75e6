"""Count waiting bodies: identify their uses, merge them with those we have, and change the totals by that.

waiting bodies → identify → merge by key → requests or metrics, around each → changes of lines → rollups
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from operator import add, sub

import msgspec

from providers.claude.allow_list import ATTRIBUTES
from providers.claude.choice import keys_left_out
from providers.claude.identify import Identified, identify
from providers.claude.measures import MEASURES, NOTHING, ONE_SESSION, Measures, lines_of, measures_of
from providers.claude.people import identity_of
from providers.claude.records import NANOSECONDS
from providers.claude.use import Commit, Origin, Use, merge
from storage.engine.database import is_sqlite, transaction
from storage.engine.queries import query
from storage.engine.tables import TelemetryCommitRow
from storage.facts.telemetry import (
    batches,
    erased,
    lines,
    links,
    oddities,
    origins,
    rollups,
    sessions,
    uses,
)
from storage.facts.telemetry.lines import NUMBERS
from storage.facts.telemetry.sessions import Kept
from storage.facts.telemetry.streams import StoredStreams
from storage.facts.telemetry.uses import Stored

BATCHES = 40  # counted in one transaction: more would take longer than a receiver on SQLite should wait
SLACK = timedelta(seconds=1)  # an event is written just after its export
_BY_LIST, _BY_CLIENT, _REQUESTS = (MEASURES.index(name) for name in ("by_list", "by_client", "requests"))
_DAY = 86_400 * NANOSECONDS

States = dict[str, Stored]  # by key


class Counted(msgspec.Struct):
    """How many bodies were counted, and what was odd about their records (see `Identified`)."""

    bodies: int = 0
    tests: int = 0
    early: int = 0
    late: int = 0


def count_waiting(
    connection_id: int, *, configured: Collection[str] = ATTRIBUTES, limit: int = BATCHES
) -> Counted:
    """Count the oldest waiting bodies of a connection, in a transaction of its own.

    One process counts a connection's at a time; where another does, nothing is counted.
    """
    with transaction():
        if not _is_alone(connection_id):
            return Counted()
        arrivals = batches.oldest(connection_id, limit=limit)
        if not arrivals:
            return Counted()
        streams, whole = StoredStreams(connection_id), Identified()
        for arrival in arrivals:
            one = identify(
                arrival.batch.records,
                streams.advance,
                received_at=arrival.received_at,
                configured=configured,
                is_managed=arrival.is_managed,
            )
            whole = _together(whole, one)
        add_uses(connection_id, *erased.without_erased(connection_id, whole.uses, whole.commits))
        oddities.note(connection_id, arrivals[-1].received_at, early=whole.early, late=whole.late)
        streams.save()
        batches.drop(connection_id, [arrival.id for arrival in arrivals])
        return Counted(len(arrivals), whole.tests, whole.early, whole.late)


def _is_alone(connection_id: int) -> bool:
    """Take the right to count until the transaction ends; SQLite's write lock is that already."""
    if is_sqlite():
        return True
    return bool(_try_lock(connection_id).fetchone()[0])


def wait_to_be_alone(connection_id: int) -> None:
    """Take that right once whoever counts is done; within a transaction."""
    if not is_sqlite():
        _lock(connection_id).fetchone()


# PostgreSQL's advisory locks are the whole database's: a schema's name tells its connections from another's.
_KEY = "hashtext('telemetry of ' || current_schema()), ?"
_try_lock = query(f"SELECT pg_try_advisory_xact_lock({_KEY})")
_lock = query(f"SELECT pg_advisory_xact_lock({_KEY})")


def _together(one: Identified, other: Identified) -> Identified:
    return Identified(
        one.uses + other.uses,
        one.commits + other.commits,
        one.tests + other.tests,
        one.early + other.early,
        one.late + other.late,
    )


def add_uses(connection_id: int, reported: Iterable[Use], commits: Collection[Commit] = ()) -> None:
    """Count uses and commits, each once however often it is here; within a transaction."""
    arrived: dict[str, Use] = {}
    for use in reported:
        arrived[use.key] = merge(arrived[use.key], use) if use.key in arrived else use
    before = _stored(connection_id, arrived)
    merged = {key: merge(before[key].use, use) if key in before else use for key, use in arrived.items()}
    changed = {key: use for key, use in merged.items() if key not in before or before[key].use != use}
    names = [*map(sessions.name_of, changed.values()), *(commit.session for commit in commits)]
    every = sessions.named(connection_id, names)
    if changed:
        _change(connection_id, before, changed, every)
    _add_commits(connection_id, commits, every)


def _stored(connection_id: int, keys: Collection[str]) -> States:
    numbers = uses.session_numbers(connection_id, keys)
    return uses.by_key(connection_id, keys, sessions.numbered(connection_id, numbers))


def _change(
    connection_id: int, before: States, changed: Mapping[str, Use], every: Mapping[str, Kept]
) -> None:
    """Decide anew which uses count around the changed ones, and change the totals by the difference."""
    old, new = dict(before), dict[str, Stored]()
    groups: dict[str, list[Use]] = defaultdict(list)
    for use in changed.values():
        groups[sessions.name_of(use)].append(use)
    for use in groups.pop("", []):
        new[use.key] = Stored(use, counts=True)
    for name, group in groups.items():
        around = _around(connection_id, every[name], group)
        old |= {key: stored for key, stored in around.items() if key not in before}
        together = {key: stored.use for key, stored in around.items()} | {use.key: use for use in group}
        left_out = keys_left_out(together.values())
        new |= {key: Stored(use, key not in left_out) for key, use in together.items()}
    written = {key: stored for key, stored in new.items() if old.get(key) != stored}
    _change_totals(connection_id, old, written, every)
    uses.replace(connection_id, list(written.values()), {each.name: each.id for each in every.values()})
    links.learn(connection_id, {stored.use.origin for stored in written.values()})


def _around(connection_id: int, session: Kept, group: Iterable[Use]) -> States:
    slack = int(SLACK.total_seconds()) * NANOSECONDS
    start, end = min(use.started for use in group) - slack, max(use.ended for use in group) + slack
    return uses.around(connection_id, session.id, session.session, start, end)


def _change_totals(connection_id: int, old: States, written: States, every: Mapping[str, Kept]) -> None:
    changes: dict[rollups.Place, Measures] = defaultdict(lambda: NOTHING)
    involved = [*written.values(), *(old[key] for key in written if key in old)]
    places = _lines(connection_id, {stored.use.origin for stored in involved})
    for key, stored in written.items():
        before = old.get(key)
        for state, act in ((before, sub), (stored, add)):
            if state is not None:
                measures = measures_of(state.use, counts=state.counts)
                day = state.use.counted_at // _DAY
                for dimension, line in places[state.use.origin]:
                    place = (dimension, day, line)
                    changes[place] = tuple(map(act, changes[place], measures))
                _change_session(every.get(sessions.name_of(state.use)), measures, act is add)
        for place in _first_meetings(stored.use, places[stored.use.origin], every):
            changes[place] = tuple(map(add, changes[place], ONE_SESSION))
    lines.believe(connection_id, map(identity_of, places))
    rollups.change(connection_id, changes)
    sessions.save(connection_id, every.values())


def _change_session(session: Kept | None, measures: Measures, is_added: bool) -> None:  # noqa: FBT001 - private
    if session:
        sign = 1 if is_added else -1
        session.requests += sign * measures[_REQUESTS]
        session.cost += sign * (measures[_BY_LIST] + measures[_BY_CLIENT])


def _first_meetings(
    use: Use, places: Iterable[tuple[int, int]], every: Mapping[str, Kept]
) -> list[rollups.Place]:
    """Return the lines that a session meets for the first time, on the day of this use."""
    session = every.get(sessions.name_of(use))
    if session is None:
        return []
    session.extend(use)
    if not session.session:
        return []
    new = set(places) - session.lines
    session.lines |= new
    return [(dimension, use.counted_at // _DAY, line) for dimension, line in sorted(new)]


def _lines(connection_id: int, every: Collection[Origin]) -> dict[Origin, list[tuple[int, int]]]:
    """Return each origin's lines of all dimensions, without those that it has no name for."""
    attributes = {name for origin in every for name, _value in origin.attributes}
    dimensions = lines.attribute_numbers(connection_id, attributes)
    names = {origin: _names(origin, dimensions) for origin in every}
    numbers = lines.numbers(connection_id, {name for each in names.values() for name in each})
    total = (NUMBERS["total"], lines.UNKNOWN)
    return {
        origin: [total, *((dimension, numbers[dimension, name]) for dimension, name in each)]
        for origin, each in names.items()
    }


def _names(origin: Origin, dimensions: Mapping[str, int]) -> list[lines.Name]:
    named = [(NUMBERS[dimension], name) for dimension, name in lines_of(origin).items() if name]
    return named + [(dimensions[name], value) for name, value in origin.attributes if name in dimensions]


def _add_commits(connection_id: int, commits: Collection[Commit], every: Mapping[str, Kept]) -> None:
    if not commits:
        return
    numbers = origins.ids(connection_id, {commit.origin for commit in commits})
    rows = [
        {
            "connection_id": connection_id,
            "revision": commit.revision,
            "committed_at": datetime.fromtimestamp(commit.counted_at // NANOSECONDS, UTC),
            "session_id": every[commit.session].id if commit.session in every else 0,
            "origin_id": numbers[commit.origin],
        }
        for commit in commits
    ]
    TelemetryCommitRow.insert_many(rows).on_conflict_ignore().as_rowcount().execute()
