"""What telemetry says, beside the bill."""
