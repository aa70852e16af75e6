"""Who may send telemetry to a team."""
