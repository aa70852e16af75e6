"""The resource attributes that a team chose."""

import pytest

from providers.claude.allow_list import ATTRIBUTES
from storage.engine.database import transaction
from storage.state.ingest import attributes
from storage.state.ingest.attributes import NotPossible

pytestmark = pytest.mark.usefixtures("store")
USUAL = frozenset(ATTRIBUTES)


def choose(*names: str, connection: int = 1) -> None:
    with transaction():
        attributes.choose(connection, names)


def test_the_usual_ones_are_kept_without_a_choice() -> None:
    assert attributes.of(1) == USUAL


def test_a_choice_is_a_teams_own_and_replaces_the_one_before() -> None:
    choose("squad", "floor")
    choose("squad", "squad")
    assert (attributes.of(1), attributes.of(2)) == (USUAL | {"squad"}, USUAL)
    choose()
    assert attributes.of(1) == USUAL


@pytest.mark.parametrize("name", ["prompt", "tool_input", "user.email", "", "x" * 256, "a\nb"])
def test_content_and_claudes_own_names_cannot_be_chosen(name: str) -> None:
    with pytest.raises(NotPossible):
        choose(name)


def test_no_more_can_be_chosen_than_anybody_reads() -> None:
    with pytest.raises(NotPossible):
        choose(*(f"a{number}" for number in range(11)))
