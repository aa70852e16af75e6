"""Digests and alerts: when they are due, what they say, and sending each exactly once.

storage/state/posts.py draws the states of a post.
"""
