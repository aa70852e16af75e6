"""A simulated Anthropic organization and a stand-in Slack, for trying everything without accounts."""
