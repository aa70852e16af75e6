"""Decisions and work: connections, jobs, posts, subscriptions, settings, and the audit log."""
