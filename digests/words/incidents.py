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


_CATCH_UP = "Nothing is lost; we'll catch up once this is fixed."
_KEY_IS_FINE = f"The key is fine. {_CATCH_UP}"
_EVERY_HOUR = "We retry every hour."
_IN_THE_LOG = "Ask the person who runs StackSpend to check its log and report the error."
WORDS: Mapping[Kind, Words] = {
    "key_refused": Words(
        what="Anthropic no longer accepts the Admin key",
        happened="It was probably revoked or has expired. Numbers have been out of date",
        meanwhile="Nothing is lost; we'll catch up when you add a new key.",
        steps=(
            "Create a key in the Claude Console.",
            "Add it here. Or, if the old key works again, try that.",
        ),
        to_do=(
            "Create a key in the Claude Console under Settings › Admin API keys, then add it with "
            "/stackspend connect. If the old key works again, /stackspend sync tries it."
        ),
        alone="We retry the old key every hour, and after a day once a day.",
        over="Anthropic accepts {organization}'s key again",
    ),
    "key_lost": Words(
        what="The stored Admin key can't be decrypted",
        happened=(
            "StackSpend stored it encrypted, and the secret key that decrypts it is missing. "
            "Numbers have been out of date"
        ),
        meanwhile=_CATCH_UP,
        steps=(
            "Press Add a new key and paste the key, or a new one from Settings › Admin API keys.",
            "The person who runs StackSpend can also restore the secret key (STACKSPEND_SECRET_KEY).",
        ),
        to_do=(
            "Add the key again with /stackspend connect, or restore the secret key that decrypts it "
            "(STACKSPEND_SECRET_KEY)."
        ),
        alone="",
        over="{organization}'s key works again",
    ),
    "sync_failing": Words(
        what="Can't reach Anthropic",
        happened="Anthropic's API has been failing",
        meanwhile="Some numbers are out of date. Nothing is lost.",
        steps=(),
        to_do="",
        alone="No action needed; we keep retrying.",
        over="Anthropic is reachable again",
    ),
    "permission": Words(
        what="The Admin key can't read billing",
        happened="Anthropic accepts the key, but hasn't let it read the cost report",
        meanwhile=(
            "Usage still comes in, so days without a bill are estimated. We'll catch up once the key can "
            "read billing."
        ),
        steps=(
            "In the Claude Console, let this key read billing, or create an Admin key that can.",
            "Press Try again, or Add a new key.",
        ),
        to_do=(
            "In the Claude Console, let this key read billing, or create an Admin key that can and add it "
            "with /stackspend connect. /stackspend sync tries again at once."
        ),
        alone=_EVERY_HOUR,
        over="{organization}'s key can read billing again",
    ),
    "balance": Words(
        what="Your Anthropic credit is too low",
        happened="Anthropic hasn't answered because of the balance",
        meanwhile=_KEY_IS_FINE,
        steps=("In the Claude Console, go to Settings › Billing and add credit.", "Press Try again."),
        to_do=(
            "Add credit in the Claude Console under Settings › Billing. /stackspend sync tries again at once."
        ),
        alone=_EVERY_HOUR,
        over="Anthropic answers {organization} again: the balance is fine",
    ),
    "hold": Words(
        what="Anthropic has put the organization on hold",
        happened="Anthropic hasn't answered because of the hold",
        meanwhile=_KEY_IS_FINE,
        steps=("Ask Anthropic support to lift the hold.", "Press Try again."),
        to_do="Ask Anthropic support to lift the hold. /stackspend sync tries again at once.",
        alone=_EVERY_HOUR,
        over="{organization} is no longer on hold at Anthropic",
    ),
    "fault": Words(
        what="StackSpend has an error of its own",
        happened="Because of a bug in StackSpend, part of the data has been out of date",
        meanwhile="Everything else works, and nothing is lost.",
        steps=(_IN_THE_LOG,),
        to_do=_IN_THE_LOG,
        alone="We keep retrying.",
        over="StackSpend works again",
    ),
    "telemetry_silent": Words(
        what="Some people's Claude Code stopped reporting",
        happened="They reported before, and the bill shows that they still use Claude. We've known",
        meanwhile="The bill is complete. What they use is missing from telemetry, and isn't sent later.",
        steps=(
            "Press Who doesn't report to see who it is and what is known about their version.",
            "Check their settings and that the token is valid, and have them restart Claude Code.",
        ),
        to_do="/stackspend claude blind shows who it is and what is known about their version.",
        alone="",
        over="Everyone who used to report does so again",
    ),
    "destination_disabled": Words(
        what="Anthropic disabled the telemetry destination of the Claude API",
        happened="The API has sent nothing here",
        meanwhile="The bill is complete. What the API is used for meanwhile isn't sent later.",
        steps=(
            "Check that STACKSPEND_PUBLIC_URL is reachable over HTTPS, without a redirect.",
            "Enable the destination again in the Claude Console under OpenTelemetry.",
        ),
        to_do="Check STACKSPEND_PUBLIC_URL, then enable the destination in the Console under OpenTelemetry.",
        alone="",
        over="Anthropic sends telemetry of the Claude API again",
    ),
}
TELEMETRY: tuple[Kind, ...] = ("telemetry_silent", "destination_disabled")
"""Incidents of telemetry: they have nothing to do with the key, and nothing is caught up with."""

RED = ("key_refused", "key_lost", "permission", "balance", "hold")  # a person must act
OURS = ("key_lost", "fault")  # the error's detail means nothing to people
WHAT_IS_WRONG: Mapping[str, str] = {kind: words.what for kind, words in WORDS.items()}


def reason(kind: Kind, detail: str) -> str:
    """Return why an incident happened, in our words; "" where its own sentences say it."""
    if kind in OURS:
        return ""
    if kind in TELEMETRY:
        return detail
    return failures.in_words(detail) if kind == "sync_failing" else failures.in_our_words(detail)


def doubted(until: datetime | None, *, now: datetime, zone: str) -> str:
    """Return the sentence for a key that was refused once, with the time of the next try."""
    again = f" at {wording.moment(until, now=now, zone=zone)}" if until and until > now else ""
    return f"Anthropic just rejected the key; we'll try it again{again}"
