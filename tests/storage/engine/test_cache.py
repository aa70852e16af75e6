"""Copies in memory: shared while nothing changes, and never older than what is stored."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from providers.directory import Entry
from storage.engine import cache
from storage.engine.database import session, transaction
from storage.engine.tables import Label
from storage.facts import assignments, directory, text_ids
from storage.state import connections
from tests.storage.samples import NOW, connected

pytestmark = pytest.mark.usefixtures("store")
ONE, TWO = 1, 2
ADA = Entry("user_1", "user", "Ada", email="ada@x")
RENAME = """
import sys
from providers.directory import Entry
from storage.facts import directory, text_ids
from storage.engine.database import open_database, transaction
open_database(sys.argv[1])
with transaction():
    directory.remember(1, [Entry("user_1", "user", "Countess")])
    text_ids.ids(1, ["from elsewhere"])
"""


def listed(*entries: Entry, connection: int = ONE) -> None:
    with transaction():
        directory.remember(connection, entries)


def entered(*texts: str, connection: int = ONE) -> None:
    with transaction():
        text_ids.ids(connection, texts)


def undone(change: Callable[[], object]) -> None:
    """Make a change, look at it, and have it rolled back."""
    with suppress(RuntimeError), transaction():
        change()
        directory.read(ONE)
        text_ids.texts(ONE)
        raise RuntimeError


def test_what_did_not_change_is_read_once() -> None:
    listed(ADA)
    entered("opus")
    names, texts = directory.read(ONE), text_ids.texts(ONE)
    listed(ADA)
    entered("opus")
    assert directory.read(ONE) is names
    assert text_ids.texts(ONE) is texts


@pytest.mark.parametrize(
    ("change", "name", "owner"),
    [
        (lambda: directory.remember(ONE, [Entry("user_1", "user", "Countess")]), "Countess", None),
        (lambda: assignments.assign(ONE, "apikey_1", "user_1", by="U1", at=NOW), "Ada", "ada@x"),
    ],
)
def test_a_change_is_seen(change: Callable[[], object], name: str, owner: str | None) -> None:
    listed(ADA)
    directory.read(ONE)
    with transaction():
        change()
        assert directory.read(ONE).name("user_1") == name
    assert directory.read(ONE).name("user_1") == name
    assert directory.read(ONE).engineer_of("apikey_1") == owner


def test_a_key_taken_back_is_nobodys_again() -> None:
    listed(ADA)
    with transaction():
        assignments.assign(ONE, "apikey_1", "user_1", by="U1", at=NOW)
    assert directory.read(ONE).engineer_of("apikey_1") == "ada@x"
    with transaction():
        assignments.unassign(ONE, "apikey_1")
    assert directory.read(ONE).engineer_of("apikey_1") is None


def test_a_change_by_another_thread_is_seen() -> None:
    listed(ADA)
    entered("opus")
    directory.read(ONE)
    text_ids.texts(ONE)

    def elsewhere() -> None:
        with session():
            listed(Entry("user_1", "user", "Countess"))
            entered("haiku")

    other = Thread(target=elsewhere)
    other.start()
    other.join()
    assert directory.read(ONE).name("user_1") == "Countess"
    assert {"opus", "haiku"} <= set(text_ids.texts(ONE).values())


def test_a_change_by_another_process_is_seen(store: str) -> None:
    listed(ADA)
    entered("opus")
    directory.read(ONE)
    text_ids.texts(ONE)
    subprocess.run([sys.executable, "-c", RENAME, store], check=True, timeout=60)
    assert directory.read(ONE).name("user_1") == "Countess"
    assert "from elsewhere" in text_ids.texts(ONE).values()


def test_names_that_were_rolled_back_are_forgotten() -> None:
    listed(ADA)
    undone(lambda: directory.remember(ONE, [Entry("user_1", "user", "Countess")]))
    assert directory.read(ONE).name("user_1") == "Ada"
    listed(Entry("user_1", "user", "Lovelace"))
    assert directory.read(ONE).name("user_1") == "Lovelace"


def test_a_number_whose_text_was_rolled_back_stands_for_the_next_text() -> None:
    entered("opus")
    undone(lambda: text_ids.ids(ONE, ["never"]))
    assert "never" not in text_ids.texts(ONE).values()
    entered("haiku")
    kept = [(row.text, row.id) for row in Label.select()]
    assert set(text_ids.numbers(ONE).items()) == {(None, text_ids.NONE), *kept}
    assert {(text, number) for number, text in text_ids.texts(ONE).items()} == {(None, text_ids.NONE), *kept}


def test_nothing_leaks_from_one_connection_to_another() -> None:
    listed(ADA)
    entered("opus")
    listed(Entry("user_1", "user", "Bob"), connection=TWO)
    entered("haiku", connection=TWO)
    assert (directory.read(ONE).name("user_1"), directory.read(TWO).name("user_1")) == ("Ada", "Bob")
    assert set(text_ids.numbers(TWO)) == {None, "haiku"}


def test_a_connection_of_the_same_number_starts_without_names() -> None:
    first = connected()
    listed(ADA, connection=first.id)
    entered("opus", connection=first.id)
    directory.read(first.id)
    text_ids.texts(first.id)
    connections.disconnect(first.id, keep_history=False)
    assert directory.read(first.id).people() == []
    assert text_ids.texts(first.id) == {text_ids.NONE: None}
    entered("haiku", connection=first.id)
    assert set(text_ids.numbers(first.id)) == {None, "haiku"}


def test_few_copies_are_kept_and_they_are_those_asked_for_last() -> None:
    read: list[int] = []
    kept = cache.ConnectionCache("names", read.append)
    many = list(range(cache.MAX_CONNECTIONS))
    with transaction():
        for connection in (*many, 99):
            cache.renew(connection, "names")
    for connection in (*many, 0, 99, 0, 1):
        kept.of(connection)
    assert read == [*many, 99, 1]
