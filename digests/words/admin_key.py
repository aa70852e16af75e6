"""Sentences about an Admin API key, in Slack, in the browser and in a terminal."""

from collections.abc import Mapping

from providers.provider import ProviderRefused, Refusal

HINT = "Starts with sk-ant-admin. Console → Settings → Admin API keys → Create key, name it “StackSpend”."
REGULAR_KEY = (
    "This is a regular API key; it cannot see billing and was sent nowhere. You need an Admin API key: "
    "Console → Settings → Admin API keys → Create key."
)
NO_KEY = "This does not look like a key. An Admin API key starts with sk-ant-admin and has no blanks in it."
FOREIGN = (
    "This looks like {look}, not like an Admin API key, and was sent nowhere. "
    "An Admin API key starts with sk-ant-admin."
)
REFUSED = (
    ":red_circle: *Anthropic does not accept this key*\nIt may be revoked, mistyped, or no Admin API key. "
    "Nothing was stored. In the Console open *Settings → Admin API keys*, create a key and try again."
)
NO_BILLING = (
    ":red_circle: *This key cannot read billing*\nAnthropic accepts it, but does not let it read the cost "
    "report. Nothing was stored. In the Console open *Settings → Admin API keys*, create a key and try again."
)
UNPAID = (
    ":red_circle: *Anthropic wants to be paid before it answers*\nThat says nothing about the key. "
    "Nothing was stored. In the Console open *Settings → Billing*, add credit and try again."
)
ON_HOLD = (
    ":red_circle: *Anthropic has put this organization on hold*\nThat says nothing about the key. "
    "Nothing was stored. Ask Anthropic's support why, then try again."
)
UNREADABLE = (
    ":red_circle: *StackSpend cannot read this organization's bill*\n"
    "The key is good, but its figures would be wrong. Nothing was stored."
)
UNREACHABLE = (
    ":large_yellow_circle: *Anthropic does not answer properly at the moment*\n"
    "That says nothing about the key. Nothing was stored; please try again in a few minutes."
)
WHAT_CAME = "What came back: {message}"
OVERTAKEN = (
    ":large_yellow_circle: *Somebody else changed the connection while this key was checked*\n"
    "Nothing was stored. `/stackspend status` shows what is connected now. Try again to replace it."
)
TWO_KEYS = "These are several keys in one. Please enter one Admin API key."
REPLACE = (
    "This key belongs to *{new}*, but this Slack workspace is connected to *{old}*. If you replace it, "
    "the key of {old} is deleted and nothing of it is read any more; its history is kept."
)
AGAIN = "Enter the key of {new} again to confirm; I did not keep it."
NOT_CONNECTED_ANY_MORE = "Nothing is connected any more."
RENEWED = "The history stays as it is, and what was missed meanwhile is read now."
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
