"""What is said around answers in conversations: where an answer is, and buttons that open forms."""

from typing import Literal, NamedTuple

from digests.layout.blocks import button
from digests.layout.message import Message, notice

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
