"""Connecting with an Admin API key, by modal or page, and who sees what of what it reads."""
