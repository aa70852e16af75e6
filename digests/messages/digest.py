"""A digest: UTC days that are over, in a channel, told so that it stands alone."""

from collections.abc import Sequence
from dataclasses import replace

from digests.layout import blocks, chart
from digests.layout.blocks import button
from digests.layout.message import Message, message, render_template
from digests.messages import cost
from digests.messages.digest_facts import facts_of, is_in_one
from digests.messages.digest_moved import has_moved
from digests.numbers.digest_report import Digest
from digests.numbers.report import Question
from digests.words import phrases, wording
from providers.period import DAY, WEEK, Period

MODELS = 6
_MORE = {
    "preview": "Preview for me",
    "send_ask": "Send now…",
    "pause": "Pause",
    "resume": "Resume",
    "remove_ask": "Remove…",
}


def digest(
    told: Digest,
    *,
    set_up_by: str | None = None,
    subscription_id: int | None = None,
) -> Message:
    """Tell a period; `set_up_by` is a name, never a mention.

    A period whose bill is not in is marked as estimated; post the same digest again, by edit, when it is.
    """
    report, told_of = told.report, facts_of(told, set_up_by=set_up_by)
    said, figures = render_template("digest", **told_of), _figures(told)
    return message(
        said,
        blocks.header(f"Claude spend · {_title(told.period)}"),
        blocks.section(said.headline),
        blocks.figures(*figures) if figures else None,
        _history(told),
        cost.cost_table(report, rows=MODELS) if report.lines and not is_in_one(report) else None,
        *(blocks.sections(render_template("digest_moved", **told_of).body) if has_moved(told) else ()),
        *blocks.sections(said.body),
        blocks.actions(*_buttons(told, subscription_id)),
        blocks.context(said.footnote),
    )


def _title(days: Period) -> str:
    last = days.end - DAY
    words = wording.period(days, today=last)
    if days.length == 1:
        return wording.day_long(last)
    if days.length == WEEK.days:
        return f"week of {words}"
    return words if days == Period.month(days.start) else f"since {days.start:%A}, {words}"


def _figures(told: Digest) -> Sequence[tuple[str, str]]:
    month, report = told.month, told.report
    if month is None:
        if not phrases.has_data(report):
            return ()
        each = report.total.cost / phrases.days_lived_through(report)
        return (("A day on average", wording.spend(each, report.total.estimated)),)
    like = f" {phrases.like(month, told.period.end - DAY)}" if phrases.change(month) else ""
    to_date = ("Month to date", f"{phrases.with_change(month, told.zone)}{like}")
    if told.forecast is None:
        return (to_date,)
    return (to_date, ("Month will end near", wording.forecast(told.forecast)))


def _history(told: Digest) -> blocks.Block | None:
    by_month = told.month is None
    what = "months" if by_month else "days"
    title = f"Last {len(told.history)} {what}"
    return chart.native(title, told.history[-chart.MOST :], by_month=by_month)


def _buttons(told: Digest, subscription_id: int | None) -> list[blocks.Block]:
    question = Question(told.period)
    month = Period.last_days(30, until=told.period.end - DAY)
    asked = {
        "By engineer": replace(question, dimension="engineer"),
        "By workspace": replace(question, dimension="workspace"),
        "30 days": Question(month, "day"),
    }
    if told.part:
        asked = {"Whole organization": question}
    elif told.period.length > 1:
        asked["By day"] = Question(told.period, "day")
        del asked["30 days"]
    views = [
        button(text, f"view:{each.dimension}", value=phrases.question_text(each))
        for text, each in asked.items()
    ]
    if not subscription_id:
        return views
    more = {f"{act} {subscription_id}": words for act, words in _MORE.items()}
    return [
        *views,
        button("Edit digest", "digest:edit", value=str(subscription_id)),
        blocks.overflow("digest:more", more),
    ]
