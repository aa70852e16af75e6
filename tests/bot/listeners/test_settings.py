"""The modal that decides who may see what."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs

from demo.blockkit.messages import problems_in_view
from demo.slack.people import ADMIN, FINANCE, FINOPS, MEMBER, SPEND
from demo.slack.server import Entry
from digests.forms import settings as settings_form
from digests.forms.settings import Chosen
from digests.forms.user_groups import Group
from storage.engine.database import session, transaction
from storage.state import access, audit, subscriptions
from storage.state.access import Access, Audience
from storage.state.subscriptions import Plan
from tests.bot.harness import NOW, Harness, connect, fill, open_harness

FINANCE_GROUP = Audience(FINOPS, "finance")


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        fill(connect(opened))
        yield opened


def settings(harness: Harness) -> Access:
    with session():
        return access.of_team(harness.team_id)


def opened(harness: Harness) -> Entry:
    answer = harness.ask(ADMIN, "settings", SPEND)
    return harness.after(answer.index, "modal_update")


def choose(harness: Harness, entry: Entry, block_id: str, value: Any) -> Entry:
    """Choose something and wait for the words to change."""
    index = harness.slack.select(ADMIN, entry, "access", value, block_id).index
    return harness.after(index, "modal_update")


def save(harness: Harness) -> Entry:
    sent = harness.slack.submit(ADMIN)
    return harness.after(sent.index, "modal_update", contains="Saved")


def test_it_opens_with_what_holds_now_and_says_who_can_read_what(harness: Harness) -> None:
    text = opened(harness).words
    assert "Everyone in this Slack workspace can see spend, with engineer and key names." in text
    assert "Guests and people outside this workspace can't ask" in text


def test_the_words_change_with_every_choice_before_anything_is_saved(harness: Harness) -> None:
    form = choose(harness, opened(harness), "access_names", "@finance · Finance")
    assert "spend. Only @finance and admins can see engineer and key names" in form.words
    form = choose(harness, form, "access_channels", "only")
    form = choose(harness, form, "access_channels_only", [SPEND, FINANCE])
    assert f"can be posted only to <#{FINANCE}>, <#{SPEND}>" in form.words
    assert "Only @finance and admins" in form.words
    assert settings(harness) == Access()


def test_a_digest_that_would_stop_is_named_before_anything_is_saved(harness: Harness) -> None:
    with session():
        subscriptions.save(
            harness.team_id,
            channel_id=SPEND,
            channel_name="claude-spend",
            plan=Plan(),
            set_up_by=ADMIN,
            next_at=NOW,
        )
    form = choose(harness, opened(harness), "access_channels", "only")
    form = choose(harness, form, "access_channels_only", [FINANCE])
    assert f"No more digests to <#{SPEND}>." in form.words
    form = choose(harness, form, "access_channels_only", [FINANCE, SPEND])
    assert "No more digests" not in form.words


def test_what_was_chosen_is_saved_told_and_logged(harness: Harness) -> None:
    form = choose(harness, opened(harness), "access_cost", "@finance · Finance")
    form = choose(harness, form, "access_names", "admins")
    form = choose(harness, form, "access_naming", "none")
    assert "Of them, only admins can see engineer" in save(harness).words
    saved = settings(harness)
    assert (saved.cost, saved.names) == (FINANCE_GROUP, Audience("admins"))
    assert (saved.channels, saved.naming, saved.decided_by) == (None, frozenset(), ADMIN)
    with session():
        (entry,) = audit.every(harness.team_id)
    assert (entry.who, entry.what) == (ADMIN, "settings changed")
    assert entry.detail == (
        "spend: everyone → @finance and admins; engineer names: everyone → admins; "
        "engineer names in: every channel → no channel"
    )


def test_saving_it_as_it_is_decides(harness: Harness) -> None:
    opened(harness)
    save(harness)
    assert settings(harness).decided_at == NOW


def test_only_these_channels_takes_at_least_one(harness: Harness) -> None:
    choose(harness, opened(harness), "access_channels", "only")
    assert "access_channels_only" in harness.slack.submit(ADMIN).errors


def test_it_comes_back_as_it_was_saved(harness: Harness) -> None:
    chosen = Access(FINANCE_GROUP, Audience("admins"), frozenset({SPEND}), frozenset({SPEND}))
    with transaction():
        access.decide(harness.team_id, chosen, by=ADMIN, at=NOW)
    opened(harness)
    save(harness)
    assert settings(harness) == structs.replace(chosen, decided_by=ADMIN, decided_at=NOW)


@pytest.mark.parametrize(
    ("error", "says"),
    [("missing_scope", "usergroups:read"), ("internal_error", "Slack error: internal_error")],
)
def test_a_group_stays_chosen_while_slack_does_not_tell_its_groups(
    harness: Harness, error: str, says: str
) -> None:
    with transaction():
        access.decide(harness.team_id, Access(names=FINANCE_GROUP), by=ADMIN, at=NOW)
    harness.slack.workspace.faults.refuse("usergroups.list", error, times=2)
    assert says in opened(harness).words.replace("`", "")
    save(harness)
    assert settings(harness).names == FINANCE_GROUP


def test_members_may_not_decide(harness: Harness) -> None:
    assert "Only admins can do this" in harness.ask(MEMBER, "settings", SPEND).words


@pytest.mark.parametrize("count", [0, 1, 100, 101, 3000])
def test_slack_takes_the_form_with_any_number_of_groups_of_any_name(count: int) -> None:
    groups = [Group(f"S{n:09}", f"<!here>{n}" * 9, "*&`_~" * 30) for n in range(count)]
    channels = frozenset(f"C{n:09}" for n in range(100))
    chosen = Chosen.of(Access(Audience("S9", "<!channel>"), Audience(), channels, channels))
    view = settings_form.form(chosen, groups)
    assert problems_in_view(view) == []
    assert "<!" not in view["blocks"][-1]["text"]["text"]
