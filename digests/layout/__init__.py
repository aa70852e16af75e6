"""Block Kit: blocks, buttons, charts, and a message from a template."""
