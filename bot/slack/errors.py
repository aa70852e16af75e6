"""Slack's error codes that we do not treat as an unknown refusal, each set with its reason.

The pages of Slack's methods list them: https://docs.slack.dev/reference/methods. `reason_of` says in our own
terms what a code means; nobody in digests/ knows a code.
"""

from slack_sdk.errors import SlackApiError

from digests.words.slack_reasons import SlackReason
from storage.state.pauses import CHANNEL_BARRED, NOBODY

# No answer: codes of our own.

NO_ANSWER = "no_answer"  # Slack may have done what we asked
UNREACHABLE = "unreachable"  # no connection was made, or nothing was changed
NOT_READY = "not ready"  # a file that Slack has not processed in time

# https://docs.slack.dev/reference/methods/chat.postMessage

RATE_LIMITED = frozenset({"ratelimited", "rate_limited"})  # 429 as a code, spelled by age of the method
LATER = RATE_LIMITED | frozenset(
    {
        "message_limit_exceeded",  # a workspace's own limit
        "team_added_to_org",  # the workspace moves into an enterprise: for a while it answers nothing
        "org_login_required",  # likewise
    }
)
"""Slack does not have the message, and takes it later."""
AMBIGUOUS = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack says of these that part of the work can be done already: the message may be there."""
UNSHOWN = frozenset({"invalid_blocks", "invalid_blocks_format"})
"""A type of block that Slack does not take in this workspace."""
MISFITS = UNSHOWN | {"msg_blocks_too_long", "msg_too_long", "invalid_attachments"}
"""Another form of the message can succeed."""
PICTURE_REFUSED = UNSHOWN | {"invalid_arguments"}  # how Slack says of a view that a picture's file is gone
ARCHIVED = "is_archived"  # nothing can be posted to the channel, nor edited in it
GONE_MESSAGE = (
    "message_not_found"  # https://docs.slack.dev/reference/methods/chat.update: somebody deleted it
)
GONE_THREAD = "thread_not_found"  # somebody deleted the message under which a reply was to be
CURED_BY_UNARCHIVING = frozenset({ARCHIVED, "is_inactive"})
CURED_BY_INVITING = frozenset({"not_in_channel", "channel_not_found"})
_RESTRICTED = "restricted_action"  # how a family of codes begins: who may post in a channel, or in threads

# Of every method: https://docs.slack.dev/reference/methods/auth.test

TOKEN_WORTHLESS = frozenset(
    {
        "account_inactive",  # the app was removed
        "token_revoked",
        "invalid_auth",  # also where our address is not on the workspace's list
        "not_authed",
        "token_expired",
    }
)
"""The app or its token is gone: every call fails until the app is installed again."""
UNINSTALLED = "account_inactive"  # the one of them that the list of digests shows
NO_SCOPE = frozenset({"missing_scope", "not_allowed_token_type"})
"""The token lacks the permission."""
SOCKET_REFUSED = NO_SCOPE | {"account_inactive", "invalid_auth", "not_authed"}
"""Only a new app token ends these: https://docs.slack.dev/reference/methods/apps.connections.open."""

# People, groups and forms

UNKNOWN_PERSON = frozenset({"user_not_found", "user_not_visible"})
"""https://docs.slack.dev/reference/methods/users.info: deleted, or of another workspace."""
NO_SUCH_GROUP = "no_such_subteam"  # https://docs.slack.dev/reference/methods/usergroups.users.list
FORM_TOO_LATE = frozenset({"expired_trigger_id", "exchanged_trigger_id"})
"""https://docs.slack.dev/reference/methods/views.open: a press opens one form, within three seconds."""
FORM_OVERTAKEN = frozenset({"hash_conflict", "not_found"})
"""https://docs.slack.dev/reference/methods/views.update: the form changed meanwhile, or was closed."""

_REASONS: dict[str, SlackReason] = {
    "channel_not_found": "gone",  # deleted, or private and we are not in it: Slack does not say which
    "not_in_channel": "outside",
    **dict.fromkeys(CURED_BY_UNARCHIVING, "archived"),
    "ekm_access_denied": "restricted",  # the enterprise's keys for this channel are withdrawn
    "access_denied": "restricted",
    "missing_scope": "scope",
    NOBODY: "nobody",
    NO_SUCH_GROUP: "nobody",
    CHANNEL_BARRED: "barred",
    UNREACHABLE: "unreachable",
    **dict.fromkeys(TOKEN_WORTHLESS, "install"),
}


def reason_of(code: str) -> SlackReason:
    """Return what a code of Slack's, or of ours in the place of one, means."""
    return "restricted" if code.startswith(_RESTRICTED) else _REASONS.get(code, "other")


def code_of(error: SlackApiError) -> str:
    """Return the code of a refused call, its HTTP status where Slack sent none."""
    return str(error.response.get("error") or error.response.status_code)
