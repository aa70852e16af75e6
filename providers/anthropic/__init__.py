"""Anthropic, by its Admin API: what the organization was billed, used and wrote with Claude Code."""
