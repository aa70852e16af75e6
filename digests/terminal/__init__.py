"""The same messages for a terminal: what the command line prints is what Slack would show."""
