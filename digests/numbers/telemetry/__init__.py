"""What telemetry says, as frozen values: figures, beside the bill, who is blind, its state."""
