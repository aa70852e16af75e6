"""A digest: finished UTC days for a channel, readable without any context."""

from collections.abc import Sequence
from dataclasses import replace

from digests.layout import blocks, chart
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.messages import cost
from digests.messages.digest_facts import facts_of, is_in_one
from digests.messages.digest_movers import has_movers
from digests.numbers.digest_report import Digest
from digests.numbers.report import Question
from digests.words import phrases, wording
from providers.period import DAY, WEEK, Period

MODELS = 6  # rows of the table; the others are in one row
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
) -> Message:
    """Return the digest of a period; `set_up_by` is a name, never a mention.

    A period without its bill is marked as estimated; edit the post when the bill is in.
    """
    report, facts = numbers.report, facts_of(numbers, set_up_by=set_up_by)
    rendered, figures = render_template("digest", **facts), _figures(numbers)
    return message(
        rendered,
        blocks.header(f"Claude spend · {_title(numbers.period)}"),
        blocks.section(rendered.headline),
        blocks.figures(*figures) if figures else None,
        _history(numbers),
        cost.cost_table(report, rows=MODELS) if report.lines and not is_in_one(report) else None,
        *(blocks.sections(render_template("digest_movers", **facts).body) if has_movers(numbers) else ()),
        *blocks.sections(rendered.body),
        blocks.actions(*_buttons(numbers, subscription_id)),
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


def _figures(numbers: Digest) -> Sequence[tuple[str, str]]:
    month, report = numbers.month, numbers.report
    if month is None:
        if not phrases.has_data(report):
            return ()
        each = report.total.cost / phrases.days_lived_through(report)
        return (("Daily average", wording.spend(each, report.total.estimated)),)
    name = f"{month.question.period.start:%B}"
    to_date = (f"{name} so far", phrases.with_change(month, numbers.zone, numbers.period.end - DAY))
    if numbers.forecast is None:
        return (to_date,)
    return (to_date, (f"Forecast for {name}", wording.forecast(numbers.forecast)))


def _history(numbers: Digest) -> blocks.Block | None:
    by_month = numbers.month is None
    what = "months" if by_month else "days"
    title = f"Last {len(numbers.history)} {what}"
    return chart.native(title, numbers.history[-chart.MOST :], by_month=by_month)


def _buttons(numbers: Digest, subscription_id: int | None) -> list[blocks.Block]:
    question = Question(numbers.period)
    month = Period.last_days(30, until=numbers.period.end - DAY)
    questions = {
        "By engineer": replace(question, dimension="engineer"),
        "By workspace": replace(question, dimension="workspace"),
        "30 days": Question(month, "day"),
    }
    if numbers.part:
        questions = {"Whole organization": question}
    elif numbers.period.length > 1:
        questions["By day"] = Question(numbers.period, "day")
        del questions["30 days"]
    views = [
        button(text, f"view:{each.dimension}", value=phrases.question_text(each))
        for text, each in questions.items()
    ]
    if not subscription_id:
        return views
    more = {f"{act} {subscription_id}": words for act, words in _MORE.items()}
    return [*views, blocks.overflow("digest:more", more)]
