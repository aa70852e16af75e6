"""Sentences about a request itself: it is in work, came too late, or failed."""

UNKNOWN_PERSON = "I cannot ask Slack who you are at the moment. Please try again in a minute."
NO_DATABASE = "I cannot reach my database at the moment. Nothing is lost; please try again in a minute."
TOO_MANY = "You have asked for a lot at once. Please wait for the answers to come, then ask again."
TOO_LATE = "That took too long for Slack. Please try again."
RESTARTING = "I am being restarted and did not get to the end of this. Please try again in a minute."
OUR_FAULT = "Something went wrong on my side, and it is in my log. Please try again; nothing was lost."
ASKING_ANTHROPIC = "Asking Anthropic… this takes up to a minute."
ALREADY_SYNCING = "I am asking Anthropic already; `/stackspend status` shows in a moment what changed."
SYNCING_LATER = "I am asking Anthropic; `/stackspend status` shows in a minute what changed."
OLD_BUTTON = "That button is from an older version of me. `/stackspend help` shows what there is now."
NOT_INSTALLED = (
    "StackSpend is not installed properly in this Slack workspace any more. <{url}|Install it again>."
)
