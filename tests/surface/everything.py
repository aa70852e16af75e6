"""Everything that the program can say, by the function that says it, of any number of lines and any name.

A function that returns a `Message` has its place here; `test_every_message.py` finds those that have none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import get_args

from digests import render
from digests.files.telemetry_settings import Sender
from digests.forms import (
    assign_key,
    connect,
    connect_claude,
    disconnect,
    disconnect_claude,
    erase_person,
    share,
)
from digests.forms import digest as form
from digests.forms import settings as settings_form
from digests.forms.digest import Offered
from digests.forms.digest_entries import Chosen
from digests.forms.settings import Chosen as ChosenAccess
from digests.forms.user_groups import Group
from digests.layout import blocks, buttons, chart, modals, picture
from digests.layout.message import Message
from digests.messages import access as words
from digests.messages import audit, conversation
from digests.messages.digest import listing
from digests.messages.outdated import Outdated, Why
from digests.numbers.cause import ASPECTS, Cause
from digests.numbers.change.effect_lines import EffectLine, EffectLines
from digests.numbers.change.explanation import KINDS
from digests.numbers.change.report import Lack
from digests.numbers.digest_report import Digest, Mover, Movers, Part
from digests.numbers.engineer_lines import ModelLine, ToolLine
from digests.numbers.report import (
    TIMES,
    Dimension,
    EngineersReport,
    Gap,
    Incident,
    PastEstimate,
    Progress,
    Report,
    Restatement,
    Status,
    Summary,
    SyncResult,
)
from digests.numbers.usual import Usual
from digests.words import admin_key, wording
from digests.words.slack_reasons import SlackReason
from digests.words.wishes import WISHES
from providers.period import DAY, Period
from providers.provider import Organization
from storage.state.access import UNDECIDED, Access, Audience
from storage.state.audit import Entry
from storage.state.connections import Connection
from storage.state.ingest.tokens import IngestToken
from storage.state.scopes import Scope
from storage.state.subscriptions import Kind, Plan, Subscription
from tests.digests import changes, outlooks, samples
from tests.surface import telemetry_messages

NOW, BERLIN, FRIDAY = samples.NOW, samples.BERLIN, samples.FRIDAY
CHANNEL, PERSON = "C0SPEND", "U0MINA"
NOTHING_OFFERED = Progress(days_read=0, days_total=0, first_day=None, cost=Decimal(0))
Messages = Iterable[Message]


# The numbers


def report(name: str, count: int, by: Dimension = "key") -> Report:
    if by in TIMES:
        daily = samples.by_day(max(count, 1))
        return replace(daily, organization=name, question=replace(daily.question, dimension=by))
    sample = samples.by(by, {f"{name[:20]}{n}": f"{name}{n}" for n in range(count)})
    lines = replace(sample.lines, links={"assigned": sample.lines.costs, "creator": sample.lines.costs})
    return replace(
        sample,
        organization=name,
        lines=lines,
        total=lines.as_one_line(),
        gaps=gaps(count),
        unpriced=tuple(f"{name}{n}" for n in range(min(count, 3))),
        unbilled={"priority_tier": count, "not_charged": count},
        discount=Decimal("0.08"),
    )


def gaps(count: int) -> tuple[Gap, ...]:
    """Every second day is missing."""
    days = [Period.day(FRIDAY - 2 * n * DAY) for n in range(count)]
    return tuple(Gap("usage", day, "not read yet") for day in days)


def running(original: Report) -> Report:
    return replace(
        original, extent=samples.RUNNING, rests_on=samples.ESTIMATED, band=Decimal("0.013"), band_days=28
    )


def engineers(name: str, count: int) -> EngineersReport:
    report = samples.engineers(count)
    lines = replace(report.lines, name_of=lambda _id: name)
    models = tuple(ModelLine(model=name, estimated_cost=Decimal(9), tokens=n) for n in range(count))
    tools = tuple(ToolLine(tool=name, accepted=n + 1, rejected=1) for n in range(count))
    return replace(report, organization=name, lines=lines, gaps=gaps(count), models=models, tools=tools)


def incident(name: str) -> Incident:
    return Incident("key_refused", NOW - timedelta(hours=4), name)


def restated(count: int) -> tuple[Restatement, ...]:
    return tuple(Restatement(FRIDAY - n * DAY, Decimal(1), Decimal(2)) for n in range(count))


def status(name: str, count: int) -> Status:
    days = [FRIDAY - n * DAY for n in range(count)]
    return replace(
        samples.status(),
        organization=name,
        key_hint=name[:4],
        connected_by=name,
        gaps=gaps(count),
        backfill=replace(NOTHING_OFFERED, days_total=count),
        incidents=(incident(name), replace(incident(name), kind="sync_failing")),
        record=tuple(PastEstimate(day, Decimal(2), Decimal(1)) for day in days),
        restatements=restated(count),
        differences=dict.fromkeys(days, Decimal("3.10")),
        hourly_spend=name,
    )


def summary(name: str, count: int) -> Summary:
    day = report(name, count, "model")
    month = replace(day, question=samples.month().question)
    return Summary(running(day), day, running(month), samples.summary().forecast, status(name, count))


def digest_of(name: str, count: int) -> Digest:
    moved = [Mover(name, Decimal(n), Decimal(1)) for n in range(min(count, 25))]
    movers = Movers(moved, moved, moved, moved)
    return replace(
        samples.daily(),
        report=report(name, count, "model"),
        month=running(report(name, count, "model")),
        models=movers,
        people=movers,
        keys=movers,
        part=Part("engineers", [name] * min(count, 25), Decimal(100), count, count),
        engineers=engineers(name, count),
        history=[(FRIDAY - n * DAY, Decimal(n)) for n in reversed(range(count))],
        restatements=restated(count),
    )


def settings(name: str, count: int) -> Access:
    channels = frozenset(f"C{n:09}" for n in range(min(count, 100)))
    return Access(Audience("S0FINANCE1", name), Audience("S0PEOPLE01", name), channels, channels)


def entries(name: str, count: int) -> list[Entry]:
    return [Entry(n, name, "shared", f"{name} in C0SPEND001", NOW - n * DAY) for n in range(count)]


def connection(name: str) -> Connection:
    return Connection(
        id=1,
        team_id="T0ACME",
        provider="anthropic",
        organization_id="org-1",
        organization_name=name,
        key_hint=name[:4],
        state="active",
        connected_by=PERSON,
        connected_at=NOW,
        first_day=FRIDAY,
        announced=None,
    )


# Messages, by the function that says them


def _cost(name: str, count: int) -> Messages:
    for by in get_args(Dimension):
        yield render.cost(report(name, count, by), now=NOW)
    yield render.cost(running(report(name, count)), now=NOW, start=count // 2)


def _engineers(name: str, count: int) -> Messages:
    for own in (False, True):
        yield render.engineers(engineers(name, count), now=NOW, zone=BERLIN, own=own)
    one = replace(engineers(name, count), lines=engineers(name, 1).lines)
    yield render.engineers(one, now=NOW, zone=BERLIN, share=False, own=True, owner=name)


def _digests(name: str, count: int) -> Iterable[Digest]:
    """One with nothing to compare, a quiet one, and loud ones with each kind of cause."""
    digest = digest_of(name, count)
    yield digest
    yield replace(digest, usual=Usual(Decimal(count), range(count), is_loud=False))
    whole = replace(digest, usual=Usual(Decimal(count), range(count), is_loud=True))
    yield whole
    for aspect in ASPECTS:
        members, names = {aspect: name, "model": name, "workspace": None}, {aspect: name, "workspace": name}
        yield replace(whole, cause=Cause(members, count, 2 * count, 3 * count, count, names=names))


def _digest(name: str, count: int) -> Messages:
    for digest in _digests(name, count):
        yield render.digest(digest, set_up_by=name, subscription_id=count)
        yield render.digest(digest, in_thread=True)


def _digest_details(name: str, count: int) -> Messages:
    return filter(None, (render.digest_details(digest) for digest in _digests(name, count)))


def _channel_digest(name: str, count: int) -> Messages:
    for digest, names in product(_digests(name, count), (True, False)):
        yield words.channel_digest(digest, names=names, set_up_by=name, subscription_id=count)


def _channel_details(name: str, count: int) -> Messages:
    digests = product(_digests(name, count), (True, False))
    return filter(None, (words.channel_details(digest, names=names) for digest, names in digests))


def _outdated(name: str, count: int) -> Messages:
    reasons: tuple[Why, ...] = ("key_refused", "sync_failing", "disconnected", "behind", "doubted")
    for message, why in product(_cost(name, count), reasons):
        for admin, since in ((True, NOW - DAY), (False, None)):
            yield render.outdated(message, Outdated(since, why), admin=admin, now=NOW, zone=BERLIN)


def _why(name: str, count: int) -> Messages:
    lines = tuple(
        EffectLine(changes.NIGHTLY, kind, changes.units(str(n - 3)), people=n, model=name)
        for n in range(min(count, 6))
        for kind in KINDS[:1]
    )
    for sample in (changes.change(name, name), changes.fallen(), changes.spread()):
        one = replace(sample, lines=EffectLines(lines, count))
        for named, each in product((True, False), (sample, one)):
            yield render.why(each, now=NOW, zone=BERLIN, named=named)
    for lack in get_args(Lack):
        yield render.why(replace(changes.spread(), lack=lack, lines=None), now=NOW, zone=BERLIN, named=True)


def _without_charts(name: str, count: int) -> Messages:
    for message in (render.cost(report(name, count, "day"), now=NOW), *_digest(name, count)):
        yield chart.instead(message, chart.in_text)
        yield chart.instead(message, lambda native: blocks.picture("F0PICTURE1", picture.alt_text(native)))


def _withheld(name: str, count: int) -> Messages:
    reasons: tuple[SlackReason | None, ...] = (None, "scope", "other")
    for unknown, names in product(reasons, (True, False)):
        yield words.withheld(settings(name, count), names=names, unknown=unknown)


def _audit(name: str, count: int) -> Messages:
    shown = entries(name, min(count, 50))  # a page of the modal
    yield audit.page(shown, zone=BERLIN, is_first=False, older=bool(shown))


def _subscriptions(name: str, count: int) -> list[Subscription]:
    reasons = [*listing.PAUSES, *listing.TROUBLES, "", name]
    return [
        Subscription(
            id=n,
            team_id="T0ACME",
            channel_id=CHANNEL,
            channel_name=name,
            kind=get_args(Kind)[n % 3],
            time="09:00",
            zone=BERLIN,
            weekday=n % 7,
            month_day=31,
            working_days_only=bool(n % 2),
            scope=Scope("engineers", (name, name, name)),
            naming="names",
            set_up_by=PERSON,
            next_at=NOW,
            paused=reasons[n % len(reasons)] if n % 2 else "",
            trouble=reasons[n % len(reasons)],
        )
        for n in range(count)
    ]


def _listing(name: str, count: int) -> Messages:
    digests = _subscriptions(name, count)
    for start in (0, count // 2):
        yield listing.listing(digests, lambda _id: name, now=NOW, start=start)


def _about(name: str, count: int) -> Messages:
    for each in (report(name, count), running(report(name, count, "model")), engineers(name, count)):
        yield render.about(each, now=NOW, zone=BERLIN)


MESSAGES: Mapping[str, Callable[[str, int], Messages]] = {
    "about": _about,
    "cost": _cost,
    "engineers": _engineers,
    "record": lambda name, count: [render.record(status(name, count), now=NOW, zone=BERLIN)],
    "summary": lambda name, count: [render.summary(summary(name, count), now=NOW, zone=BERLIN)],
    "status": lambda name, count: [render.status(status(name, count), now=NOW, zone=BERLIN)],
    "digest": _digest,
    "digest_details": _digest_details,
    "channel_digest": _channel_digest,
    "channel_details": _channel_details,
    "nameless": lambda name, count: [words.nameless(each) for each in _cost(name, count)],
    "instead": _without_charts,
    "without_share": lambda name, count: [buttons.without_share(each) for each in _cost(name, count)],
    "withheld": _withheld,
    "not_in_this_channel": lambda _name, _count: [
        words.not_in_this_channel(names=names) for names in (True, False)
    ],
    "digest_nameless": lambda _name, count: [words.digest_nameless(CHANNEL, subscription_id=count)],
    "help_text": lambda _name, _count: [render.help_text(admin=admin) for admin in (True, False)],
    "did_you_mean": lambda name, _count: (
        [
            render.did_you_mean([name] * 40, unused=[name] * unused, nearest=nearest)
            for unused in (0, 1, 40)
            for nearest in ([], ["cost today"], ["cost today", "cost today by engineer"])
        ]
        + [
            render.did_you_mean(
                [name], unused=[], nearest=["cost"], sentence=f"I can't answer for “{name}” alone yet."
            )
        ]
    ),
    "read_as": lambda name, count: [
        render.read_as(each, f"cost today {name}") for each in _cost(name, count)
    ],
    "why": _why,
    "forecast": lambda name, _count: [
        render.forecast(replace(each, organization=name), now=NOW, zone=BERLIN)
        for each in (outlooks.month(), outlooks.replayed(), outlooks.over(), outlooks.not_yet())
    ],
    **telemetry_messages.MESSAGES,
    "refusal": lambda _name, _count: [render.refusal()],
    "private_answer": lambda _name, _count: [
        conversation.private_answer(PERSON, place, why)
        for place in get_args(conversation.Place)
        for why in get_args(conversation.Why)
    ],
    "with_missing": lambda name, count: [
        conversation.with_missing(each, ["im:history", "assistant:write"]) for each in _cost(name, count)
    ],
    "form_button": lambda _name, _count: [conversation.form_button("Open settings", "settings")],
    "admins_only": lambda _name, count: [
        render.admins_only([f"U{n:09}" for n in range(count)], wish) for wish in (None, *WISHES)
    ],
    "wish": lambda _name, _count: [render.wish(PERSON, wish) for wish in WISHES],
    "wished": lambda _name, count: [
        render.wished(wish, reached=reached, admins=["U1", "U2"][:count])
        for wish in WISHES
        for reached in ([], ["U1"])
    ],
    "yours": lambda _name, _count: [render.yours(wish) for wish in WISHES],
    "not_connected": lambda _name, _count: [render.not_connected(admin=admin) for admin in (True, False)],
    "key_in_text": lambda _name, _count: [render.key_in_text()],
    "nothing_yet": lambda _name, count: [
        render.nothing_yet(replace(NOTHING_OFFERED, days_read=count, days_total=2 * count))
    ],
    "progress": lambda name, count: [
        render.progress(name, replace(NOTHING_OFFERED, days_read=count, days_total=count), done=done)
        for done in (True, False)
    ],
    "alert": lambda name, _count: [
        render.alert(each, organization=name, key_hint=name, now=NOW, zone=BERLIN)
        for each in status(name, 1).incidents
    ],
    "alert_over": lambda name, _count: [
        render.alert_over(each, NOW, organization=name) for each in status(name, 1).incidents
    ],
    "digest_problem": lambda name, count: [
        render.digest_problem(CHANNEL, reason, error=name, subscription_id=count)
        for reason in get_args(SlackReason)
    ],
    "digest_held": lambda _name, count: [
        render.digest_held(CHANNEL, Period.day(FRIDAY), why, subscription_id=count)
        for why in ("shared", "public")
    ],
    "digest_fault": lambda _name, count: [
        render.digest_fault(CHANNEL, subscription_id=count, days=days, post_id=count)
        for days in (None, Period.day(FRIDAY))
    ],
    "digest_uncorrected": lambda name, _count: [
        render.digest_uncorrected(CHANNEL, Period.day(FRIDAY), code) for code in (name, "fault")
    ],
    "digest_unconnected": lambda name, count: [
        render.digest_unconnected(CHANNEL, Period.day(FRIDAY), instead=instead, subscription_id=count)
        for instead in ("", name)
    ],
    "untold": lambda _name, count: [
        render.untold([(render.untold_digest("paused"), CHANNEL)] * max(1, count)),
    ],
    "digest_unsent": lambda name, count: [
        render.digest_unsent(CHANNEL, Period.day(FRIDAY), name, post_id=count, tables=bool(count))
    ],
    "digest_uncertain": lambda _name, count: [
        render.digest_uncertain(CHANNEL, Period.day(FRIDAY), post_id=count, tables=bool(count))
    ],
    "synced": lambda name, count: [
        render.synced(done, status=status(name, count), now=NOW, zone=BERLIN)
        for done in (
            SyncResult(restated(count), reports=("charges", "usage", "claude_code", "spend", "directory")),
            SyncResult(failed=dict.fromkeys(("usage", "charges", "directory", "gaps"), name), is_over=False),
            SyncResult(is_doubted=True, paused_until=NOW + timedelta(minutes=1), is_over=False),
            SyncResult(refused=name, not_offered=("claude_code",), paused_until=NOW + timedelta(hours=1)),
        )
    ],
    "outdated": _outdated,
    "disconnected": lambda name, _count: [render.disconnected(name, kept=kept) for kept in (True, False)],
    "listing": _listing,
    "set_up": lambda name, count: [
        listing.set_up(each, listing.line(each, lambda _id: name, NOW), is_shared=True)
        for each in _subscriptions(name, count)
    ],
    "assigned": lambda name, _count: [assign_key.assigned(name, name)],
    "unassigned": lambda name, _count: [assign_key.unassigned(name)],
    "page": lambda _name, _count: [],  # a modal, below
    "as_text": lambda name, count: [audit.as_text(entries(name, count), zone=BERLIN)],
}


# Modals, by the module and function that build them


def _digest_form(name: str, count: int) -> Iterable[blocks.Block]:
    readers = words.audience_of(
        CHANNEL, often="every day", allowed=True, naming="names", outsiders=None, members=count
    )
    some = [(f"id{n}", name) for n in range(count)]
    groups = [Group(f"S{n:09}", name, name) for n in range(count)]
    offered = Offered(some, [name] * count, some, groups, lacking="missing_scope" if count == 1 else "")
    full = Chosen(
        Plan("weekly", "23:45"),
        CHANNEL,
        Scope("engineers", ("a@acme.example",)),
        "initials",
        7,
        100,
        in_thread=True,
        more=True,
    )
    monthly = Chosen(Plan("monthly", working_days_only=True), CHANNEL, more=True)
    for chosen in (Chosen(Plan(zone=BERLIN, working_days_only=True)), monthly, full):
        problem, paused = blocks.cut(wording.excerpt(name, 30), 100), bool(count)
        yield form.form(chosen, offered, zone=BERLIN, readers=readers, problem=problem, paused=paused)


def _access_form(name: str, count: int) -> Iterable[blocks.Block]:
    groups = [Group(f"S{n:09}", name, name) for n in range(count)]
    chosen = ChosenAccess.of(settings(name, count))
    for unknown, lacks_scope in (("", False), ("missing_scope", True), ("internal_error", False)):
        stopping = settings(name, count).channels or ()
        yield settings_form.form(chosen, groups, unknown=unknown, lacks_scope=lacks_scope, stopping=stopping)


def _tokens(name: str, count: int) -> list[IngestToken]:
    return [
        IngestToken(
            id=number,
            connection_id=1,
            name=name[:60],
            hint="wXyZ",
            is_managed=False,
            issued_by=PERSON,
            issued_at=NOW,
            used_at=NOW if number % 2 else None,
            revoked_at=None,
        )
        for number in range(count)
    ]


def _issued(name: str, count: int) -> Iterable[blocks.Block]:
    address = f"https://{'spend.' * min(count, 20)}example.com/otlp"
    for sender, token in product(get_args(Sender), _tokens(name, 2)):
        yield connect_claude.issued("t" * 43, token, address, sender, now=NOW)


def _share_question(_name: str, _count: int) -> Iterable[blocks.Block]:
    for audience, sentence in share.READERS.items():
        yield share.asking(share.Chosen("2026-10 utc", "C1", audience, ""), [sentence, share.NAMELESS])


MODALS: Mapping[str, Callable[[str, int], Iterable[blocks.Block]]] = {
    "digest.form": _digest_form,
    "connect.form": lambda _name, _count: [connect.form(), connect.form("https://spend.example.com/key/x")],
    "connect.replacing": lambda name, _count: [
        connect.replacing(connection(name), Organization("org-2", name), confirmation="org-2 1")
    ],
    "connect.checking": lambda _name, _count: [connect.checking()],
    "connect.overtaken": lambda _name, _count: [connect.overtaken()],
    "connect.connected": lambda name, _count: [
        connect.connected(connection(name), access, is_renewed=is_renewed)
        for is_renewed, access in ((True, settings(name, 1)), (False, UNDECIDED))
    ],
    "connect.names_chosen": lambda name, count: [
        connect.names_chosen(
            connect.connected(connection(name), UNDECIDED, is_renewed=False), settings(name, count)
        )
    ],
    "connect.failed": lambda name, _count: [connect.failed(admin_key.REFUSED, ValueError(name))],
    "connect_claude.form": lambda name, _count: [
        connect_claude.form(name[:60]),
        connect_claude.form(name[:60], problem=f"A token is named {name} already"),
    ],
    "connect_claude.issuing": lambda _name, _count: [connect_claude.issuing()],
    "connect_claude.issued": _issued,
    "connect_claude.revoked": lambda _name, _count: [connect_claude.revoked()],
    "erase_person.form": lambda name, _count: [
        erase_person.form(),
        erase_person.form(problem=f"{name}: Telemetry knows nobody by this name."),
    ],
    "erase_person.erasing": lambda _name, _count: [erase_person.erasing()],
    "disconnect_claude.listing": lambda name, count: [
        disconnect_claude.listing(_tokens(name, count), now=NOW),
        disconnect_claude.listing(_tokens(name, count), now=NOW, revoked=name[:60]),
    ],
    "disconnect.form": lambda name, _count: [disconnect.form(connection(name))],
    "disconnect.disconnecting": lambda _name, _count: [disconnect.disconnecting()],
    "share.choosing": lambda _name, _count: [share.choosing("cost 2026-10 utc by key +15")],
    "share.asking": _share_question,
    "share.looking": lambda _name, _count: [share.looking()],
    "share.sharing": lambda _name, _count: [share.sharing()],
    "assign_key.form": lambda _name, _count: [assign_key.form()],
    "assign_key.assigning": lambda _name, _count: [assign_key.assigning()],
    "settings.form": _access_form,
    "settings.loading": lambda _name, _count: [settings_form.loading()],
    "settings.saving": lambda _name, _count: [settings_form.saving()],
    "settings.saved": lambda name, count: [settings_form.saved(settings(name, count))],
}
ELSEWHERE: Mapping[str, Callable[[str, int], Iterable[blocks.Block]]] = {
    "audit.page": lambda name, count: [modals.notice("Audit log", each) for each in _audit(name, count)],
}
"""Modals that other modules put together."""
