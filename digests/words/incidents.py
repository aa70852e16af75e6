"""The sentences of each kind of incident: what happened, what it means for the figures, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digests.words import failures, wording
from storage.state.incidents import Kind


@dataclass(frozen=True)
class Words:
    """The sentences of an incident.

    `happened` begins a sentence that ends in a moment: "since 10:00". `meanwhile` says what works and what
    does not. `steps` are for a person, with the buttons below; `to_do` is for messages without buttons;
    `alone` says what we do ourselves. `over` is the headline once it has ended.
    """

    what: str
    happened: str
    meanwhile: str
    steps: tuple[str, ...]
    to_do: str
    alone: str
    over: str


_CATCH_UP = "Nothing is lost: what is missing is read as soon as this is put right."
_KEY_IS_FINE = f"The key is fine. {_CATCH_UP}"
_EVERY_HOUR = "We try again ourselves every hour."
_IN_THE_LOG = "Whoever runs StackSpend finds the error in its log, and can report it."
WORDS: Mapping[Kind, Words] = {
    "key_refused": Words(
        what="Anthropic no longer accepts the Admin key",
        happened="It was probably revoked or has expired. Figures have been out of date",
        meanwhile=_CATCH_UP,
        steps=(
            "In the Console open Settings → Admin API keys and create a key.",
            "Press Reconnect and paste it. If the old key is good again, press Try again instead.",
        ),
        to_do=(
            "Create a new key in the Console under Settings → Admin API keys, then add it with "
            "/stackspend connect. If the old key is good again, /stackspend sync tries it."
        ),
        alone="We try the old key ourselves every hour, and after a day once a day.",
        over="Anthropic accepts the key of {organization} again",
    ),
    "key_lost": Words(
        what="The stored Admin key cannot be opened",
        happened=(
            "StackSpend stored it encrypted, and the secret key that opens it is missing. "
            "Figures have been out of date"
        ),
        meanwhile=_CATCH_UP,
        steps=(
            "Press Reconnect and paste the key, or a new one from Settings → Admin API keys in the Console.",
            "Whoever runs StackSpend can also bring the secret key back (STACKSPEND_SECRET_KEY).",
        ),
        to_do=(
            "Enter the key again with /stackspend connect, or bring back the secret key that opens it "
            "(STACKSPEND_SECRET_KEY)."
        ),
        alone="",
        over="The key of {organization} works again",
    ),
    "sync_failing": Words(
        what="Anthropic cannot be read",
        happened="Anthropic has not answered properly",
        meanwhile="What did not come in is out of date. Nothing is lost: it is read as soon as it can be.",
        steps=(),
        to_do="",
        alone="There is nothing to do: we keep trying.",
        over="Anthropic answers again",
    ),
    "permission": Words(
        what="The Admin key cannot read billing",
        happened="Anthropic accepts the key, but has not let it read the cost report",
        meanwhile=(
            "Usage still comes in, so days without a bill are estimates. Bills are read as soon as the key "
            "can read them."
        ),
        steps=(
            "In the Console let this key read billing, or create an Admin key that can.",
            "Press Try again, or Reconnect to enter the new key.",
        ),
        to_do=(
            "In the Console let this key read billing, or create an Admin key that can and add it with "
            "/stackspend connect. /stackspend sync tries again at once."
        ),
        alone=_EVERY_HOUR,
        over="The key of {organization} can read billing again",
    ),
    "balance": Words(
        what="Anthropic wants to be paid before it answers",
        happened="Your credit at Anthropic is too low, so it has told us nothing",
        meanwhile=_KEY_IS_FINE,
        steps=("In the Console open Settings → Billing and add credit.", "Press Try again."),
        to_do=("Add credit in the Console under Settings → Billing. /stackspend sync tries again at once."),
        alone=_EVERY_HOUR,
        over="Anthropic answers {organization} again: the balance is fine",
    ),
    "hold": Words(
        what="Anthropic has put the organization on hold",
        happened="Because of the hold Anthropic has told us nothing",
        meanwhile=_KEY_IS_FINE,
        steps=("Ask Anthropic's support why, and have the hold lifted.", "Press Try again."),
        to_do="Ask Anthropic's support why. /stackspend sync tries again at once.",
        alone=_EVERY_HOUR,
        over="{organization} is no longer on hold at Anthropic",
    ),
    "fault": Words(
        what="StackSpend has a fault of its own",
        happened="Because of a bug of ours, not of Anthropic, part of the data has been out of date",
        meanwhile="Everything else goes on, and nothing is lost.",
        steps=(_IN_THE_LOG,),
        to_do=_IN_THE_LOG,
        alone="We keep trying.",
        over="StackSpend can read everything again",
    ),
}

RED = ("key_refused", "key_lost", "permission", "balance", "hold")  # a person must act
OURS = ("key_lost", "fault")  # the error's detail means nothing to people
WHAT_IS_WRONG: Mapping[str, str] = {kind: words.what for kind, words in WORDS.items()}


def reason(kind: Kind, detail: str) -> str:
    """Return why an incident happened, in our words; "" where its own sentences say it."""
    if kind in OURS:
        return ""
    return failures.in_words(detail) if kind == "sync_failing" else failures.in_our_words(detail)


def doubted(until: datetime | None, *, now: datetime, zone: str) -> str:
    """Return the sentence for a key that was refused once, with the time of the next try."""
    again = f" at {wording.moment(until, now=now, zone=zone)}" if until and until > now else ""
    return f"Anthropic did not accept the key just now; StackSpend asks again{again}"
