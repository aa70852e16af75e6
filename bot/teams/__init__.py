"""One Slack workspace by token, or many by OAuth: routing requests to a team's app, installing, leaving."""
