"""Why Slack does not do what we asked, in our own terms."""

from typing import Literal

SlackReason = Literal[
    "gone",
    "outside",
    "archived",
    "restricted",
    "scope",
    "install",
    "nobody",
    "barred",
    "unreachable",
    "other",
]
"""The channel does not exist for us; we are not in it; it is archived; a policy forbids it; a permission is
missing; the app is not installed any more; nobody in the user group is known; an admin of ours removed the
channel; Slack cannot be reached; anything else."""
