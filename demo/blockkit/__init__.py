"""Slack's rules for blocks, so that the stand-in refuses what Slack would."""
