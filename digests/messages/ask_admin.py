"""*Ask an admin*: the button, the message to admins, and what the person who pressed it is told."""

from collections.abc import Sequence

from digests.layout.blocks import Block, button
from digests.layout.message import Message, notice, text_message
from digests.words.wishes import WORDS, Wish

ALREADY_ASKED = "You asked for this today, and an admin has the message. You can ask again tomorrow."
OTHERS_ASKED = "Others asked for this today, and admins have their messages. You can ask again tomorrow."
DONE = "That's done already. Try again."
YOURS = "You're an admin here, so you can do this yourself."


def ask_admin(wish: Wish) -> Block:
    """Return the button."""
    return button("Ask an admin", "admin:ask", value=wish)


def wish(person: str, wish: Wish) -> Message:
    """Tell an admin who asks for what, with the button that does it; `person` is a Slack id."""
    words = WORDS[wish]
    return notice("wish", button(words.button, words.action, primary=True), person=person, what=words.asked)


def wished(wish: Wish, *, reached: Sequence[str], admins: Sequence[str]) -> Message:
    """Tell the person whom it reached, by their Slack ids, or that it reached nobody."""
    return notice("wished", what=WORDS[wish].what, reached=list(reached), admins=list(admins))


def yours(wish: Wish) -> Message:
    """Give the button itself to somebody who became an admin meanwhile."""
    words = WORDS[wish]
    return text_message(YOURS, {"type": "actions", "elements": [button(words.button, words.action)]})
