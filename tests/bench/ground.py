"""What benchmarks stand on: databases that vanish, a simulated Admin API and a bot in other processes."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from demo.stage import free_port
from storage.engine import database as engine
from storage.engine.tables import database

POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "")
PATIENCE = 60.0  # seconds until something has started


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="stackspend-bench-") as path:
        yield Path(path)


@contextmanager
def empty_database(name: str) -> Iterator[str]:
    """A database of that engine with all our tables, open; its URL."""
    with _place(name) as url:
        engine.open_database(url)
        engine.migrate()
        try:
            with engine.session():
                yield url
        finally:
            getattr(database.obj, "close_all", database.close)()


@contextmanager
def _place(name: str) -> Iterator[str]:
    if name == "SQLite":
        with folder() as path:
            yield f"sqlite:///{path}/stackspend.db"
        return
    schema = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as server:
        server.execute(f'CREATE SCHEMA "{schema}"'.encode())
        try:
            yield f"{POSTGRESQL}?options=-csearch_path%3D{schema}"
        finally:
            server.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


def engines() -> list[str]:
    """The engines there are to measure."""
    return ["SQLite", *(["PostgreSQL"] if POSTGRESQL else [])]


def driver() -> Any:
    """The driver's own connection of this thread."""
    return database.connection()


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A Python process that is ended with the block; what it prints is lost."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, *arguments], env={**os.environ, **environment}, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def organization(*, days: int, engineers: int) -> Iterator[str]:
    """A simulated Admin API in a process of its own; its address."""
    port = free_port()
    size = ("--days", str(days), "--engineers", str(engineers))
    with running("-m", "demo.admin_api.server", "--port", str(port), *size) as process:
        wait_for(port, "/_control", process)
        yield f"http://127.0.0.1:{port}"


def wait_for(port: int, path: str, process: "subprocess.Popen[bytes]") -> None:
    """Ask again and again until a page is there."""
    request = f"GET {path} HTTP/1.0\r\n\r\n".encode()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
            wire.sendall(request)
            if b" 200 " in wire.recv(100):
                return
        time.sleep(0.002)
    raise RuntimeError(f"nothing answers at port {port}")


def program_environment(path: Path, **more: str) -> Mapping[str, str]:
    """What the program needs to know, whatever this machine is set up for."""
    plain = {name: "" for name in os.environ if name.startswith(("SLACK_", "STACKSPEND_", "ANTHROPIC_"))}
    return {**plain, "DATABASE_URL": f"sqlite:///{path}/stackspend.db", **more}
