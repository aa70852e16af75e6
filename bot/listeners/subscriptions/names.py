"""The names of what digests are about."""

from digests.messages.digest.listing import Names
from storage.engine.database import session
from storage.facts import directory
from storage.state import connections


def names_in(team_id: str) -> Names:
    """Return the names of a team's workspaces and engineers; their ids if nothing is connected."""
    with session():
        connection = connections.of_team(team_id)
        return directory.read(connection.id).name if connection else str
