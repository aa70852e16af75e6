"""Turn numbers into words, for Slack, a browser and a terminal.

In bot stay lines of the log and the audit log, and what only a terminal shows (bot/cli).
"""
