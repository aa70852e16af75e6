"""The main job: an Admin key goes in, the true cost comes out, and nobody has to watch over it."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from demo.company.coding import coding_rows
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Entry
from demo.stage import Stage
from demo.tour import NEW_KEY, REGULAR_KEY
from providers.period import DAY, Period
from tests.end_to_end.acts import (
    KEY,
    PATIENCE,
    as_typed,
    ask,
    assert_nothing_went_wrong,
    books_by_day,
    by_day,
    connect,
    dollars,
    figures,
    finished_days,
    history_is_in,
    post_digest_now,
    posts_in,
    set_up_digest,
    submit_key,
)

SHORT_WAITS = "tests.end_to_end.short_waits"  # asks a key that was refused once again after a second


def test_an_admin_key_goes_in_and_the_true_cost_comes_out(play: Stage, subtests: pytest.Subtests) -> None:
    """One story, because each step begins where the one before ended; a report names those that fail."""
    play.bot(program=SHORT_WAITS)
    for step in (
        a_regular_key_is_refused_and_sent_nowhere,
        the_history_is_read_under_one_message,
        questions_are_answered,
        a_digest_is_posted_once,
        a_revoked_key_is_reported_once,
        a_new_key_ends_it,
        the_books_agree_in_slack,
        the_books_agree_on_the_command_line,
    ):
        with subtests.test(step.__name__):
            step(play)
    assert_nothing_went_wrong(play)


def a_regular_key_is_refused_and_sent_nowhere(play: Stage) -> None:
    opened = play.slack.command(ADMIN, "connect", channel=SPEND)
    play.slack.wait(kind="modal", user=ADMIN, after=opened.index)
    refused = play.slack.submit(ADMIN, None, {KEY: REGULAR_KEY})
    assert "regular API key" in refused.errors["admin_key"]
    assert len(play.anthropic.requests) == 0
    play.slack.close(ADMIN)


def the_history_is_read_under_one_message(play: Stage) -> None:
    connect(play)
    begun = play.slack.wait(kind="dm", contains="Importing Acme's billing history", timeout=PATIENCE)
    done = history_is_in(play)
    assert _ts(done) == _ts(begun)
    assert "– today" in done.words


def _ts(entry: Entry) -> str:
    return str(getattr(entry.subject, "ts", ""))


def questions_are_answered(play: Stage) -> None:
    assert "today" in ask(play, "cost today").words
    month = _last_month()
    books = play.organization.books.total(month.start, month.end)
    assert dollars(books) in ask(play, "cost last month by model utc").words
    assert "Claude Code" in ask(play, "engineers 7d").words


def _last_month() -> Period:
    return Period.month(datetime.now(UTC).date().replace(day=1) - DAY)


def a_digest_is_posted_once(play: Stage) -> None:
    confirmed = set_up_digest(play)
    assert "Sending the" in post_digest_now(play, confirmed).words
    digest = play.slack.wait(kind="message", channel=SPEND, after=confirmed.index, timeout=PATIENCE)
    yesterday = finished_days(play).end - DAY
    assert dollars(play.organization.books.total(yesterday, yesterday + DAY)) in digest.words
    assert "already" in post_digest_now(play, confirmed).words
    assert len(posts_in(play, SPEND)) == 1


def a_revoked_key_is_reported_once(play: Stage) -> None:
    play.anthropic.faults.revoke()
    command = play.slack.command(ADMIN, "sync", channel=SPEND)
    play.slack.wait(kind="dm", contains="no longer", after=command.index, timeout=PATIENCE)
    assert "no longer" in ask(play, "status").words
    command = play.slack.command(ADMIN, "sync", channel=SPEND)
    play.slack.wait(user=ADMIN, contains="still rejects", after=command.index, timeout=PATIENCE)
    assert _alerts(play)["no longer"] == 1


def a_new_key_ends_it(play: Stage) -> None:
    play.anthropic.faults.accept(NEW_KEY)
    alert = next(m for m in play.slack.workspace.dms(ADMIN) if "no longer" in m.text)
    pressed = play.slack.click(ADMIN, alert, "connect")
    play.slack.wait(kind="modal", user=ADMIN, after=pressed.index)
    submit_key(play, NEW_KEY)
    play.slack.wait(kind="dm", contains="accepts Acme's key", after=pressed.index, timeout=PATIENCE)
    assert _alerts(play) == {"no longer": 1, "key again": 1}


def _alerts(play: Stage) -> Counter[str]:
    """How often somebody was told what, over all people."""
    people = play.slack.workspace.people
    texts = [message.text for person in people for message in play.slack.workspace.dms(person)]
    return Counter(words for text in texts for words in ("no longer", "key again") if words in text)


def the_books_agree_in_slack(play: Stage) -> None:
    period = finished_days(play)
    books = play.organization.books.total(period.start, period.end)
    assert dollars(books) in ask(play, f"cost {as_typed(period)} utc by workspace").words


def the_books_agree_on_the_command_line(play: Stage) -> None:
    books = play.organization.books
    for period in (finished_days(play), _last_month()):
        answer = figures(play, "cost", as_typed(period), "by", "workspace")
        workspaces = books.by("workspace", period.start, period.end).values()
        assert (Decimal(answer["total"]), answer["basis"]) == (
            books.total(period.start, period.end),
            "billed",
        )
        assert sorted(Decimal(line["cost"]) for line in answer["lines"]) == sorted(filter(None, workspaces))
        assert answer["coverage"] == {"complete": True, "missing": []}
    assert by_day(play, finished_days(play)) == books_by_day(play, finished_days(play))
    _claude_code_agrees(play)


def _claude_code_agrees(play: Stage) -> None:
    until = finished_days(play).end - 2 * DAY  # the latest hours are served an hour late
    week = Period(until - 7 * DAY, until)
    rows = [
        row for day in week.days() for row in coding_rows(play.organization, day, until=datetime.now(UTC))
    ]
    cents = sum(Decimal(part["estimated_cost"]["amount"]) for row in rows for part in row["model_breakdown"])
    answer = figures(play, "engineers", as_typed(week))["total"]
    costs = Decimal(answer["estimated_cost"]) + Decimal(answer["subscription_cost"])
    assert round(costs, 2) == round(cents / 100, 2)
    assert answer["sessions"] == sum(row["core_metrics"]["num_sessions"] for row in rows)
