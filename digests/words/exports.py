"""Sentences about files: an export, and the audit log."""

from collections.abc import Mapping

from digests.words.slack_reasons import SlackReason

WRITING = ":hourglass_flowing_sand: Writing about {rows} rows…"
SENT = "The file is in our direct message."
NO_ROWS = "There is nothing to export for {when}, {calendar}."
NOT_TAKEN = (
    "Slack does not take the file: `{code}`.{remedy} "
    "On the command line the same comes from `stackspend {words} > {name}`."
)
REMEDIES: Mapping[SlackReason, str] = {
    "scope": " An admin can install the app again with the permission `files:write`.",
    "unreachable": " Please try again in a minute.",
}
AUDIT_LOG_SENT = "The audit log is in our direct message."
AUDIT_LOG_NOT_TAKEN = (
    "Slack does not take the file: `{code}`. With the permission `files:write` it would; "
    "the newest entries are in our direct message."
)
AUDIT_LOG = "The audit log of StackSpend."
