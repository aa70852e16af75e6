"""Figures from telemetry, which are never added to the bill."""
