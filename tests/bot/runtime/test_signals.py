"""A process ends when it is told to: whoever takes the signal, whatever was inherited, and whatever hangs."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bot.runtime.shutdown import BROKEN, DONE

PATIENCE = 30  # seconds, where it should take none
WORKS = """
import os, signal, threading
from bot.runtime.shutdown import Part, Shutdown
{before}
shutdown = Shutdown(patience=0.2, limit={limit})
shutdown.on_signals()
{after}
print("ready", flush=True)
shutdown.wait()
shutdown.end_in_time()

print("stopping", flush=True)
shutdown.finish()
os._exit(shutdown.status)
"""


@contextmanager
def process(*, before: str = "", after: str = "", limit: float = 60) -> Iterator["subprocess.Popen[str]"]:
    """A process that waits for the signal."""
    source = WORKS.format(before=before, after=after, limit=limit)
    command = [sys.executable, "-c", source]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert _line(started) == "ready"
            yield started
        finally:
            started.kill()


def _line(running: "subprocess.Popen[str]") -> str:
    assert running.stdout
    return running.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it(number: signal.Signals) -> None:
    with process() as running:
        running.send_signal(number)
        assert running.wait(PATIENCE) == DONE


def test_a_signal_that_another_thread_takes_ends_it() -> None:
    taking = """
def take():
    signal.sigwait([signal.SIGUSR1])
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
threading.Thread(target=take, daemon=True).start()
"""
    quiet = "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])"
    with process(before=quiet, after=taking) as running:
        running.send_signal(signal.SIGUSR1)
        assert running.wait(PATIENCE) == DONE


@pytest.mark.parametrize(
    "inherited",
    [
        "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    ],
)
def test_what_its_parent_did_with_signals_changes_nothing(inherited: str) -> None:
    with process(before=inherited) as running:
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == DONE


@pytest.mark.parametrize("method", ["stop", "is_idle", "cut_short", "give_back"])
def test_a_part_that_hangs_anywhere_keeps_it_no_longer_than_its_limit(method: str) -> None:
    hanging = f"""
hung = threading.Lock()
hung.acquire()
busy = {{"cut_short": lambda: False}}.get({method!r}, lambda: True)
shutdown.add(Part(**{{"is_idle": busy, {method!r}: hung.acquire}}))
"""
    with process(after=hanging, limit=3) as running:
        running.send_signal(signal.SIGTERM)
        status = running.wait(PATIENCE)
        assert running.stderr
        assert (status == BROKEN) == (method == "is_idle")
        assert ("in _is_idle" in running.stderr.read()) == (method == "is_idle")


def test_a_part_that_hangs_keeps_no_other_from_giving_back() -> None:
    parts = """
hung = threading.Lock()
hung.acquire()
shutdown.add(Part(stop=hung.acquire, give_back=hung.acquire))
shutdown.add(Part(give_back=lambda: print("given back", flush=True)))
"""
    with process(after=parts) as running:
        running.send_signal(signal.SIGTERM)
        assert _line(running) == "stopping"
        assert _line(running) == "given back"
        assert running.wait(PATIENCE) == DONE


def test_a_second_signal_ends_it_at_once_though_the_main_thread_hangs() -> None:
    deaf = """
import ctypes
mutex = ctypes.create_string_buffer(64)  # zeros: unlocked
def hang():
    for _ in range(2):  # no signal ends the second wait
        ctypes.CDLL(None).pthread_mutex_lock(mutex)
shutdown.add(Part(is_idle=hang))
"""
    with process(after=deaf) as running:
        running.send_signal(signal.SIGTERM)
        assert _line(running) == "stopping"
        running.send_signal(signal.SIGTERM)
        assert running.wait(PATIENCE) == BROKEN
