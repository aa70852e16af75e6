"""The outbox: entered once, claimed by one, finished by whoever claimed it."""

import pytest

from providers.period import Period
from storage.state import posts
from storage.state.posts import Post
from storage.state.subjects import DigestDays
from tests.storage.samples import HOUR, MINUTE, NEXT, NOW
from tests.storage.threads import at_once

pytestmark = pytest.mark.usefixtures("store")


def enter(key: str = "digest:7:2026-11-21", *, minutes: int = 0, team: str = "T1", digest: int = 7) -> bool:
    return posts.enter(
        team,
        key,
        kind="digest",
        subject=DigestDays(digest, Period.day(NEXT)),
        channel="C1",
        due=NOW + minutes * MINUTE,
        give_up_waiting=NOW + HOUR,
    )


def claim(worker: str = "a", *, minutes: int = 0) -> Post | None:
    return posts.claim(worker, now=NOW + minutes * MINUTE, length=5 * MINUTE)


def claimed(worker: str = "a", *, minutes: int = 0) -> Post:
    post = claim(worker, minutes=minutes)
    assert post is not None
    return post


def the_post() -> Post:
    (post,) = posts.by_key_prefix("T1", "digest:")
    return post


def confirm(post: Post, worker: str = "a", *, estimated: bool = False) -> None:
    posts.confirm(post, worker, sent_to="D1", ts="1700000000.1", estimated=estimated)


def test_a_message_is_entered_once() -> None:
    assert [enter(), enter()] == [True, False]
    assert [bool(claim()), bool(claim())] == [True, False]


def test_of_many_processes_one_enters_it() -> None:
    assert sum(at_once(lambda _worker: enter())) == 1


def test_of_many_processes_one_claims_it() -> None:
    enter()
    assert len([post for post in at_once(claim) if post]) == 1


def test_many_processes_claim_many_messages_each_once() -> None:
    for n in range(6):
        enter(f"digest:{n}")
    keys = [post.key for post in at_once(claim) if post]
    assert len(keys) == len(set(keys)) > 0


def test_the_longest_due_comes_first_and_nothing_before_its_time() -> None:
    enter("digest:later", minutes=-1)
    enter("digest:first", minutes=-9)
    enter("digest:future", minutes=1)
    assert [claimed().key, claimed().key, claim()] == ["digest:first", "digest:later", None]


def test_a_sent_message_is_done_and_named() -> None:
    enter()
    confirm(claimed())
    assert (the_post().state, the_post().sent_to, the_post().ts) == ("sent", "D1", "1700000000.1")
    assert claim(minutes=99) is None


def test_a_claim_reads_a_few_rows_however_many_are_due(caplog: pytest.LogCaptureFixture) -> None:
    for n in range(40):
        enter(f"digest:{n}")
    with caplog.at_level("DEBUG", "peewee"):
        claimed()
    selects = [str(record.msg) for record in caplog.records if "SELECT" in str(record.msg)]
    assert selects
    assert all("LIMIT" in each for each in selects)


def test_a_claim_leaves_out_the_teams_that_somebody_is_busy_with() -> None:
    enter("digest:1", team="T1", minutes=-1)
    enter("digest:2", team="T2")
    busy = posts.claim("a", now=NOW, length=MINUTE, busy={"T1"})
    assert busy
    assert busy.team_id == "T2"
    assert posts.claim("a", now=NOW, length=MINUTE, busy={"T1"}) is None


def test_a_claim_is_renewed_by_whoever_holds_it_and_by_nobody_else() -> None:
    enter()
    late = claimed("a")
    assert posts.renew(late, "a", now=NOW + 9 * MINUTE, length=MINUTE)
    assert claim("b", minutes=9) is None
    now = claimed("b", minutes=10)
    assert [posts.renew(late, "a", now=NOW, length=HOUR), posts.renew(now, "b", now=NOW, length=HOUR)] == [
        False,
        True,
    ]
    confirm(now, "b")
    assert not posts.renew(now, "b", now=NOW, length=HOUR)


def test_each_interruption_is_counted() -> None:
    enter()
    assert [claimed("a", minutes=9 * n).faults for n in range(3)] == [0, 1, 2]
    confirm(claimed("a", minutes=30))
    assert the_post().faults == 0


def test_what_was_held_goes_where_a_person_says() -> None:
    enter("digest:7:2026-11-21", digest=7)
    enter("digest:70:2026-11-21", digest=70)
    for _ in range(2):
        posts.hold(claimed(), "a")
    assert claim(minutes=99) is None
    assert not posts.release("T2", 7, channel="C9", now=NOW)
    assert posts.release("T1", 7, channel="C9", now=NOW)
    assert (claimed().channel, claim()) == ("C9", None)


def test_an_interrupted_message_is_found_when_its_claim_has_run_out() -> None:
    enter()
    assert claimed("a").state == "due"
    assert claim("b", minutes=4) is None
    assert claimed("b", minutes=5).state == "sending"


def test_of_many_processes_one_takes_over_the_interrupted() -> None:
    enter()
    claim("gone")
    assert len([post for post in at_once(lambda worker: claim(worker, minutes=9)) if post]) == 1


def test_only_the_claimer_confirms() -> None:
    enter()
    late = claimed("a")
    now = claimed("b", minutes=9)
    confirm(late, "a")
    assert the_post().state == "sending"
    confirm(now, "b")
    confirm(now, "b", estimated=True)
    assert (the_post().state, the_post().estimated) == ("sent", False)


def test_a_message_can_be_put_off_for_a_failure_or_for_the_bill() -> None:
    enter()
    posts.put_off(claimed(), "a", until=NOW + MINUTE, failed=False)
    assert (claim(), the_post().attempts) == (None, 0)
    posts.put_off(claimed(minutes=1), "a", until=NOW, failed=True)
    assert (the_post().state, the_post().attempts) == ("due", 1)


def test_what_slack_will_never_take_is_dropped() -> None:
    enter()
    posts.drop(claimed(), "a")
    assert (the_post().state, claim(minutes=99)) == ("dropped", None)


def test_what_is_uncertain_waits_for_a_person() -> None:
    enter()
    posts.mark_uncertain(claimed(), "a")
    assert claim(minutes=99) is None
    assert not posts.resend("T2", the_post().id, now=NOW)
    assert [posts.resend("T1", the_post().id, now=NOW) for _ in range(2)] == [True, False]
    assert claimed().key == the_post().key


def test_an_estimated_digest_is_edited_by_one() -> None:
    enter()
    confirm(claimed(), estimated=True)
    (post,) = posts.needing_correction(since=NOW - HOUR)
    assert posts.needing_correction(since=NOW + HOUR) == []
    assert sum(at_once(lambda worker: posts.claim_edit(post, str(worker), now=NOW, length=HOUR))) == 1


def test_an_edit_that_failed_or_never_ended_is_anybody_s_again() -> None:
    enter()
    confirm(claimed(), estimated=True)
    (post,) = posts.needing_correction(since=NOW - HOUR)
    assert posts.claim_edit(post, "a", now=NOW, length=HOUR)
    assert posts.claim_edit(post, "b", now=NOW + HOUR, length=HOUR)
    posts.finish_edit(post, "b", edited=False)
    assert posts.claim_edit(post, "c", now=NOW, length=HOUR)
    posts.finish_edit(post, "c", edited=True)
    assert posts.needing_correction(since=NOW - HOUR) == []


def test_the_first_digest_of_a_channel_is_known_as_such() -> None:
    enter("digest:1", minutes=-2)
    enter("digest:2", minutes=-1)
    first = claimed()
    assert posts.is_first(first)
    confirm(first)
    assert (posts.is_first(first), posts.is_first(claimed())) == (True, False)


def test_another_team_cannot_find_a_message() -> None:
    enter()
    assert posts.find("T1", the_post().id) == the_post()
    assert posts.find("T2", the_post().id) is None


def test_messages_are_counted_by_state() -> None:
    for n in range(3):
        enter(f"digest:{n}")
    confirm(claimed())
    assert posts.counts() == {"due": 2, "sent": 1}


@pytest.mark.parametrize("hostile", ["digest:%", "digest:_", "digest:7:'; --"])
def test_a_prefix_is_a_text_not_a_pattern(hostile: str) -> None:
    enter()
    assert posts.by_key_prefix("T1", hostile) == []
