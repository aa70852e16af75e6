"""The names that a team can ask for: models, engineers, workspaces, keys and products that were reported."""

from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

from bot.questions.reading.names import Name, Names
from digests.forms.user_groups import Group
from digests.numbers.report import NAMING
from digests.words import wording
from providers.directory import Directory
from storage.facts import directory, text_ids

_FAMILIES = ("opus", "sonnet", "haiku", "fable", "instant")
_PRODUCTS: Mapping[str, tuple[str, ...]] = {
    "messages_api": ("messages",),
    "message_batches_api": ("batch", "batches", "batch api"),
    "claude_code": (),
    "claude_console": ("console", "workbench"),
    "managed_agents_api": ("agents", "managed agents api"),
    "chat": ("claude.ai",),
    "cowork": (),
}
BUILT_IN = (
    *[Name("model", family, wording.family_name(family)) for family in _FAMILIES],
    *[Name("product", product, wording.product(product), aliases) for product, aliases in _PRODUCTS.items()],
)
"""The names that every organization has: Claude's families of models, and products of its usage report."""
MOST_CONNECTIONS = 4  # of one team, whose names are kept; three thousand engineers' take some megabytes
NO_NAMES = Names(BUILT_IN)
"""What can be asked for before anything is connected."""
_MODEL, _DEFAULT = "claude-", "Default workspace"


class _Copy(NamedTuple):
    listed: Directory
    models: frozenset[str]
    groups: tuple[Group, ...]
    names: Names


class Catalog:
    """The names of the latest connections, indexed anew only when they changed."""

    def __init__(self) -> None:
        self._copies: LRUCache[tuple[int, bool], _Copy] = LRUCache(MOST_CONNECTIONS)
        self._guard = Lock()

    def of(self, connection_id: int, *, has_people: bool = True, groups: tuple[Group, ...] = ()) -> Names:
        """Return the names of a connection, and of user groups of Slack, which are teams.

        Without `has_people` there are none of engineers, nor of keys.
        """
        listed = directory.read(connection_id)
        models = frozenset(
            text for text in text_ids.numbers(connection_id) if text and text.startswith(_MODEL)
        )
        with self._guard:
            copy = self._copies.get((connection_id, has_people))
        if copy is None or copy.listed is not listed or (copy.models, copy.groups) != (models, groups):
            names = all_names(listed, models, groups)
            kept = (name for name in names if has_people or name.dimension not in NAMING)
            copy = _Copy(listed, models, groups, Names(kept))
        with self._guard:
            self._copies[connection_id, has_people] = copy
        return copy.names


def all_names(listed: Directory, models: frozenset[str], groups: Iterable[Group] = ()) -> Iterator[Name]:
    """Yield every name of an organization, and of user groups."""
    yield from BUILT_IN
    yield from (Name("model", model, wording.model(model), _versions(model)) for model in sorted(models))
    for person in listed.people():
        yield Name("engineer", (person.email or person.id).casefold(), person.name)
    keys = listed.keys()
    for key in keys:
        yield Name("key", key.id, key.name, (key.hint[-4:],) if key.hint else ())
    yield from _workspaces(listed)
    for group in groups:
        yield Name("team", group.id, group.handle or group.name, (group.name,), mention=group.id)


def _workspaces(listed: Directory) -> Iterator[Name]:
    """Yield the workspaces, with the default one, which older reports leave without an id."""
    defaults = listed.default_workspaces()
    if not defaults:
        yield Name("workspace", "", _DEFAULT, ("default",))
    for workspace in listed.workspaces():
        aliases = (_DEFAULT,) if workspace.id in defaults else ()
        yield Name("workspace", workspace.id, workspace.name, aliases)


def _versions(model: str) -> tuple[str, ...]:
    """Return a model's id without the vendor: `opus-5-5`."""
    return (model.removeprefix(_MODEL),)
