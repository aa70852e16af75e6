"""Digests and alerts: when they are due, what they say, and that each is sent once.

storage/state/posts.py draws the states of a post.
"""
