"""Why a digest is paused, on hold, or did not come: the words in the table of subscriptions."""

from typing import Final

BY_HAND = "by hand"  # an admin paused it
CHANNEL_BARRED = "barred"  # an admin removed the channel from those that may receive digests
NOBODY = "nobody"  # its user group has no member with an e-mail address that we know
UNCERTAIN: Final = "uncertain"  # whether Slack has a digest, so that a person must look
UNSENT: Final = "unsent"  # a digest could not be posted for a day, and is surely not there
FAULT: Final = "fault"  # a bug of ours prevents the digest
UNCONNECTED: Final = "unconnected"  # the organization of a digest is no longer connected
BELOW: Final = "below"  # the last days cost no more than its minimum; their dates and cost follow
SHARED, PUBLIC = "shared", "public"  # who reads a channel now, more people than somebody agreed to
HELD = frozenset({SHARED, PUBLIC})
"""Why a digest is on hold until a person decides."""
