"""Who may see what, and the log of what was done: kept by team, and for how long."""

from datetime import timedelta

import pytest

from storage.engine.database import transaction
from storage.state import access, audit
from storage.state.access import Access, Audience
from tests.storage.samples import NOW

pytestmark = pytest.mark.usefixtures("store")
DECIDED = Access(Audience("S0FINANCE1", "finance"), Audience("admins"), frozenset({"C2", "C1"}), frozenset())


def record(detail: str, *, team: str = "T1", days: int = 0) -> None:
    with transaction():
        audit.record(team, "U1", "shared", detail, NOW + timedelta(days=days))


def details(team: str = "T1") -> list[str]:
    return [entry.detail for entry in audit.every(team)]


def test_names_are_private_and_days_are_utcs_until_somebody_decides() -> None:
    undecided = access.of_team("T1")
    assert (undecided.cost, undecided.names) == (Audience("everybody"), Audience("admins"))
    assert (undecided.channels, undecided.naming) == (None, frozenset())
    assert (undecided.calendar, undecided.decided_at) == ("UTC", None)


def test_settings_are_kept_as_they_were_decided_with_who_and_when() -> None:
    with transaction():
        access.decide("T1", DECIDED, by="U1", at=NOW)
    kept = access.of_team("T1")
    assert (kept.cost, kept.names, kept.channels, kept.naming) == (
        DECIDED.cost,
        DECIDED.names,
        DECIDED.channels,
        DECIDED.naming,
    )
    assert (kept.decided_by, kept.decided_at) == ("U1", NOW)


def test_no_channel_is_not_every_channel() -> None:
    with transaction():
        access.decide("T1", Access(channels=frozenset()), by="U1", at=NOW)
    assert (access.of_team("T1").channels, access.of_team("T1").naming) == (frozenset(), None)


def test_settings_are_a_teams_own_and_the_former_ones_come_back() -> None:
    with transaction():
        access.decide("T1", DECIDED, by="U1", at=NOW)
        before = access.decide("T1", Access(), by="U2", at=NOW)
    assert before.cost == DECIDED.cost
    assert access.of_team("T1").decided_by == "U2"
    assert access.of_team("T2") == access.UNDECIDED


def test_a_calendar_is_kept() -> None:
    with transaction():
        access.decide("T1", Access(calendar="Europe/Berlin"), by="U1", at=NOW)
    assert access.of_team("T1").calendar == "Europe/Berlin"


def test_the_log_is_read_newest_first_and_page_by_page() -> None:
    for number in range(5):
        record(str(number))
    first = audit.latest("T1", limit=3)
    assert [entry.detail for entry in first] == ["4", "3", "2"]
    assert [entry.detail for entry in audit.latest("T1", limit=3, before=first[-1])] == ["1", "0"]
    assert audit.find("T1", first[0].id) == first[0]


def test_a_log_is_its_teams_own() -> None:
    record("theirs", team="T2")
    (entry,) = audit.every("T2")
    assert details("T1") == []
    assert audit.find("T1", entry.id) is None


def test_entries_go_after_four_hundred_days() -> None:
    record("old")
    record("others", team="T2")
    record("kept", days=400)
    assert details() == ["kept", "old"]
    record("new", days=401)
    assert details() == ["new", "kept"]
    assert details("T2") == ["others"]
