"""A digest: finished days for a channel, readable without any context.

Four lines on a quiet day; the cause in the headline on a loud one. `digest_details` is the rest, for the
thread of a digest that is set up so.
"""

from dataclasses import replace

from digests.layout import blocks, chart
from digests.layout.message import Message, message, render_template
from digests.messages import cost
from digests.messages.digest.compared import rest_of
from digests.messages.digest.facts import facts_of
from digests.messages.digest.lines import is_in_one
from digests.messages.digest.movers import has_movers, mover_facts
from digests.numbers.digest_report import Digest
from digests.numbers.report import NAMING, Question
from digests.words import phrases, wording
from providers.period import DAY, WEEK, Period

_MORE = {
    "edit": "Edit…",
    "preview": "Preview for me",
    "send_ask": "Send now…",
    "pause": "Pause",
    "remove_ask": "Remove…",
}
"""What admins do with a digest, in a menu, because everybody sees the message. Slack takes five options."""


def digest(
    numbers: Digest,
    *,
    set_up_by: str | None = None,
    subscription_id: int | None = None,
    in_thread: bool = False,
    is_nameless: bool = False,
) -> Message:
    """Return the digest of a period; `set_up_by` is a name, never a mention.

    A period without its bill is marked as estimated; edit the post when the bill is in. With `in_thread`,
    what changed is left to the thread. `is_nameless`: engineers may not be named in its channel.
    """
    facts = {**facts_of(numbers, set_up_by=set_up_by), "is_nameless": is_nameless, "in_thread": in_thread}
    rendered, figures = render_template("digest", **facts), _figures(numbers)
    return message(
        rendered,
        blocks.header(f"Claude spend · {_title(numbers.period)}"),
        blocks.section(rendered.headline),
        blocks.figures(*figures) if figures else None,
        _history(numbers) if numbers.is_loud else None,
        *(blocks.sections(_movers(numbers)) if _shows_movers(numbers, in_thread=in_thread) else ()),
        *blocks.sections(rendered.body),
        blocks.actions(*_buttons(numbers, subscription_id)),
        blocks.context(rendered.footnote),
    )


def digest_details(numbers: Digest) -> Message | None:
    """Return the tables of a digest for its thread; None if there is nothing to add."""
    report = numbers.report
    if not report.lines:
        return None
    rendered = render_template("digest_details", **facts_of(numbers, set_up_by=None))
    return message(
        rendered,
        None if numbers.is_loud else _history(numbers),
        None if is_in_one(report) else cost.cost_table(report),
        *(blocks.sections(_movers(numbers)) if has_movers(numbers) else ()),
        *blocks.sections(rendered.body),
        blocks.context(rendered.footnote),
    )


def _title(days: Period) -> str:
    last = days.end - DAY
    words = wording.period(days, today=last)
    if days.length == 1:
        return wording.day_long(last)
    if days.length == WEEK.days:
        return f"week of {words}"
    return words if days.is_whole_month else f"since {days.start:%A}, {words}"


def _figures(numbers: Digest) -> list[tuple[str, str]]:
    """Return the figures beside a loud headline; a quiet one has them in a line."""
    month = numbers.month
    if not numbers.is_loud:
        return []
    figures = [("Everything else", rest_of(numbers))]
    if month is None:
        return [each for each in figures if each[1]]
    name = f"{month.question.period.start:%B}"
    figures.append((f"{name} so far", phrases.with_change(month, numbers.zone, numbers.period.end - DAY)))
    if numbers.forecast:
        figures.append((f"Forecast for {name}", wording.forecast(numbers.forecast)))
    return [each for each in figures if each[1]]


def _history(numbers: Digest) -> blocks.Block | None:
    by_month = numbers.month is None
    title = f"Last {len(numbers.history)} {'months' if by_month else 'days'}"
    return chart.native(title, numbers.history[-chart.MOST :], by_month=by_month)


def _shows_movers(numbers: Digest, *, in_thread: bool) -> bool:
    """Whether the digest lists what changed: unless a cause or the thread says it, or it is a quiet day."""
    is_news = numbers.is_loud or numbers.period.length >= WEEK.days
    return is_news and not numbers.cause and not in_thread and has_movers(numbers)


def _movers(numbers: Digest) -> str:
    return render_template("digest_movers", **facts_of(numbers, set_up_by=None), **mover_facts(numbers)).body


def _buttons(numbers: Digest, subscription_id: int | None) -> list[blocks.Block]:
    days = numbers.period
    why = blocks.button("Show why", "view:why", value=f"why {phrases.period_text(days)}", primary=True)
    more = {f"{act} {subscription_id}": words for act, words in _MORE.items()}
    return [
        *([why] if numbers.is_loud and not numbers.part else []),
        *(_views(numbers.report.question, days) if _has_views(numbers) else []),
        *([_whole(days)] if numbers.part else []),
        *([blocks.overflow("digest:more", more)] if subscription_id else []),
    ]


def _whole(days: Period) -> blocks.Block:
    return blocks.button("Whole organization", "view:model", value=phrases.question_text(Question(days)))


def _has_views(numbers: Digest) -> bool:
    """Whether there are other answers about its days; a channel's buttons name no people."""
    filters = numbers.report.question.filters
    return bool(filters) == bool(numbers.part) and not any(each.dimension in NAMING for each in filters)


def _views(asked: Question, days: Period) -> list[blocks.Block]:
    """Return the menu of answers about the days, each for the person who chooses it alone."""
    question = Question(days, filters=asked.filters)
    month = Period.last_days(30, until=days.end - DAY, zone=days.zone)
    by_day = replace(question, period=days if days.length > 1 else month, dimension="day")
    questions = {
        "By model": question,
        "By engineer": replace(question, dimension="engineer"),
        "By workspace": replace(question, dimension="workspace"),
        "By API key": replace(question, dimension="key"),
        "By product": replace(question, dimension="product"),
        "By token type": replace(question, dimension="token type"),
        "By day" if days.length > 1 else "Last 30 days": by_day,
    }
    choices = {phrases.question_text(each): words for words, each in questions.items() if each.is_answerable}
    return [blocks.select("view:", "Details by…", choices)]
