"""Sentences for answers without figures."""

NO_EMAIL = (
    "StackSpend can't see your email address in Slack, so it can't find your usage. "
    "An admin can change that by reinstalling the app with the `users:read.email` permission."
)
NOTHING_TO_SHARE = "You have no usage to share for that period."
NOTHING_YOURS = (
    "No Claude usage found for {email}, {when} ({zone}). "
    "Using a different address with Anthropic? Ask an admin to assign your key."
)
NOT_BEGUN = "*Nothing* {when}: {organization}'s history starts on {began}."
READ_AS = "Read as `{text}`"
NOBODY_SAYS = "Slack doesn't say who is in @{team} right now."
TOO_LARGE = "@{team} has {count} people, more than I can add up in one answer. Ask `by engineer` instead."
WITHOUT = "{team} ({count} without an address in Slack)"
