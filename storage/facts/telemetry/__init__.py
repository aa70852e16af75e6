"""Telemetry: bodies as they came, what they come to, and totals of it. Never added to the bill."""
