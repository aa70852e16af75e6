"""Subjects of posts: as types and as the text in the table."""

from datetime import date
from typing import Literal

import pytest

from providers.period import Period
from storage.engine.tables import PostRow
from storage.state import posts, subscriptions
from storage.state.subjects import (
    BrokenDigest,
    DigestDays,
    DigestProblem,
    IncidentChange,
    Subject,
    Unreadable,
    decode,
    encode,
    key_of,
)
from tests.storage.samples import MINUTE, NOW

SATURDAY, WEEK = Period.day(date(2026, 11, 21)), Period(date(2026, 11, 16), date(2026, 11, 23))
EACH: list[tuple[Literal["digest", "alert"], Subject, str, str]] = [
    ("digest", DigestDays(7, SATURDAY), "7 2026-11-21", "digest:7:2026-11-21"),
    ("digest", DigestDays(7, WEEK), "7 2026-11-16..2026-11-22", "digest:7:2026-11-16..2026-11-22"),
    ("digest", DigestDays(7, SATURDAY, in_thread=True), "7 2026-11-21 thread", "digest:7:2026-11-21:thread"),
    (
        "digest",
        DigestDays(7, Period(date(2026, 11, 16), date(2026, 11, 23), "Europe/Berlin"), in_thread=True),
        "7 2026-11-16..2026-11-22 Europe/Berlin thread",
        "digest:7:2026-11-16..2026-11-22:Europe/Berlin:thread",
    ),
    ("alert", IncidentChange(5, "opened"), "incident 5 opened", "incident:5:opened"),
    ("alert", BrokenDigest(7), "broken 7", "broken:7"),
    ("alert", DigestProblem("unsent", 12, "no_answer"), "unsent 12 no_answer", "unsent:12:no_answer"),
    ("alert", DigestProblem("nameless", 12), "nameless 12", "nameless:12"),
]


@pytest.mark.parametrize(("kind", "subject", "text", "key"), EACH)
def test_a_subject_is_read_as_it_was_written(
    kind: Literal["digest", "alert"], subject: Subject, text: str, key: str
) -> None:
    assert (encode(subject), key_of(subject)) == (text, key)
    assert decode(kind, text) == subject


@pytest.mark.parametrize(
    ("kind", "text"),
    [("digest", "7"), ("digest", "x 2026-11-21"), ("digest", "7 2026-11-21..2026-11-01"),
     ("alert", ""), ("alert", "incident 5 shut"), ("alert", "lost 12"), ("alert", "unsent twelve")],
)  # fmt: skip
def test_a_text_of_another_kind_is_kept_as_it_is(kind: Literal["digest", "alert"], text: str) -> None:
    assert decode(kind, text) == Unreadable(text)
    assert encode(decode(kind, text)) == text


@pytest.mark.usefixtures("store")
def test_a_post_that_cannot_be_read_keeps_no_other_back() -> None:
    for number in (1, 2):
        subject = DigestDays(number, SATURDAY)
        posts.enter("T1", key_of(subject), kind="digest", subject=subject, channel="C1", due=NOW)
    PostRow.update(subject="1 tomorrow").where(PostRow.key == "digest:1:2026-11-21").execute()
    claimed = [posts.claim("a", now=NOW, length=MINUTE) for _ in range(2)]
    assert [each and each.subject for each in claimed] == [Unreadable("1 tomorrow"), DigestDays(2, SATURDAY)]
    assert [each and subscriptions.of_post(each) for each in claimed] == [None, None]
