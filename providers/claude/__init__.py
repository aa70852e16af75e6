"""Claude's telemetry, which clients send as OpenTelemetry: decode, strip, identify, choose, price. No I/O."""
