"""Telemetry in: OTLP over HTTP. Authenticate, decode and strip in memory, keep, answer; count later."""
