"""Sentences about files: an export, and the audit log."""

from collections.abc import Mapping

from digests.words.slack_reasons import SlackReason

WRITING = ":hourglass_flowing_sand: Exporting about {rows} rows…"
SENT = "Sent to your messages with StackSpend."
NO_ROWS = "No spend in {when} ({calendar})."
NOT_TAKEN = (
    "Slack rejected the file (`{code}`).{remedy} "
    "On the command line, `stackspend {words} > {name}` writes the same file."
)
REMEDIES: Mapping[SlackReason, str] = {
    "scope": " An admin can reinstall the app with the `files:write` permission.",
    "unreachable": " Try again in a minute.",
}
AUDIT_LOG_SENT = "Audit log sent to your messages with StackSpend."
AUDIT_LOG_NOT_TAKEN = (
    "Slack rejected the file (`{code}`). It needs the `files:write` permission. "
    "We sent the newest entries to your messages with StackSpend."
)
AUDIT_LOG = "StackSpend audit log."
