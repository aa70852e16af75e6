"""Messages of words only: help, refusals, progress, alerts, and problems of a digest."""

import re
from collections.abc import Sequence
from datetime import datetime

from digests.layout import blocks, chart
from digests.layout.blocks import Block, button
from digests.layout.message import Message, notice
from digests.messages.ask_admin import ask_admin
from digests.numbers.report import Incident, Progress
from digests.words import wording
from digests.words.answers import READ_AS
from digests.words.failures import shortened
from digests.words.incidents import RED, TELEMETRY, WORDS, reason
from digests.words.slack_reasons import SlackReason
from digests.words.wishes import Wish
from providers.period import DAY, Period

CONSOLE = "https://platform.claude.com/settings/admin-keys"

EXAMPLES = ("cost month by model", "cost last week by workspace", "status")
_CONSOLE_NAME = "Claude Console"
NAMED_ADMINS = 3  # enough to find one who is there
_WORDS = 4  # words of a question that are repeated; more would fill the message
_MENTION = re.compile(r"<(?P<mark>@|#|!subteam\^)(?P<id>[A-Z0-9]{2,20})(?:\|(?P<label>[^<>]*))?>")
_FORM = re.compile(r"<(?P<target>[^<>|]*)(?:\|(?P<label>[^<>]*))?>")


def help_text(*, admin: bool) -> Message:
    """Return every command with examples; admins see theirs too."""
    managing = [button("Digests", "digest:list"), button("Settings", "settings")] if admin else []
    return notice("help", *_asking(EXAMPLES[:2]), *managing, admin=admin)


def did_you_mean(
    typed: Sequence[str], *, unused: Sequence[str], nearest: Sequence[str], sentence: str = ""
) -> Message:
    """Return the words that were not understood, or why, and a button for each of the nearest commands."""
    examples = [button("All examples", "ask:help", value="help")]
    more = len(unused) - _WORDS
    return notice(
        "did_you_mean",
        *_asking(nearest or EXAMPLES),
        *examples,
        typed=wording.cut_at_end(" ".join(_word(word)["text"] for word in typed), 60) if typed else "",
        unused=[_word(word) for word in unused[:_WORDS]],
        more=wording.number(more) if more > 0 else "",
        nearest=list(nearest),
        examples=EXAMPLES,
        sentence=sentence,
    )


def _asking(commands: Sequence[str]) -> list[Block]:
    """Return a button for each command, the first one primary."""
    return [
        button(command, f"ask:{number}", value=command, primary=number == 1)
        for number, command in enumerate(commands, 1)
    ]


def read_as(answer: Message, text: str) -> Message:
    """Say under an answer how its question was read."""
    line = blocks.context(READ_AS.format(text=wording.escape(text)))
    return Message(answer.text, [*answer.blocks[: blocks.BLOCKS - 1], line])


def _word(typed: str) -> dict[str, str]:
    """Return a typed word, or a mention in Slack's form, whose name only Slack knows."""
    mention = _MENTION.fullmatch(typed)
    if not mention:
        label = _FORM.fullmatch(typed)
        text = (label["label"] or label["target"]).lstrip("!@") if label else typed
        return {"kind": "word", "text": wording.short(f"@{text}" if typed.startswith("<!") else text)}
    kind = {"@": "user", "#": "channel"}.get(mention["mark"], "group")
    sign = "#" if kind == "channel" else "@"
    named = (mention["label"] or "").lstrip("@#")
    return {"kind": kind, "id": mention["id"], "text": wording.short(f"{sign}{named or '…'}")}


def refusal() -> Message:
    """Decline without giving anything away."""
    return notice("refusal")


def admins_only(admins: Sequence[str], wish: Wish | None = None) -> Message:
    """Say that only admins can do it, name some by their Slack ids, and offer to ask them."""
    ask = [ask_admin(wish)] if wish else []
    return notice("admins_only", *ask, admins=list(admins[:NAMED_ADMINS]))


def not_connected(*, admin: bool) -> Message:
    """Say that nothing is connected yet, with the button that connects, or that asks an admin to."""
    connect = button("Connect Anthropic", "connect", primary=True) if admin else ask_admin("connect")
    return notice("not_connected", connect, admin=admin)


def key_in_text() -> Message:
    """Warn that a key was typed where it must not be."""
    return notice("key_in_text", button("Open the Console", "console", url=CONSOLE))


def nothing_yet(progress: Progress | None) -> Message:
    """Say that history is being read and nothing can be answered yet."""
    return notice("nothing_yet", bar=_bar(progress) if progress else "")


def progress(organization: str, progress: Progress, *, done: bool) -> Message:
    """Return the progress of reading history, a message that is edited in place, or its last form."""
    first = progress.first_day
    return notice(
        "progress",
        organization=wording.short(organization),
        done=done,
        bar=_bar(progress),
        read=wording.number(progress.days_read),
        days=wording.counted(progress.days_read if done else progress.days_total, "day"),
        first=wording.date_full(first) if first else "",
        cost=wording.billed(progress.cost),
    )


def alert(incident: Incident, *, organization: str, key_hint: str, now: datetime, zone: str) -> Message:
    """Say what is wrong, since when, what it means for the figures and what to do."""
    words = WORDS[incident.kind]
    return notice(
        "alert",
        *_ways_out(incident),
        what=words.what,
        red=incident.kind in RED,
        happened=words.happened,
        meanwhile=words.meanwhile,
        steps=[_step(n, step) for n, step in enumerate(words.steps, 1)],
        console=CONSOLE,
        alone=words.alone,
        retry=words.alone.removesuffix("."),
        organization=wording.short(organization),
        hint=wording.short(key_hint) if key_hint else "",
        since=wording.moment(incident.since, now=now, zone=zone),
        reason=shortened(reason(incident.kind, incident.detail)),
    )


def _step(number: int, step: str) -> dict[str, str]:
    """Return a step as facts, in which the console is a link."""
    before, console, after = step.partition(_CONSOLE_NAME)
    return {"number": wording.number(number), "before": before.strip(), "console": console, "after": after}


def _ways_out(incident: Incident) -> list[Block]:
    """Return the buttons of an alert, the most likely cure first; the primary one if a person must act."""
    again = button("Try again", "sync", primary=incident.kind in RED)
    if incident.kind in TELEMETRY:
        return [button("Who doesn't report", "view:blind", value="claude blind")]
    if incident.needs_a_key:
        return [button("Add a new key", "connect", primary=True), button("Try the old key again", "sync")]
    return [again, button("Add a new key", "connect")] if incident.kind == "permission" else [again]


def alert_over(incident: Incident, ended_at: datetime, *, organization: str) -> Message:
    """Say that an incident is over, and that nothing was lost."""
    over, name = WORDS[incident.kind].over, wording.short(organization)
    return notice(
        "alert_over",
        over=over.format(organization=name),
        unnamed="{organization}" not in over,
        organization=name,
        lasted=wording.lasted(ended_at - incident.since),
        catches_up=incident.kind not in TELEMETRY,
    )


def digest_problem(channel: str, reason: SlackReason, *, error: str, subscription_id: int) -> Message:
    """Tell the owner why a digest was paused, and what to do; `error` is Slack's word for it."""
    return notice(
        "digest_problem",
        button("Edit digest", "digest:edit", value=str(subscription_id)),
        channel=channel,
        reason=reason,
        error=wording.excerpt(error, 100),
    )


def digest_uncertain(channel: str, days: Period, *, post_id: int, tables: bool = False) -> Message:
    """Say that Slack did not answer, so the digest, or its tables, may or may not be there."""
    again = button("Post again", "digest:post_again", value=str(post_id))
    day = wording.period(days, today=days.end - DAY)
    return notice("digest_uncertain", again, channel=channel, day=day, tables=tables)


def disconnected(organization: str, *, kept: bool) -> Message:
    """Confirm that the key is gone, and what became of the history."""
    return notice("disconnected", organization=wording.short(organization), kept=kept)


def _bar(progress: Progress) -> str:
    done, total = progress.days_read, progress.days_total
    percent = 100 * min(done, total) // total if total else 0
    return f"{chart.progress(done, total)} {percent}%"
