"""Forms in Slack: pure functions from values to modals, the sentences in them, and what a person entered."""
