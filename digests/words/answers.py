"""Sentences for answers without figures."""

NO_EMAIL = (
    "I cannot tell which figures are yours: Slack does not show me your e-mail address. "
    "An admin can change that by installing the app again with the permission `users:read.email`."
)
NOTHING_TO_SHARE = "There is nothing of yours to share for that time."
NOTHING_YOURS = "I know of no Claude use by {email}, {when}, {zone}."
NOT_BEGUN = "*Nothing* for {when}: the history of {organization} begins on {began}."
READ_AS = "Read as `{text}`"
