"""Digests: the post and what is in its thread, the list of them, and notices to their owners."""
