"""A worker whose process has ended is seen to be gone, and what it had taken is free."""

import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from bot.runtime import processes
from storage.engine.secrets import Vault, new_key
from storage.state import connections

NOW, LENGTH = datetime(2026, 11, 22, 10, 31, tzinfo=UTC), timedelta(seconds=60)


def ended() -> str:
    """The name of a worker whose process has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return f"{socket.gethostname()}:{process.pid}:0123abcd"


def taken_by(worker: str) -> int:
    """The id of a connection whose turn a worker has."""
    connection = connections.connect(
        "T1", "org_1", "Acme", key="4Q7x", vault=Vault([new_key()]), by="U1", at=NOW
    )
    assert connections.lease(worker, now=NOW, length=LENGTH, due=[connection.id])
    return connection.id


def test_a_worker_is_gone_when_its_process_has_ended() -> None:
    assert processes.has_ended(ended())


def test_a_worker_whose_process_runs_is_not_gone() -> None:
    assert not processes.has_ended(f"{socket.gethostname()}:{os.getppid()}:0123abcd")


def test_an_earlier_worker_of_this_process_number_is_gone() -> None:
    assert processes.has_ended(f"{socket.gethostname()}:{os.getpid()}:0123abcd")


@pytest.mark.parametrize("worker", ["elsewhere:1:0123abcd", "", "a", f"{socket.gethostname()}:x:0123abcd"])
def test_of_any_other_worker_nobody_can_tell(worker: str) -> None:
    assert not processes.has_ended(worker)


def test_no_two_workers_have_the_same_name() -> None:
    assert processes.own_name() != processes.own_name()


@pytest.mark.usefixtures("store")
def test_the_turns_of_a_worker_that_is_gone_are_free_at_once() -> None:
    number = taken_by(ended())
    processes.release_turns_of_ended_workers()
    assert connections.lease("b", now=NOW, length=LENGTH, due=[number])


@pytest.mark.usefixtures("store")
def test_the_turns_of_a_worker_that_runs_stay_its_own() -> None:
    number = taken_by(f"{socket.gethostname()}:{os.getppid()}:0123abcd")
    processes.release_turns_of_ended_workers()
    assert not connections.lease("b", now=NOW, length=LENGTH, due=[number])
