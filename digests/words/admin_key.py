"""Sentences about an Admin API key, in Slack, in the browser and in a terminal."""

from collections.abc import Mapping

from providers.provider import ProviderRefused, Refusal

HINT = "In the Claude Console, go to Settings › Admin API keys and create a key named “StackSpend”."
REGULAR_KEY = (
    "That's a regular API key, which can't read billing. We didn't send it anywhere. "
    "In the Claude Console, create an Admin key under Settings › Admin API keys."
)
NO_KEY = "That doesn't look like an Admin key. It starts with sk-ant-admin and has no spaces."
FOREIGN = (
    "That looks like {look}, not an Admin key. We didn't send it anywhere. "
    "An Admin key starts with sk-ant-admin."
)
REFUSED = (
    ":red_circle: *Anthropic doesn't accept this key*\n"
    "Check for typos, or create a new Admin key. We didn't store this one."
)
NO_BILLING = (
    ":red_circle: *This key can't read billing*\nAnthropic accepts it, but doesn't let it read the cost "
    "report. Create a new Admin key and try again. We didn't store this one."
)
UNPAID = (
    ":red_circle: *Your Anthropic credit is too low*\nSo we couldn't check the key, and didn't store it. "
    "In the Claude Console, add credit under *Settings › Billing* and try again."
)
ON_HOLD = (
    ":red_circle: *Anthropic has put this organization on hold*\nSo we couldn't check the key, and didn't "
    "store it. Ask Anthropic support why, then try again."
)
UNREADABLE = (
    ":red_circle: *StackSpend can't read this organization's bill*\n"
    "The key works, but the numbers would be wrong. We didn't store it."
)
UNREACHABLE = (
    ":large_yellow_circle: *We couldn't reach Anthropic*\n"
    "So we couldn't check the key, and didn't store it. Try again in a few minutes."
)
WHAT_CAME = "Anthropic's response: {message}"
OVERTAKEN = (
    ":large_yellow_circle: *Someone else changed the connection while we checked this key*\n"
    "We didn't store it. `/stackspend status` shows what is connected now. Try again to replace it."
)
TWO_KEYS = "That's more than one key. Enter one Admin key."
REPLACE = (
    "This key belongs to *{new}*, but this Slack workspace is connected to *{old}*. If you switch, "
    "we delete {old}'s key and stop syncing it. Its history is kept."
)
AGAIN = "To confirm, enter {new}'s key again. We didn't store it."
NOT_CONNECTED_ANY_MORE = "Nothing is connected anymore."
RENEWED = "Your history is kept. We're filling in what was missed."
_COMPLAINTS: Mapping[Refusal, str] = {
    "key": REFUSED,
    "permission": NO_BILLING,
    "balance": UNPAID,
    "hold": ON_HOLD,
    "unreadable": UNREADABLE,
}


def complaint(error: ProviderRefused) -> str:
    """Return the message for a refused key, or for one whose bill cannot be read."""
    return _COMPLAINTS[error.why]
