"""The simulated organization's Claude Code as it reports by telemetry: requests, and who sends them."""
