"""`/stackspend claude`: what clients report, to whom, and how it is read anew."""

from collections.abc import Iterator

import pytest

from demo.slack.people import ADMIN, COLLEAGUE, MEMBER, SPEND
from providers.claude.records import NANOSECONDS
from providers.claude.use import Origin, Use
from storage.engine.database import session, transaction
from storage.facts.telemetry.count import add_uses
from storage.state import audit, connections
from storage.state.ingest import tokens
from tests.bot.harness import Harness
from tests.bot.telemetry_team import JONAS, MINA, open_team, use


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_team() as opened:
        yield opened


def log(harness: Harness) -> list[tuple[str, str, str]]:
    with session():
        return [(entry.who, entry.what, entry.detail) for entry in audit.every(harness.team_id)]


def test_everybody_sees_the_total_and_how_it_is_paid_for(harness: Harness) -> None:
    use(harness, "a", JONAS)
    use(harness, "b", MINA, plan="max")
    shown = harness.ask(MEMBER, "claude today", SPEND).words
    assert "as Claude Code, Cowork, and agents report it" in shown
    assert "billed by the token" in shown
    assert "2 requests, 2 sessions, 88K tokens, 7% read from the cache" in shown
    assert "Right now: 2 people in 2 sessions" in shown.replace("*", "")
    assert "Opus 5.5" in shown


def test_it_moves_when_somebody_asks_for_an_update(harness: Harness) -> None:
    use(harness, "a", JONAS)
    first = harness.ask(MEMBER, "claude today", SPEND)
    use(harness, "b", MINA)
    again = harness.after(harness.press(MEMBER, first, "Update"), "edit")
    assert ("1 request," in first.words, "2 requests," in again.words) == (True, True)


def test_names_are_withheld_from_whoever_may_not_see_them(harness: Harness) -> None:
    use(harness, "a", MINA)
    assert "Mina" not in harness.ask(MEMBER, "claude today by engineer", SPEND).words
    assert "By engineer" not in harness.ask(MEMBER, "claude today", SPEND).words
    assert "Mina Okafor" in harness.ask(ADMIN, "claude today by engineer", SPEND).words
    assert (ADMIN, "engineers viewed", "claude 2026-11-22..2026-11-22 utc by engineer") in log(harness)


def test_ones_own_sessions_are_ones_own(harness: Harness) -> None:
    use(harness, "a", JONAS, minutes_ago=200, skill="review-skill", repository="https://x.example/acme/pay")
    use(harness, "b", JONAS, minutes_ago=0, skill="review-skill", repository="https://x.example/acme/pay")
    use(harness, "c", MINA, skill="secret-plan")
    for text in ("claude today by session", "claude me today", "claude today me"):
        shown = harness.ask(MEMBER, text, SPEND).words
        assert "as your sessions report it" in shown
        assert "3 h 20, Opus 5.5, 2 requests" in shown
        assert "review-skill, acme/pay" in shown
        assert "secret-plan" not in shown
    assert log(harness) == []


def test_admins_drill_down_to_every_session(harness: Harness) -> None:
    use(harness, "a", JONAS)
    use(harness, "b", MINA, skill="review-skill")
    shown = harness.ask(ADMIN, "claude today", SPEND)
    sessions = harness.after(harness.press(ADMIN, shown, "Sessions"), "edit").words
    assert "Mina Okafor" in sessions
    assert "review-skill" in sessions
    one = harness.ask(ADMIN, "claude today mina", SPEND).words
    assert "as the sessions of Mina Okafor report it" in one
    assert "1 request, 1 session" in one
    assert [what for _who, what, _detail in log(harness)] == ["engineers viewed"] * 2


@pytest.mark.parametrize("text", ["claude today by engineer", "claude today"])
def test_it_is_shared_like_an_answer_and_sessions_are_not(harness: Harness, text: str) -> None:
    use(harness, "a", MINA)
    assert "Share in channel" in harness.ask(ADMIN, text, SPEND).words
    for own in ("claude today by session", "claude me", "claude mina"):
        assert "Share in channel" not in harness.ask(ADMIN, own, SPEND).words


def test_a_shared_answer_is_about_telemetry_and_not_about_the_bill(harness: Harness) -> None:
    use(harness, "a", MINA)
    shown = harness.ask(ADMIN, "claude today", SPEND)
    shared = harness.after(harness.press(ADMIN, shown, "share"), "message").words
    assert "never part of it" in shared
    assert "Shared by" in shared


def test_what_telemetry_has_no_lines_for_is_named(harness: Harness) -> None:
    assert "I can't group telemetry by workspace yet" in harness.ask(MEMBER, "claude by workspace").words
    assert "I can't answer for “opus” alone yet" in harness.ask(COLLEAGUE, "claude opus").words.replace(
        "Opus", "opus"
    )


def test_engineers_and_me_say_who_is_at_it_right_now(harness: Harness) -> None:
    use(harness, "a", JONAS, minutes_ago=3)
    use(harness, "b", MINA, minutes_ago=1, plan="max")
    use(harness, "c", "ines@acme.example", minutes_ago=40)
    shown = harness.ask(ADMIN, "engineers today", SPEND).words.replace("*", "")
    assert "Right now: Mina Okafor, jonas@acme.example" in shown
    assert "ines" not in shown
    assert "≈ $2.41 in 3 sessions, ≈ $0.80 of it under subscriptions" in shown
    own = harness.ask(MEMBER, "me today", SPEND).words.replace("*", "")
    assert "Right now: you're active" in own
    assert "≈ $0.80 in 1 session" in own


def test_a_commit_and_a_pull_request_have_a_cost(harness: Harness) -> None:
    use(harness, "a", JONAS, repository="https://x.example/acme/pay")
    at = int(harness.moment[0].timestamp() - 60) * NANOSECONDS
    origin = Origin(email=JONAS, account_id="user_jonas", repository="https://x.example/acme/pay")
    made = Use("w", False, f"s {JONAS}", at, at, at, (0, 0, 0, 0, 0), 0, None, origin, (0, 0, 4, 1, 0, 0, 0))
    with transaction():
        connection = connections.of_team(harness.team_id, tokens.PROVIDER)
        assert connection
        add_uses(connection.id, [made])
    shown = harness.ask(ADMIN, "claude today by repository", SPEND).words
    assert "4 commits (≈ $0.20 each), 1 pull request (≈ $0.80 each)" in shown
    assert "Per commit" in shown
