"""From a typed text to the message that answers it, and whether the person can see it.

Slack and the terminal share it.
"""
