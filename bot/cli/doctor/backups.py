"""Checks of the database's size and of its backups."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from bot.cli.doctor.findings import Finding, not_set_up, ok
from digests.words.wording import lasted
from storage.engine import database

OLD = timedelta(days=7)  # a choice: what was decided in a week can be decided again
HOW = "docs/deploy.md, “Back up and restore”"
_BEGINS = b"SQLite format 3\0"


def size() -> Finding:
    """Return how large the database is."""
    with database.session():
        size = database.size()
    return ok("Database size", _words(size))


def backups(path: Path, *, now: datetime) -> Iterator[Finding]:
    """Say how old the newest backup beside a SQLite file is: a copy whose name says `backup`."""
    ages = [now.timestamp() - each.stat().st_mtime for each in _copies(path)]
    if not ages:
        yield not_set_up("Backup", "none beside the database; StackSpend doesn't look elsewhere", HOW)
        return
    age = timedelta(seconds=max(min(ages), 0))
    detail = f"the newest beside the database is {lasted(age)} old"
    yield not_set_up("Backup", detail, HOW) if age > OLD else ok("Backup", detail)


def _copies(path: Path) -> Iterator[Path]:
    for folder in (path.parent, path.parent / "backups"):
        for each in folder.glob("*backup*") if folder.is_dir() else ():
            if each.is_file() and _is_database(each):
                yield each


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_BEGINS)) == _BEGINS
    except OSError:
        return False


def _words(size: int) -> str:
    megabytes = size / 1_000_000
    return f"{megabytes / 1000:,.1f} GB" if megabytes >= 1000 else f"{megabytes:,.1f} MB"  # noqa: PLR2004 - a GB
