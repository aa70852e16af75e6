"""Everything StackSpend says in Slack, as one list: each function returns a finished `Message`."""

from digests.layout.message import Message
from digests.messages.about import about
from digests.messages.access import (
    channel_details,
    channel_digest,
    digest_nameless,
    not_in_this_channel,
    withheld,
)
from digests.messages.ask_admin import wish, wished, yours
from digests.messages.change import why
from digests.messages.cost import cost, engineers
from digests.messages.digest.notices import (
    digest_fault,
    digest_held,
    digest_unconnected,
    digest_uncorrected,
    digest_unsent,
    untold,
    untold_digest,
)
from digests.messages.digest.post import digest, digest_details
from digests.messages.notices import (
    admins_only,
    alert,
    alert_over,
    did_you_mean,
    digest_problem,
    digest_uncertain,
    disconnected,
    help_text,
    key_in_text,
    not_connected,
    nothing_yet,
    progress,
    read_as,
    refusal,
)
from digests.messages.outdated import outdated
from digests.messages.outlook import forecast
from digests.messages.overview import summary
from digests.messages.status import record, status
from digests.messages.sync_result import synced
from digests.words.phrases import question_text

__all__ = [
    "Message",
    "about",
    "admins_only",
    "alert",
    "alert_over",
    "channel_details",
    "channel_digest",
    "cost",
    "did_you_mean",
    "digest",
    "digest_details",
    "digest_fault",
    "digest_held",
    "digest_nameless",
    "digest_problem",
    "digest_uncertain",
    "digest_unconnected",
    "digest_uncorrected",
    "digest_unsent",
    "disconnected",
    "engineers",
    "forecast",
    "help_text",
    "key_in_text",
    "not_connected",
    "not_in_this_channel",
    "nothing_yet",
    "outdated",
    "progress",
    "question_text",
    "read_as",
    "record",
    "refusal",
    "status",
    "summary",
    "synced",
    "untold",
    "untold_digest",
    "why",
    "wish",
    "wished",
    "withheld",
    "yours",
]
