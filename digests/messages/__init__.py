"""One function per thing we say in Slack; `digests/templates` holds its words."""
