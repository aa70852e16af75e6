"""Databases of earlier releases: the migrations up to one, so that the rest are still to come."""

import shutil
from pathlib import Path

import pytest

from storage.engine import database as engine


def migrate_up_to(last: str, folder: Path) -> None:
    """Apply the migrations up to the one of this name to the open and empty database.

    `folder` is an empty one for copies of them.
    """
    for migration in sorted(engine.MIGRATIONS.glob("0*.py")):
        if migration.stem <= last:
            shutil.copy(migration, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "MIGRATIONS", folder)
        assert engine.migrate()[-1] == last
