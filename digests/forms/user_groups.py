"""Slack's user groups in a form."""

from typing import NamedTuple

NOT_LISTED = "User groups can't be loaded right now. Slack error: `{code}`."


class Group(NamedTuple):
    """A user group; people write its `handle` after an @."""

    id: str
    handle: str
    name: str
