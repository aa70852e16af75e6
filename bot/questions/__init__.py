"""From the text somebody typed to the message that answers it, and whether they may see it.

The same for Slack and the terminal.
"""
