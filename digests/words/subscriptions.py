"""Sentences for somebody who sets up, changes, previews or sends a digest."""

NO_SUCH_DIGEST = "That digest no longer exists. `/stackspend digest` lists the current ones."
NOT_A_DIGEST = "No digest can be about just that. `/stackspend digest` lists what you can post."
CHECKING = ":hourglass_flowing_sand: Checking the channel…"
PAUSED_NOW = ":double_vertical_bar: Paused."
RESUMED = ":white_check_mark: Resumed."
REMOVED = "Removed."
ALLOWED = ":white_check_mark: Posting to <#{channel}>, now and from now on, whoever is in it."
PREVIEWED = ":white_check_mark: Preview sent to your messages with StackSpend. Nothing is saved yet."
DUPLICATE_DIGEST = ":red_circle: <#{channel}> already has this digest. Edit it instead?"
EMPTY_FIELD = ":red_circle: A field is empty. Fill it in."
NO_DAY_CHOSEN = ":red_circle: Choose the day it is posted."
NO_SCOPE_CHOSEN = ":red_circle: Choose the scope of the digest."
SAVED_MESSAGE = ":white_check_mark: *The digest is set up*\n"
SHARED_WARNING = ":warning: <#{channel}> is shared with another company. They'll see it, too."
ON_ITS_WAY = "Sending the {days} digest to <#{channel}>…"
THERE_ALREADY = "The {days} digest is already in <#{channel}>, or about to be."
SETTLED = "Already handled."
REMOVED_BEFORE = "That digest was removed, so we won't post it."
OF_ANOTHER = (
    "That digest is for an organization that is no longer connected. To post one for the current "
    "organization, use `/stackspend digest`, then *Send now*."
)
INVITE = ":red_circle: StackSpend isn't in <#{channel}>. Type `/invite @stackspend` there, then save again."
ARCHIVED = ":red_circle: <#{channel}> is archived. Choose another channel."
NOT_ALLOWED = (
    ":red_circle: Not saved: digests are turned off for this channel. An admin can change this under Access."
)
NO_ADDRESSES = (
    "Slack doesn't show the email address of anyone in that group (`{code}`), so there is nothing to show."
)
