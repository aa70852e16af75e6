"""Ready means that the database answers, is migrated, and every part moves; why not is for the log alone."""

import logging
import threading

import pytest

from bot.runtime.readiness import DatabaseCheck, Readiness
from storage.engine import database
from storage.engine.tables import database as opened


@pytest.mark.usefixtures("store")
def test_a_database_that_is_well_is_ready() -> None:
    assert DatabaseCheck()() == ""


def test_before_its_migrations_it_is_not_ready(database_url: str) -> None:
    database.open_database(database_url)
    assert "0001_initial" in DatabaseCheck()()


def test_without_its_database_it_is_not_ready() -> None:
    database.open_database("sqlite:////nowhere/at/all.db")
    assert DatabaseCheck()() == "the database can't be used: unable to open database file"


@pytest.mark.usefixtures("store")
def test_a_database_that_hangs_is_waited_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, looks = threading.Event(), []

    def hang(*_arguments: object, **_named: object) -> None:
        looks.append(1)
        assert goes_on.wait(10)

    check = DatabaseCheck(patience=0.05)
    with monkeypatch.context() as patched:
        patched.setattr(opened.obj, "execute_sql", hang)
        answers = [check() for _ in range(20)]
        assert (set(answers), len(looks)) == ({"the database does not answer"}, 1)
        goes_on.set()


def test_why_it_is_not_ready_is_logged_once_a_change(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stackspend")
    wrong = ["", "the scheduler has stopped", "the scheduler has stopped", "Slack is not heard", "", ""]
    readiness = Readiness([lambda: "", lambda: wrong.pop(0)])
    assert [readiness() for _ in range(6)] == [True, False, False, False, True, True]
    assert caplog.messages == [
        "not ready: the scheduler has stopped",
        "not ready: Slack is not heard",
        "ready again",
    ]
