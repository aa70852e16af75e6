"""The memory of `run` while it reads all history, and once it has nothing to do."""

import time
from collections.abc import Iterator

from demo.slack.server import Workspace
from tests.bench.figures import Figure, Size
from tests.bench.program import memory_of, serving_program, staged, wait_for_history

MOST, MOST_AT_REST = 150, 120  # megabytes
RESTING = 1.5  # of the patience of a size: of the full one, longer than from one tidying to the next


def measure(size: Size) -> Iterator[Figure]:
    """The most during the walk, and what is left of it."""
    workspace = Workspace()
    with staged(workspace, days=size.days, engineers=size.engineers) as (path, environment):
        token = {"SLACK_BOT_TOKEN": workspace.token}
        with serving_program("bot", **environment, **token) as (process, _port):
            wait_for_history(workspace.team_id, path)
            time.sleep(RESTING * size.patience)
            now, most = memory_of(process)
    name = f"memory of `run`, {size.days} days, {size.engineers} engineers"
    yield Figure(name=f"{name}, at most", ours=f"{most} MB", aim=f"≤ {MOST} MB", holds=most <= MOST)
    yield Figure(
        name=f"{name}, at rest", ours=f"{now} MB", aim=f"≤ {MOST_AT_REST} MB", holds=now <= MOST_AT_REST
    )
