"""Anthropic's Admin API: an organization's bill, usage, Claude Code activity and names."""
