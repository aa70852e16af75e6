"""Two of one name are told apart wherever they stand together."""

import pytest

from bot.reports.members import name_function
from bot.reports.unique_names import distinct_names
from digests.words import wording
from providers.anthropic.reports import lists
from providers.directory import Directory, Entry
from tests.providers.pages import Pages

FIRST = Entry("user_1", "user", "Chen Wei", email="chen.wei@acme.example")
SECOND = Entry("user_2", "user", "Chen Wei", email="chen.wei2@acme.example")
SEARCH = [Entry(f"wrkspc_0000{n}", "workspace", "Search") for n in "AB"]
LONG = "Wolfeschlegelsteinhausenbergerdorff-Müller-Schmidt"


def names_shown(*entries: Entry, ids: list[str] | None = None) -> list[str]:
    names = Directory(entries)
    return list(distinct_names(ids or [entry.email or entry.id for entry in entries], names).values())


def test_two_people_of_one_name_are_told_apart_by_their_addresses() -> None:
    assert names_shown(FIRST, SECOND) == [
        "Chen Wei (chen.wei@acme.example)",
        "Chen Wei (chen.wei2@acme.example)",
    ]


def test_a_name_that_only_one_has_stays_as_it_is() -> None:
    mina = Entry("user_3", "user", "Mina Okafor", email="mina@acme.example")
    assert names_shown(FIRST, mina) == ["Chen Wei", "Mina Okafor"]
    assert names_shown(FIRST, SECOND, ids=["chen.wei@acme.example"]) == ["Chen Wei"]


def test_two_workspaces_of_one_name_are_told_apart_by_the_ends_of_their_ids() -> None:
    assert names_shown(*SEARCH) == ["Search …000A", "Search …000B"]


def test_the_one_that_is_archived_is_called_so() -> None:
    former = Entry("wrkspc_0000C", "workspace", "Search", status="archived")
    assert names_shown(SEARCH[0], former) == ["Search", "Search (archived)"]
    assert names_shown(*SEARCH, former)[-1] == "Search …000C (archived)"


@pytest.mark.parametrize("ends", [("0001", "0002"), ("x0001", "y0001"), ("same", "same ")])
def test_names_do_not_become_equal_by_being_cut(ends: tuple[str, str]) -> None:
    keys = [Entry(f"apikey_{end}", "api_key", f"{LONG} {n}") for n, end in enumerate(ends)]
    people = [Entry(f"u{n}", "user", f"{LONG} {n}", email=f"{LONG}.{n}@acme.example") for n in range(2)]
    for entries in (keys, people):
        cut = {wording.short(name) for name in names_shown(*entries)}
        assert len(cut) == 2


@pytest.mark.parametrize("dimension", ["engineer", "workspace", "key"])
def test_every_dimension_that_has_names_tells_them_apart(dimension: str) -> None:
    directory = Directory([FIRST, SECOND, *SEARCH])
    ids = ["chen.wei@acme.example", "chen.wei2@acme.example", "wrkspc_0000A", "wrkspc_0000B", None]
    name_of = name_function(dimension, directory, ids)  # type: ignore[arg-type]  # of those that have names
    assert len({name_of(id_) for id_ in ids if id_}) == 4


@pytest.mark.parametrize("address", ["", " ", None])
def test_somebody_without_an_address_is_nobody_else_of_that_name(address: str | None) -> None:
    listed = [
        {"id": "user_0001", "name": "Chen Wei", "email": "chen.wei@acme.example"},
        {"id": "user_0002", "name": "Chen Wei", "email": address},
        {"id": "user_0003", "name": " ", "email": address},
    ]
    keys = [{"id": f"apikey_{n}", "name": f"k{n}", "created_by": {"id": f"user_000{n}"}} for n in (1, 2, 3)]
    pages = Pages(users=[listed], workspaces=[], api_keys=[keys])
    names = Directory(lists.fetch(pages.client()).entries)
    owners = [names.engineer_of(f"apikey_{n}") for n in (1, 2, 3)]
    assert owners == ["chen.wei@acme.example", "user_0002", "user_0003"]
    assert len(names.people()) == 1
    labels = distinct_names([owner for owner in owners if owner], names)
    assert list(labels.values()) == ["Chen Wei (chen.wei@acme.example)", "Chen Wei …0002", "user_0003"]
