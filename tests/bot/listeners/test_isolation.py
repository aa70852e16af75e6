"""One Slack workspace never sees another's figures or names, whatever is typed, pressed or forged.

Two companies use the same bot. Everything that either is shown is searched for what is the other's alone.
"""

import ast
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

import pytest

from bot.questions.command import Name
from demo.slack import payloads
from demo.slack.people import ADMIN, SPEND
from demo.slack.server import Entry, Message, Slack, Workspace
from demo.slack.wire import Delivery
from digests.numbers.report import Dimension
from providers.activity import CodeActivity
from providers.directory import Entry as Listed
from providers.money import billionths
from providers.period import Period
from providers.provider import Organization
from providers.spend import Attribution, KindSpend, Spend
from storage.engine.database import session, transaction
from storage.engine.tables import TABLES, database
from storage.facts import activity, charges, coverage, directory, spend
from storage.state import connections, incidents, posts, subscriptions
from storage.state.subjects import DigestDays, IncidentChange, key_of
from storage.state.subscriptions import Plan
from tests.bot.conftest import ON_SQLITE
from tests.bot.harness import ACME, ADMIN_KEY, NOW, UMBRELLA, pressable
from tests.bot.shared_bot import UMBRELLAS_KEY, SharedBot, acme, connect, open_shared_bot, umbrella

pytestmark = ON_SQLITE
ROOT = Path(__file__).parents[3]
DAY = timedelta(days=1)
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
COMMANDS = [
    "",
    *get_args(Name),
    "export 30d by engineer",
    "export 30d by key json",
    "models",
    "cost yesterday",
    "cost 30d",
    "engineers 7d",
    "me 7d",
    *[f"cost 30d by {dimension}" for dimension in DIMENSIONS],
    "csot today",
    "cost 2026-13",
]


@dataclass(frozen=True)
class Company:
    """One side: its Slack, its people's ids, its figures, and the words that only it may read."""

    slack: Slack
    mark: str
    organization: Organization
    names: tuple[str, ...]
    daily: Decimal
    person: Listed
    key: Listed
    model: str
    admin_key: str

    @property
    def workspace(self) -> Workspace:
        return self.slack.workspace

    @property
    def secrets(self) -> list[str]:
        """What nobody else may read: names, and what any number of days cost."""
        return [*self.names, *(f"${days * self.daily:,.2f}" for days in range(1, 60))]

    @property
    def admin(self) -> str:
        return ADMIN + self.mark

    @property
    def channel(self) -> str:
        return SPEND + self.mark

    def shown(self) -> str:
        """Everything that anybody in it was ever shown, what it is made of, and what is in its files."""
        entries = self.slack.workspace.transcript
        shown = [f"{each.words}\n{json.dumps(dict(each.payload))}" for each in entries]
        files = [(each.data or b"").decode() for each in self.slack.workspace.files.values()]
        return "\n".join([*shown, *files])


@dataclass(frozen=True)
class Pair:
    """The two companies, and the bot between them."""

    shared_bot: SharedBot
    first: Company
    second: Company

    def __iter__(self) -> Iterator[tuple[Company, Company]]:
        return iter([(self.first, self.second), (self.second, self.first)])

    def assert_nothing_of_the_other(self, when: str = "") -> None:
        """Neither was shown anything of the other's."""
        for own, other in self:
            shown = own.shown()
            assert [secret for secret in other.secrets if secret in shown] == [], when

    def assert_each_sees_its_own(self) -> None:
        """Each was shown its own."""
        for own, _ in self:
            assert {own.organization.name, f"${own.daily}"} <= {
                word for word in own.secrets if word in own.shown()
            }


@pytest.fixture
def pair(store: str) -> Iterator[Pair]:
    del store
    with open_shared_bot(acme(), umbrella(), at_once=True) as shared_bot:
        one, two = shared_bot.slacks.values()
        first = Company(
            one,
            "",
            ACME,
            ("Acme", "Nils", "ci-nightly", "Opus", "wQAA"),
            Decimal("13.37"),
            Listed("user_1", "user", "Nils Brandt", email="mina@acme.example"),
            Listed("apikey_1", "api_key", "ci-nightly", owner_id="user_1"),
            "claude-opus-5-5",
            ADMIN_KEY,
        )
        second = Company(
            two,
            "2",
            UMBRELLA,
            ("Umbrella", "Rosalind", "red-queen", "Haiku", "9999"),
            Decimal("777.77"),
            Listed("user_2", "user", "Rosalind Quint", email="mina@umbrella.example"),
            Listed("apikey_2", "api_key", "red-queen", owner_id="user_2"),
            "claude-haiku-5",
            UMBRELLAS_KEY,
        )
        for company in (first, second):
            company.workspace.team_name = company.organization.name
            shared_bot.install(company.workspace, by=company.admin)
            settle(shared_bot, company)
        yield Pair(shared_bot, first, second)


def settle(shared_bot: SharedBot, company: Company) -> None:
    """Sixty days of figures, a digest, a sent post, an uncertain one, and an incident."""
    by, team = company.admin, company.workspace.team_id
    number = connect(shared_bot, company.workspace, company.organization, key=company.admin_key, by=by).id
    with transaction():
        directory.remember(number, [company.key, company.person])
        for back in range(1, 60):
            day = NOW.date() - back * DAY
            spend.replace(number, day, shares(company, day), estimated=False)
            charges.replace(number, [day], [], at=NOW)
            coverage.mark(number, "usage", [day], at=NOW)
            email = company.person.email or ""
            code = CodeActivity(day, email, None, "api", "", Decimal(2), sessions=1, commits=3)
            activity.replace(number, day, [code], at=NOW, until=NOW)
        coverage.mark(number, "usage", [NOW.date()], at=NOW, until=NOW)
        connections.set_first_day(number, NOW.date() - 59 * DAY)
        incidents.open_one(number, "sync_failing", detail=f"of {company.organization.name}", at=NOW)
        set_up = subscriptions.save(
            team,
            channel_id=company.channel,
            channel_name="claude-spend",
            plan=Plan(),
            set_up_by=by,
            next_at=NOW,
        )
        subject = DigestDays(set_up.id, Period.day(NOW.date() - DAY))
        for key in ("sent", "uncertain"):
            posts.enter(
                team, f"digest:{key}:{team}", kind="digest", subject=subject, channel=company.channel, due=NOW
            )


def shares(company: Company, day: Any) -> Attribution:
    hour, counts = datetime(day.year, day.month, day.day, 9, tzinfo=UTC), (1000, 0, 0, 0, 500, 0)
    line = Spend(hour, None, company.key.id, company.model, "messages_api", billionths(company.daily), counts)
    return Attribution([line], [KindSpend(hour, "output", line.cost, 500)])


# --- what can be pressed and filled in, read from the code, so that nothing new is forgotten


@cache
def trees() -> list[ast.AST]:
    paths = [path for room in ("bot", "digests") for path in sorted((ROOT / room).rglob("*.py"))]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def calls_of(name: str, tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


@cache
def actions() -> list[str]:
    """The id of every button and menu there is."""
    second = [call.args[1] for tree in trees() for call in calls_of("button", tree) if len(call.args) > 1]
    menus = [
        call.args[0] for tree in trees() for name in ("select", "overflow") for call in calls_of(name, tree)
    ]
    fixed = {node.value for node in (*second, *menus) if isinstance(node, ast.Constant)}
    return sorted({*map(str, fixed), *(f"view:{dimension}" for dimension in DIMENSIONS)})


@cache
def callbacks() -> list[str]:
    """The id of every modal there is."""
    return sorted(itertools.chain.from_iterable(map(callbacks_in, trees())))


def callbacks_in(tree: ast.AST) -> list[str]:
    """What a module gives as `callback_id`, by the constants that it names so."""
    assigned = (node for node in ast.walk(tree) if isinstance(node, ast.Assign))
    named = {target.id: value for node in assigned for target, value in pairs_of(node)}
    words = (word for call in calls_of("modal", tree) for word in call.keywords)
    return [named[ast.unparse(word.value)] for word in words if word.arg == "callback_id"]


def pairs_of(node: ast.Assign) -> Iterator[tuple[ast.Name, str]]:
    values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
    for target in node.targets:
        targets = target.elts if isinstance(target, ast.Tuple) else [target]
        for name, value in zip(targets, values, strict=False):
            if (
                isinstance(name, ast.Name)
                and isinstance(value, ast.Constant)
                and isinstance(value.value, str)
            ):
                yield name, value.value


@pytest.mark.usefixtures("store")
def test_the_code_was_read() -> None:
    assert {"share", "sync", "digest:remove", "digest:post_again", "view:engineer", "assign"} <= set(
        actions()
    )
    assert {"connect", "connect:replace", "disconnect", "digest", "assign"} <= set(callbacks())


# --- honestly used


def test_no_command_tells_of_another(pair: Pair) -> None:
    for company, _ in pair:
        for text in COMMANDS:
            company.slack.command(company.admin, text, channel=company.channel)
    pair.assert_each_sees_its_own()
    pair.assert_nothing_of_the_other()


def test_nothing_that_can_be_pressed_tells_of_another(pair: Pair) -> None:
    for company, _ in pair:
        for text in ("", "cost 30d", "engineers 7d", "status", "digest"):
            company.slack.command(company.admin, text, channel=company.channel)
        company.slack.open_home(company.admin)
        pressed = press_everything(company)
        assert {"digest:list", "digest:preview", "share", "group", "period"} <= pressed
    pair.assert_each_sees_its_own()
    pair.assert_nothing_of_the_other()


def press_everything(company: Company) -> set[str]:
    """Press each button of all that is shown, and of what is shown for it; what removes, at last.

    One goes further and further back: three times is enough of each.
    """
    pressed: list[tuple[str, str]] = []
    while waiting := [each for each in buttons(company) if each[1:] not in pressed]:
        entry, action, value = min(waiting, key=lambda each: each[1] in ("digest:remove", "digest:pause"))
        pressed.append((action, value))
        if [earlier for earlier, _ in pressed].count(action) <= 3:
            act(company, entry, action, value)
    return {action for action, _ in pressed}


def buttons(company: Company) -> list[tuple[Entry, str, str]]:
    seen = [each for each in company.slack.workspace.transcript if each.user in (company.admin, None)]
    return [
        (entry, element["action_id"], value)
        for entry in seen
        if entry.subject
        for _, element in pressable(entry)
        for value in values_of(element)
    ]


def values_of(element: dict[str, Any]) -> list[str]:
    """What pressing an element can send: the value of a button, or of each choice of a menu."""
    return [option["value"] for option in element.get("options") or ()] or [element.get("value") or ""]


def test_the_home_tab_tells_of_no_other(pair: Pair) -> None:
    for company, _ in pair:
        company.slack.open_home(company.admin)
    pair.assert_each_sees_its_own()
    pair.assert_nothing_of_the_other()


def test_digests_and_alerts_go_to_their_own_team(pair: Pair) -> None:
    for company, _ in pair:
        with transaction():
            (incident,) = incidents.open_ones(number_of(company))
            subject, team = IncidentChange(incident.id, "opened"), company.workspace.team_id
            posts.enter(team, key_of(subject), kind="alert", subject=subject, channel=company.admin, due=NOW)
    pair.shared_bot.outbox_worker().tick()
    for company, _ in pair:
        assert company.organization.name in company.workspace.messages(company.channel)[-1].text
        assert company.organization.name in company.workspace.dms(company.admin)[-1].text
    pair.assert_each_sees_its_own()
    pair.assert_nothing_of_the_other()


# --- forged: ids of the other company, in whatever carries an id


def number_of(company: Company) -> int:
    with session():
        connection = connections.of_team(company.workspace.team_id)
    assert connection
    return connection.id


def ids_of(company: Company) -> list[str]:
    """All that a payload might name of a company."""
    with session():
        team = company.workspace.team_id
        numbers = [number_of(company), *(each.id for each in subscriptions.of_team(team))]
        numbers += [each.id for each in posts.by_key_prefix(team, "digest:")]
        numbers += [each.id for each in incidents.open_ones(number_of(company))]
    named = [team, company.organization.id, company.key.id, company.person.id, company.channel, company.admin]
    return [*map(str, sorted(set(numbers))), *named]


def rows_of(company: Company) -> list[Any]:
    """All that is remembered of a company."""
    place: dict[str, Any] = {"team_id": company.workspace.team_id, "connection_id": number_of(company)}
    with session():
        return [
            sorted(map(repr, database.execute(table.select().where(table._meta.columns[name] == value))))
            for table in TABLES
            for name, value in place.items()
            if name in table._meta.columns
        ]


def act(company: Company, entry: Entry, action: str, value: str, **changes: Any) -> Delivery:
    """Press a button that may not be there, with a value that it may not have."""
    subject, workspace = entry.subject, company.workspace
    assert subject
    pressed = {"type": "button", "action_id": action, "block_id": "b", "value": value}
    if isinstance(subject, Message):
        payload = payloads.message_action(workspace, user=company.admin, message=subject, action=pressed)
    else:
        payload = payloads.view_action(workspace, view=subject, action=pressed)
    return post(company, payload | changes)


def post(company: Company, payload: dict[str, Any]) -> Delivery:
    body = urlencode({"payload": json.dumps(payload)})
    index = len(company.slack.workspace.transcript) - 1
    return company.slack.wire.post(Delivery(index=index, body=body), about=payload["type"])


def answered(company: Company) -> Entry:
    """An answer to press something in."""
    command = company.slack.command(company.admin, "cost 30d", channel=company.channel)
    return company.slack.wait(kind="ephemeral", after=command.index)


def test_buttons_with_the_ids_of_another_tell_and_change_nothing_of_theirs(pair: Pair) -> None:
    own, other = pair.first, pair.second
    before, entry = rows_of(other), answered(own)
    for action in actions():
        for identifier in ids_of(other):
            reply = act(own, entry, action, identifier)
            assert not any(secret in reply.answer for secret in other.secrets), (action, identifier)
        assert rows_of(other) == before, action
    pair.shared_bot.outbox_worker().tick()
    pair.assert_nothing_of_the_other()


def test_modals_with_the_ids_of_another_tell_and_change_nothing_of_theirs(pair: Pair) -> None:
    own, other = pair.first, pair.second
    before = rows_of(other)
    for callback in callbacks():
        for identifier, keep in itertools.product(ids_of(other), ("keep", "delete")):
            post(own, forged(own, callback, identifier, other, keep))
        assert rows_of(other) == before, callback
    pair.assert_nothing_of_the_other()


def forged(own: Company, callback: str, identifier: str, other: Company, keep: str) -> dict[str, Any]:
    """A submission of a modal that is open, with an id of somebody else wherever there is one."""
    command = own.slack.command(own.admin, "connect", channel=own.channel)
    shown = own.slack.wait(kind="modal", after=command.index).subject
    assert shown
    payload = payloads.submission(own.workspace, own.workspace.views[shown.id])  # type: ignore[union-attr]
    chosen = {"selected_option": {"value": identifier}}
    values = {
        "admin_key": {"value": own.admin_key},
        "admin_key_again": {"value": own.admin_key},
        "history": {"selected_option": {"value": keep}},
        "channel": {"selected_conversation": other.channel},
        "time": {"selected_time": "08:00"},
        "zone": {"selected_option": {"value": "UTC"}},
        "assign_key": chosen,
        "assign_person": chosen,
    }
    state = {"values": {block: {"value": value} for block, value in values.items()}}
    if callback not in ("connect", "connect:replace"):
        return payload | {
            "view": {
                **payload["view"],
                "callback_id": callback,
                "private_metadata": identifier,
                "state": state,
            }
        }
    block = "admin_key" if callback == "connect" else "admin_key_again"
    state = {"values": {block: {"value": values[block]}}}
    return payload | {
        "view": {**payload["view"], "callback_id": callback, "private_metadata": identifier, "state": state}
    }


@pytest.mark.parametrize("block", ["assign_key", "assign_person"])
def test_a_search_finds_nothing_of_another(pair: Pair, block: str) -> None:
    for own, other in pair:
        command = own.slack.command(own.admin, "connect", channel=own.channel)
        view = own.slack.wait(kind="modal", after=command.index).subject
        assert view
        for words in ("", other.person.name, other.key.name, *other.secrets):
            payload = payloads.suggestion(
                own.workspace,
                view=own.workspace.views[view.id],  # type: ignore[union-attr]
                block_id=block,
                action_id="value",
                words=words,
            )
            answer = post(own, payload).answer
            assert not any(secret in answer for secret in other.secrets)


def test_a_person_of_another_workspace_sees_nothing_here(pair: Pair) -> None:
    for own, other in pair:
        entry = answered(own)
        for action in actions():
            act(
                own,
                entry,
                action,
                "2026-11 by engineer",
                user={"id": other.admin, "team_id": own.workspace.team_id},
            )
        shown = len(own.shown())
        form = payloads.command(
            own.workspace, user=own.admin, channel=own.channel, name="/stackspend", text=""
        )
        body = urlencode({**form, "user_id": other.admin})
        own.slack.wire.post(Delivery(index=0, body=body), about="command")
        seen = own.shown()[shown:]
        assert own.organization.name not in seen
        assert "$" not in seen
    pair.assert_nothing_of_the_other()


def test_a_request_that_names_two_workspaces_is_answered_by_one(pair: Pair) -> None:
    for own, other in pair:
        form = payloads.command(
            own.workspace, user=own.admin, channel=own.channel, name="/stackspend", text=""
        )
        hers = {"enterprise_id": "E0NOBODY", "is_enterprise_install": "true", "team": other.workspace.team_id}
        own.slack.wire.post(Delivery(index=0, body=urlencode({**form, **hers})), about="command")
        entry = answered(own)
        act(own, entry, "view:engineer", "30d", team={"id": other.workspace.team_id})
        act(
            own,
            entry,
            "view:engineer",
            "30d",
            team=None,
            user={"id": own.admin, "team_id": other.workspace.team_id},
        )
    pair.assert_nothing_of_the_other()
