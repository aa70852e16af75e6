"""Sentences about a request itself: it is in work, came too late, or failed."""

UNKNOWN_PERSON = "Slack isn't responding right now. Try again in a minute."
NO_DATABASE = "The database isn't responding right now. Nothing is lost. Try again in a minute."
TOO_MANY = "That's a lot at once. Wait for the answers, then ask again."
TOO_LATE = "That took too long for Slack. Try again."
RESTARTING = "StackSpend is restarting and didn't finish this. Try again in a minute."
OUR_FAULT = (
    "Something went wrong. Try again; if it keeps happening, ask an admin to check the StackSpend log."
)
ASKING_ANTHROPIC = "Syncing… up to a minute."
ALREADY_SYNCING = "Already syncing. `/stackspend status` shows the result in a moment."
SYNCING_LATER = "Still syncing. `/stackspend status` shows the result in a minute."
OLD_BUTTON = "This button no longer works after an update. Run the command again."
NOT_INSTALLED = (
    "StackSpend is no longer installed properly in this Slack workspace. <{url}|Install it again>."
)
