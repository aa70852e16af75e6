"""Questions in people's own words: a mention in a channel, a direct message, Slack's agent messaging."""
