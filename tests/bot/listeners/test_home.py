"""The Home tab: a checklist for admins until all is set up, then figures; for others what they may see."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from slack_sdk import WebClient

from bot.listeners.home_tab import home as home_tab
from bot.listeners.home_tab.home import refresh_everybodys
from bot.slack.delivery import Delivery
from bot.sync import jobs
from demo.blockkit.messages import problems_in_view
from demo.slack.people import ADMIN, COLLEAGUE, FINOPS, MEMBER, SPEND
from demo.slack.server import Entry
from digests.forms.connect import KEY_BLOCK
from digests.layout import blocks
from digests.messages.digest.listing import MOST_ON_HOME
from digests.messages.home_tab.checklist import Setup, checklist
from digests.numbers.report import Progress, SyncResult
from providers.money import billionths
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import session, transaction
from storage.facts import spend
from storage.state import access, audit, connections, home_views, subscriptions
from storage.state.access import Access, Audience
from storage.state.ingest import tokens
from storage.state.subscriptions import Plan
from tests.bot.harness import ADMIN_KEY, NOW, Harness, connect, fill, open_harness

FINANCE = Audience(FINOPS, "finance")


@pytest.fixture
def harness(store: str) -> Iterator[Harness]:
    del store
    with open_harness() as opened:
        yield opened


@pytest.fixture
def filled(harness: Harness) -> Harness:
    fill(connect(harness))
    return harness


def decide(harness: Harness, settings: Access) -> None:
    with transaction():
        access.decide(harness.team_id, settings, by=ADMIN, at=NOW)


def set_up_digest(harness: Harness, channel: str = SPEND) -> None:
    with session():
        subscriptions.save(
            harness.team_id,
            channel_id=channel,
            channel_name="claude-spend",
            plan=Plan(),
            set_up_by=ADMIN,
            next_at=NOW,
        )


def spend_on_models(harness: Harness, count: int) -> None:
    """Let yesterday be spent on so many models."""
    connection = harness.connection()
    assert connection
    hour = NOW - timedelta(days=1)
    lines = [
        Spend(
            hour,
            None,
            "apikey_1",
            f"model-{n:02}",
            "messages_api",
            billionths(Decimal(100 - n)),
            (9, 0, 0, 0, 5, 0),
        )
        for n in range(count)
    ]
    total = sum(line.cost for line in lines)
    with transaction():
        day = Attribution(lines, [KindSpend(hour, "output", total, 5)])
        spend.replace(connection.id, hour.date(), day, estimated=False)


def home(harness: Harness, person: str) -> Entry:
    return harness.after(harness.slack.open_home(person).index, "home")


def done(harness: Harness) -> str:
    """How much of the checklist an admin sees done."""
    (line,) = [line for line in home(harness, ADMIN).words.splitlines() if "Set up StackSpend" in line]
    return line.rpartition(" · ")[2]


def test_the_checklist_goes_on_until_all_is_set_up(harness: Harness) -> None:
    assert done(harness) == "0 of 4"
    connection = connect(harness)
    assert done(harness) == "1 of 4"
    fill(connection)
    assert done(harness) == "2 of 4"
    set_up_digest(harness)
    assert done(harness) == "3 of 4"
    decide(harness, Access())
    shown = home(harness, ADMIN).words
    assert "Set up StackSpend" not in shown
    assert "Claude spend at Acme" in shown


def test_while_history_is_read_the_checklist_says_how_far_it_is(harness: Harness) -> None:
    connect(harness)
    assert "days imported" in home(harness, ADMIN).words


def test_while_nothing_is_read_no_figure_no_age_and_no_gap_is_told(harness: Harness) -> None:
    connect(harness)
    for person in (ADMIN, MEMBER):
        shown = home(harness, person).words
        assert "Your first numbers will be ready in about a minute" in shown
        told = ("updated", "Still importing", "$", ":large_green_circle:", "isn't in yet")
        assert [each for each in told if each in shown] == []


def test_the_first_screen_has_the_steps_one_primary_act_and_the_month(harness: Harness) -> None:
    connection = connect(harness)
    fill(connection)
    with transaction():
        connections.set_first_day(connection.id, None)
    shown = home(harness, ADMIN)
    assert "in November so far" in shown.words
    assert shown.words.count("Still importing") == 1
    assert "Totals that need earlier days appear once they're in" in shown.words
    assert "By model" not in shown.words
    assert str(shown.payload).count("'style': 'primary'") == 1


def test_the_steps_lead_where_they_can_be_done(filled: Harness) -> None:
    shown = home(filled, ADMIN)
    index = filled.press(ADMIN, shown, "Choose access")
    form = filled.after(index, "modal_update")
    filled.after(filled.slack.submit(ADMIN, form).index, "home", contains="3 of 4")
    index = filled.press(ADMIN, shown, "Add a digest")
    assert "Everyone in the channel" in filled.after(index, "modal").words


def test_admins_see_who_may_see_what_and_reach_settings_and_the_log(filled: Harness) -> None:
    decide(filled, Access(names=FINANCE))
    shown = home(filled, ADMIN)
    assert "Everyone can see spend  ·  engineers by name: @finance and admins" in shown.words
    assert "Audit log" in filled.after(filled.choose(ADMIN, shown, "ask:manage", "audit"), "modal").words
    pressed = filled.slack.click(ADMIN, shown, "settings")
    assert "Who can see spend" in filled.after(pressed.index, "modal_update").words


def test_admins_see_which_digests_come_where(filled: Harness) -> None:
    set_up_digest(filled)
    assert f"Daily at 9:00 AM, UTC → <#{SPEND}>" in home(filled, ADMIN).words


def test_a_digest_is_changed_from_where_it_is_listed(filled: Harness) -> None:
    set_up_digest(filled)
    shown = home(filled, ADMIN)
    index = filled.slack.click(ADMIN, shown, "digest:list").index
    assert "Edit" in filled.after(index, "dm").words


def test_more_digests_than_fit_are_counted(filled: Harness) -> None:
    for number in range(MOST_ON_HOME + 2):
        set_up_digest(filled, f"C0PLACE{number:03}")
    shown = home(filled, ADMIN)
    assert shown.words.count("Daily at 9:00 AM") == MOST_ON_HOME
    assert "and 2 more" in shown.words


def test_more_tokens_than_fit_beside_the_most_digests_are_counted(filled: Harness) -> None:
    for number in range(MOST_ON_HOME + 2):
        set_up_digest(filled, f"C0PLACE{number:03}")
    with transaction():
        for number in range(80):
            tokens.issue(filled.team_id, f"{number:03}{'&' * 57}", by=ADMIN, at=NOW)
    shown = home(filled, ADMIN).words
    listed = shown.count("no event yet")
    assert 0 < listed < 80
    assert f"and {80 - listed} more" in shown


def test_the_month_the_days_and_the_last_periods_are_seen_at_a_glance(filled: Harness) -> None:
    filled.slack.workspace.scopes -= {"files:write"}
    shown = home(filled, MEMBER).words
    told = (
        "in November so far",
        "Forecast *$",
        "Yesterday, Sat, Nov 21",
        "Last week",
        "October",
        "Last 14 days",
    )
    assert [each for each in told if each not in shown] == []
    assert "`▁" in shown or "`█" in shown


def test_a_chart_is_a_picture_once_slack_has_it(filled: Harness) -> None:
    first = home(filled, MEMBER)
    assert "Last 14 days" in first.words
    second = filled.after(first.index, "home")
    (image,) = [block for block in second.payload["blocks"] if block["type"] == "image"]
    assert image["alt_text"].startswith("Last 14 days: Nov 8 $10.00")
    assert "`█" not in second.words
    third = home(filled, COLLEAGUE)
    assert [block["type"] for block in third.payload["blocks"]].count("image") == 1


class Overtaken(Delivery):
    """A delivery that takes so long to upload a picture that something else happens meanwhile."""

    def __init__(self, client: WebClient, meanwhile: Callable[[], object]) -> None:
        super().__init__(client)
        self._meanwhile = meanwhile

    def upload_picture(self, native: blocks.Block) -> blocks.Block | None:
        self._meanwhile()
        return super().upload_picture(native)


def test_a_picture_that_comes_late_replaces_no_newer_tab(filled: Harness) -> None:
    context, newer = filled.context, {"type": "home", "blocks": [blocks.section("Something newer")]}
    late = Overtaken(context.client, lambda: context.client.views_publish(user_id=MEMBER, view=newer))
    home_tab.show(replace(context, delivery=late), context.viewers.find(MEMBER))
    assert filled.services.lanes.is_idle(within=10)
    assert len(filled.slack.workspace.files) == 1
    assert filled.slack.workspace.homes[MEMBER].content["blocks"][0]["text"]["text"] == "Something newer"


def test_a_picture_that_slack_no_longer_takes_gives_way_to_characters(filled: Harness) -> None:
    filled.after(home(filled, MEMBER).index, "home")
    filled.slack.workspace.files.clear()
    shown = home(filled, MEMBER)
    assert "`█" in shown.words


def test_an_organization_of_one_day_is_compared_with_nothing(harness: Harness) -> None:
    fill(connect(harness), days=2)
    shown = home(harness, MEMBER).words
    assert "$10.00" in shown
    told = ("vs ", "*Last week*", "*October*", "Last 14 days", "Forecast")
    assert [each for each in told if each in shown] == []


def test_all_lines_of_the_table_are_reached_in_place(filled: Harness) -> None:
    spend_on_models(filled, 40)
    first = home(filled, MEMBER)
    assert "26 others" in first.words
    assert "Back" not in first.words
    second = filled.after(filled.press(MEMBER, first, "More"), "home")
    assert ("15 above" in second.words, "11 others" in second.words) == (True, True)
    last = filled.after(filled.press(MEMBER, second, "More"), "home")
    assert ("30 above" in last.words, "More" in last.words) == (True, False)
    again = filled.after(filled.press(MEMBER, last, "Back"), "home")
    assert "15 above" in again.words


def test_the_whole_answer_is_sent_as_a_message_with_all_ways_on(filled: Harness) -> None:
    shown = home(filled, MEMBER)
    shown = filled.after(filled.press(MEMBER, shown, "By workspace"), "home", contains="Workspace")
    sent = filled.after(filled.press(MEMBER, shown, "Send to me"), "dm")
    assert "Default workspace" in sent.words
    assert "By model" in sent.words
    assert "Share" not in sent.words


def test_the_table_is_had_as_a_file(filled: Harness) -> None:
    index = filled.press(MEMBER, home(filled, MEMBER), "Export CSV")
    assert "Sent to your messages with StackSpend" in filled.after(index, "dm", contains="Sent to").words


def test_members_see_neither_checklist_nor_settings(filled: Harness) -> None:
    shown = home(filled, MEMBER).words
    assert "$" in shown
    assert not [word for word in ("Set up StackSpend", "Settings", "Audit log", "Digests") if word in shown]


def test_others_are_told_what_they_may_see(filled: Harness) -> None:
    decide(filled, Access(names=FINANCE))
    shown, in_finance = home(filled, MEMBER).words, home(filled, COLLEAGUE).words
    assert "Engineer and key names are for @finance and admins" in shown
    assert ("By workspace" in shown, "By engineer" in shown) == (True, False)
    assert "You can see spend, including by engineer" in in_finance
    assert "By engineer" in in_finance


def test_who_may_not_ask_for_costs_sees_none(filled: Harness) -> None:
    decide(filled, Access(cost=FINANCE))
    shown = home(filled, MEMBER).words
    assert "Only @finance and admins can see spend here" in shown
    assert "$" not in shown


def test_names_on_the_home_tab_are_in_the_log(filled: Harness) -> None:
    shown = home(filled, COLLEAGUE)
    filled.after(filled.press(COLLEAGUE, shown, "By engineer"), "home")
    with session():
        (entry,) = audit.every(filled.team_id)
    assert (entry.who, entry.what) == (COLLEAGUE, "engineers viewed")


def test_the_tab_is_drawn_anew_after_a_key_was_entered(harness: Harness) -> None:
    shown = home(harness, ADMIN)
    harness.after(harness.press(ADMIN, shown, "Connect Anthropic"), "modal")
    sent = harness.slack.submit(ADMIN, values={(KEY_BLOCK, "value"): ADMIN_KEY})
    assert harness.after(sent.index, "home", contains="1 of 4")


def test_the_tab_is_drawn_anew_after_a_digest_was_set_up(filled: Harness) -> None:
    shown = home(filled, ADMIN)
    filled.after(filled.press(ADMIN, shown, "Add a digest"), "modal")
    sent = filled.slack.submit(ADMIN, values={("channel", "value"): SPEND})
    assert filled.after(sent.index, "home", contains="Daily on weekdays at 9:00 AM")


def test_the_tab_is_drawn_anew_after_a_sync(filled: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "sync_now", lambda *_: SyncResult())
    index = filled.choose(ADMIN, home(filled, ADMIN), "ask:manage", "sync")
    assert filled.after(index, "home", contains="Claude spend at Acme")


def test_the_tab_is_drawn_anew_after_disconnecting(filled: Harness) -> None:
    filled.after(filled.choose(ADMIN, home(filled, ADMIN), "ask:manage", "disconnect"), "modal")
    sent = filled.slack.submit(ADMIN)
    assert "Acme" not in filled.after(sent.index, "home").words


def test_an_old_button_to_names_is_answered_calmly(filled: Harness) -> None:
    shown = home(filled, MEMBER)
    decide(filled, Access(names=FINANCE))
    index = filled.press(MEMBER, shown, "By engineer")
    assert "Only @finance and admins can see" in filled.after(index, "dm").words


@pytest.mark.parametrize("organization", ["", "Acme", "<!channel> *&`_~" * 30])
@pytest.mark.parametrize("progress", [None, Progress(3, 418, None, Decimal(0))])
def test_slack_takes_any_checklist(organization: str, progress: Progress | None) -> None:
    shown = checklist(Setup(organization, progress, has_digest=False, has_decided=False))
    assert problems_in_view({"type": "home", "blocks": shown}) == []
    assert "<!channel>" not in str(shown)


# --- who looked, and what is taken back


def viewed(harness: Harness) -> list[tuple[str, str]]:
    with session():
        return [
            (each.who, each.detail)
            for each in audit.every(harness.team_id)
            if each.what == "engineers viewed"
        ]


def test_opening_shows_no_names_and_names_in_its_table_are_in_the_log_once_a_day(filled: Harness) -> None:
    for _ in range(2):
        shown = home(filled, COLLEAGUE)
        assert "Mina Okafor" not in shown.words
        named = filled.press(COLLEAGUE, shown, "By engineer")
        filled.after(named, "home", contains="Mina Okafor")
    assert viewed(filled) == [(COLLEAGUE, "Home")]
    filled.moment[0] += timedelta(days=1)
    assert viewed(filled) == [(COLLEAGUE, "Home")]
    filled.after(
        filled.press(COLLEAGUE, home(filled, COLLEAGUE), "By engineer"), "home", contains="Mina Okafor"
    )
    assert filled.services.lanes.is_idle(within=10)
    assert viewed(filled) == [(COLLEAGUE, "Home")] * 2


def next_home(harness: Harness, old: Entry) -> Entry:
    return harness.slack.wait(lambda entry: (entry.kind, entry.user) == ("home", old.user), after=old.index)


def test_who_sees_no_names_on_opening_looked_at_none(filled: Harness) -> None:
    decide(filled, Access(names=Audience("admins")))
    home(filled, COLLEAGUE)
    assert viewed(filled) == []


def test_figures_are_taken_back_from_every_home_when_only_admins_may_see_them(filled: Harness) -> None:
    shown = [home(filled, person) for person in (MEMBER, COLLEAGUE)]
    assert all("$" in each.words for each in shown)
    decide(filled, Access(cost=Audience("admins"), names=Audience("admins")))
    refresh_everybodys(filled.context)
    for old in shown:
        again = next_home(filled, old)
        assert "$" not in again.words
    with session():
        assert home_views.of_team(filled.team_id, limit=9) == []
