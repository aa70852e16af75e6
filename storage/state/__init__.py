"""What was decided: connections, jobs, posts, subscriptions, settings, and the log of who did what."""
