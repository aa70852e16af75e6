"""A small world for each story."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.stage import Stage, stage


@pytest.fixture
def play(migrated_url: str, tmp_path: Path) -> Iterator[Stage]:
    """Forty days of six engineers, and a Slack workspace; no bot runs yet."""
    with stage(tmp_path, days=40, engineers=6, database_url=migrated_url) as world:
        yield world
