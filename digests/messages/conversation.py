"""What is said around answers in conversations: where an answer is, and buttons that open forms."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from digests.layout import blocks
from digests.layout.blocks import Block, button
from digests.layout.message import Message, notice, render_template

Place = Literal["here", "direct", "nowhere"]
"""Where the asker alone reads an answer: in the channel (or the direct message that they wrote in), in the
direct message instead, or nowhere, because Slack refuses both."""
Why = Literal["names", "own", "limited", "barred", "outsiders", "plain"]
"""Why an answer is for the asker alone: it names people or keys; it is about the asker; not everybody can see
spend, not in this channel, or people from outside can read the channel; or for no reason worth a word."""
LOOKING = "is looking that up…"
TITLE = "Ask about Claude spend"


class Prompt(NamedTuple):
    """A question that Slack offers to ask: what its button says, and what it sends."""

    title: str
    message: str


PROMPTS = (
    Prompt("What did we spend yesterday?", "What did we spend yesterday?"),
    Prompt("Who spent the most last week?", "Who spent the most last week?"),
    Prompt("Why did cost go up?", "Why did cost go up last week?"),
    Prompt("Will we stay under budget?", "Forecast for this month"),
    Prompt("Which model costs the most?", "Cost this month by model"),
    Prompt("What did I spend?", "What did I spend this month?"),
    Prompt("What can I ask?", "Help"),
)
"""From the most useful to what everybody can ask; Slack shows the first four that have an answer."""


def private_answer(user_id: str, place: Place, why: Why) -> Message:
    """Say in the thread where the asker alone reads the answer, and why."""
    return notice("private_answer", user=user_id, place=place, why=why)


def form_button(label: str, command: str) -> Message:
    """Return a button that runs a command, for one that opens a form."""
    return notice("form_button", button(label, "ask:1", value=command, primary=True))


def reinstall(missing: Sequence[str], address: str, *, is_own_app: bool) -> list[Block]:
    """Offer to install the app again with the permissions that are missing; `is_own_app`: in its settings."""
    offer = render_template("reinstall", missing=list(missing), is_own_app=is_own_app).headline
    label = "Open app settings" if is_own_app else "Install again"
    buttons = button(label, "offer:reinstall", url=address, primary=True), button("Not now", "offer:decline")
    return [blocks.section(offer), blocks.actions(*buttons)]


def with_missing(answer: Message, missing: Sequence[str]) -> Message:
    """Say under an answer which permissions conversations lack."""
    remark = render_template("reinstall", missing=list(missing), is_own_app=True).footnote
    return Message(answer.text, [*answer.blocks[: blocks.BLOCKS - 1], blocks.context(remark)])
